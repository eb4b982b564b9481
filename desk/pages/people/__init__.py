"""Customers: looked for, seen whole, made one, printed for a visit."""
