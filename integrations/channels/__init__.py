"""The messaging channels: one folder each."""
