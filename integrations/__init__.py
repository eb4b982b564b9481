"""What lies outside: channels, mail servers, other databases, Rasa."""
