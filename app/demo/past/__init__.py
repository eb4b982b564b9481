"""The last two months of the demo company: what its customers said, and what became of it."""
