"""A reply outside the 24 hours: one line in the variable of a template that WhatsApp has approved.

The template says around it whom the message is from and invites to answer, which opens the window
again. A variable takes no line breaks, and a reply that does not fit is not cut short.
"""

from collections.abc import Iterator

from integrations.channels.port import Outbound
from integrations.channels.shared_links import absolute
from integrations.channels.shared_text import clean
from integrations.channels.whatsapp.choices import all_choices, choices_in, title_of, width
from integrations.channels.whatsapp.render import Piece
from integrations.channels.whatsapp.settings import Template

# A template's body may have 1024 characters, its own words included.
LONGEST_VARIABLE = 768


class DoesNotFit(ValueError):
    """A reply cannot be said in a template; the message says why."""


def in_template(outbound: Outbound, template: Template, public_url: str = "") -> Piece:
    """The reply in a template.

    Raises:
        DoesNotFit: it is too long, or has files.
    """
    if outbound.attachments:
        raise DoesNotFit("a file cannot be sent in a template")
    words = " ".join(" ".join(_lines(outbound, public_url)).split())
    if not words:
        raise DoesNotFit("there are no words to send in a template")
    if width(words) > LONGEST_VARIABLE:
        raise DoesNotFit(
            f"{width(words)} characters do not fit into a template, {LONGEST_VARIABLE} do"
        )
    return Piece(
        "template",
        {
            "name": template.name,
            "language": {"code": template.language},
            "components": [{"type": "body", "parameters": [{"type": "text", "text": words}]}],
        },
    )


def _lines(outbound: Outbound, base: str) -> Iterator[str]:
    """The words of a reply, everything that can be chosen with its number."""
    yield clean(outbound.text)
    for card in outbound.cards:
        yield clean(str(card.get("title") or ""))
        yield clean(str(card.get("subtitle") or ""))
        yield absolute(clean(str(card.get("url") or "")), base)
    for number, choice in enumerate(all_choices(outbound.buttons, outbound.cards), 1):
        yield f"{number}. {title_of(choice)}"
    for button in outbound.buttons:
        if not choices_in([button]):
            yield f"{title_of(button)}: {absolute(clean(str(button.get('url') or '')), base)}"
