"""The demo company: its content and the invented people who buy from it."""
