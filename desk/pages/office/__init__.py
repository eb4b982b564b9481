"""What keeps the desk itself running: who works here, what they did, the replies kept ready."""
