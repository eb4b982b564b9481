"""Servers that speak enough of a messaging platform to try Bottega without an account."""
