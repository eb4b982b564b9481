"""Slim connectors to the company's databases, each described by a YAML mapping (R2)."""
