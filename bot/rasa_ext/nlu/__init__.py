"""How the assistant understands: language, words, entities, mood and intent of a message."""
