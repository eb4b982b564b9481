"""Customers help customers: questions put to the staff and to who owns the product (R12)."""
