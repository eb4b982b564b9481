"""What runs beside the web application: turns, mail."""
