"""Values in a message: who, where, when, how much, which order, which product."""
