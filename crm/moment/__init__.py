"""Moments: when the company speaks first, to whom, and why it holds its tongue (R10, R15, R16)."""
