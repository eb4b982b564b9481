"""What the company's databases hold of its customers, and whose each record is (R1, R2)."""
