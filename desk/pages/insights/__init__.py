"""What conversations say, in figures."""
