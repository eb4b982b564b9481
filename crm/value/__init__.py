"""What a customer is worth, may be worth, and costs (R7)."""
