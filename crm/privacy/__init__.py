"""What people may ask about their data (R5): a copy of it, its erasure, an end in time."""
