"""Signals from other systems: what customers do as they do it (R10)."""
