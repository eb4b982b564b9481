"""Tells a problem that is described from one that is only announced."""

import re

TELLING_WORDS = 2

# "Vorrei aprire una segnalazione per un ordine" says that there is something, not what.
_ANNOUNCING = re.compile(
    r"apri\w*|segnal\w*|ticket\w*|problem\w*|reclam\w*|assistenz\w*|aiut\w*|richiest\w*|cas[oi]|"
    r"ordin[ei]|acquist\w*|prodott\w*|articol\w*|salve|ciao|buon\w*|grazi\w*|scus\w*|favore|"
    r"piacere|vorrei|voglio|vogliamo|devo|dovrei|posso|potrei|potete|potreste|puoi|può|bisogn\w*|"
    r"far\w*|serve|avrei|qualcosa|qualcuno|cosa|"
    r"open\w*|rais\w*|report\w*|issue\w*|complain\w*|help\w*|support|request\w*|case|order\w*|"
    r"purchase\w*|product\w*|item\w*|hello|hi|hey|good|morning|evening|thanks?|please|sorry|"
    r"want|wanna|would|like|need|must|can|could|got|something|someone|there's|i've|i'd|i'm|make|"
    r"file|log"
)
_LINKING = frozenset(
    [
        "a",
        "ad",
        "al",
        "alla",
        "allo",
        "ai",
        "agli",
        "alle",
        "c",
        "che",
        "ci",
        "con",
        "da",
        "dal",
        "dalla",
        "de",
        "dei",
        "del",
        "della",
        "delle",
        "dell",
        "di",
        "e",
        "è",
        "ed",
        "gli",
        "ho",
        "ha",
        "hai",
        "abbiamo",
        "avere",
        "i",
        "il",
        "in",
        "io",
        "l",
        "la",
        "le",
        "lei",
        "lo",
        "ma",
        "me",
        "mi",
        "mia",
        "mie",
        "miei",
        "mio",
        "nel",
        "nella",
        "noi",
        "non",
        "o",
        "per",
        "perché",
        "se",
        "sono",
        "su",
        "sul",
        "sulla",
        "suo",
        "ti",
        "tu",
        "un",
        "una",
        "uno",
        "un'",
        "vi",
        "voi",
        "questo",
        "questa",
        "quello",
        "quella",
        "all",
        "an",
        "and",
        "am",
        "about",
        "are",
        "as",
        "at",
        "be",
        "but",
        "by",
        "do",
        "for",
        "from",
        "had",
        "has",
        "have",
        "i",
        "in",
        "is",
        "it",
        "its",
        "me",
        "my",
        "of",
        "on",
        "one",
        "or",
        "our",
        "some",
        "that",
        "the",
        "this",
        "to",
        "us",
        "was",
        "we",
        "with",
        "you",
        "your",
        "a",
    ]
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


def tells_a_problem(text: str, least: int = TELLING_WORDS) -> bool:
    """Whether a text says what is wrong: more than that somebody wants to report something.

    `least` is how many words must say so; a plain answer to "what happened?" may do with one.
    """
    telling = {word for word in _WORD.findall(text.lower()) if not _is_empty(word)}
    return len(telling) >= least


def _is_empty(word: str) -> bool:
    return word in _LINKING or bool(_ANNOUNCING.fullmatch(word))
