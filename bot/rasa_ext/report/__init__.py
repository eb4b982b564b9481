"""Measures the understanding: cross-validated and held out, by intent, language and entity."""
