"""The assistant: what it says, how it converses, and what it adds to Rasa."""
