"""The page of one conversation: the thread, what can be done in it, and whose it is."""
