"""Tickets: a list by urgency, a board by state, and the page of each."""
