"""Care for what was bought: how it is used, what few know of it, how it goes (R15)."""
