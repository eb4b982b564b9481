"""What a customer types is never a command of Rasa's, whatever it begins with."""

# The mark by which Rasa knows a command.
COMMAND_MARK = "/"


def as_plain_text(text: str) -> str:
    """What a customer typed, without the mark that would make a command of it."""
    return text.strip().lstrip(COMMAND_MARK + " \t\r\n")
