"""The conversation engine under everything that can go wrong around it."""
