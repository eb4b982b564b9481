"""What a message stands for where its words alone do not say it.

Telegram's clients show three commands as buttons of their own; whatever else begins with a slash
is a text like any other. The other commands stand for messages without words.
"""

GREET = "/greet"
COMMANDS = {"/start": GREET, "/help": "/ask_capabilities", "/stop": "/stop"}

# A file, a place, a card: it is on the desk now, the bot asks what it is about.
KEPT = "/send_attachment"
# A kind of message that cannot be kept: the bot says that it cannot help with it.
DECLINED = "/out_of_scope"


def command_of(text: str) -> tuple[str, str] | None:
    """The command and what follows it, for `/start`, `/start@bot offer`, `/help` …, else None."""
    first, _, rest = text.strip().partition(" ")
    name = first.partition("@")[0].lower()
    return (COMMANDS[name], rest.strip()) if name in COMMANDS else None
