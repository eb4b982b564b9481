"""Who may come in: signing in, the cookie that says so, and the guard of every page."""
