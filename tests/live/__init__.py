"""A whole Bottega for tests: the real processes, the demo company, a database of its own."""
