"""Conversations over the real web chat, the real Rasa and a real database."""
