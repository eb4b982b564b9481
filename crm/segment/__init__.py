"""Groups of customers, described by a small filter language (R8)."""
