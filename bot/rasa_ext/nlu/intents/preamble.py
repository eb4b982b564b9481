"""Finds what somebody asks who asks to be heard first: "wait, first tell me …".

That they interrupt is no part of the matter, but its words outweigh a short question's.
"""

import re

from rasa.shared.nlu.training_data.message import Message

from bot.rasa_ext.nlu.entities.finding import FOUND
from bot.rasa_ext.nlu.wording import level

_WAIT = (
    r"no|anzi|aspe(?:tt\w+|')?|(?:solo\s+)?un\s+(?:attimo|secondo|momento|minuto|sec)|attimo|momento|"
    r"s[iì]|ok|okay|va\s+bene|scus\w+|sent[ia]|ma|per[oò]|e|"
    r"actually|wait|hold\s+on|hang\s+on|(?:just\s+)?(?:a|one)\s+(?:second|moment|sec|minute)|"
    r"yes|well|sorry|but|please"
)
_BEFORE = (
    r"prima(?:\s+(?:per[oò]|di\s+tutto))?|first(?:\s+of\s+all)?|before\s+(?:that|this|we\s+go\s+on)"
)
_TELL = (
    r"dimmi|ditemi|mi\s+(?:dic\w+|dite|sa\w*\s+dire)|(?:mi\s+)?spieg\w+|"
    r"(?:fammi|fatemi|mi\s+fa\w*)\s+(?:sapere|capire)|"
    r"(?:vorrei|vorremmo|voglio|volevo|devo|dovrei|posso|mi\s+serve)\s+(?:sapere|capire|chieder\w+)|"
    r"(?:(?:ho|avrei|faccio)\s+)?una\s+(?:domanda|curiosità|cosa)|"
    r"(?:just\s+|please\s+)?(?:(?:can|could|would)\s+you\s+)?(?:tell\s+me|let\s+me\s+know|explain)|"
    r"(?:let\s+me|i(?:'d|\s+would)\s+like\s+to|i\s+(?:want|wanted|need|have)\s+to)\s+"
    r"(?:know|ask|understand)(?:\s+you)?|(?:(?:i\s+have\s+)?(?:a|one)\s+)?(?:quick\s+)?question"
)
_GAP = r"[\s,.;:!…-]+"
_PREAMBLE = re.compile(
    rf"\s*(?:(?:{_WAIT}){_GAP})*"
    rf"(?:(?:{_BEFORE}){_GAP}(?:{_TELL})|(?:{_TELL})\s+(?:{_BEFORE})){_GAP}",
    re.IGNORECASE,
)


def wanted_first(message: Message) -> Message | None:
    """The message without a preamble that asks to be heard first; nothing where there is none."""
    text = message.get("text") or ""
    preamble = _PREAMBLE.match(level(text))
    if not preamble or preamble.end() >= len(text):
        return None
    cut = preamble.end()
    found = [
        {**entity, "start": entity["start"] - cut, "end": entity["end"] - cut}
        for entity in message.get(FOUND) or ()
        if entity["start"] >= cut
    ]
    tokens = [token for token in message.get("text_tokens") or () if token.start >= cut]
    return Message({"text": text[cut:], "text_tokens": tokens, FOUND: found})
