"""What the bot does: one module a skill. They read the turn, call the core, choose a response."""
