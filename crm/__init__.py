"""The domain core: who the customer is, what was said, what is open. No HTTP, no Rasa."""
