"""Where in a text somebody says their name, and where they say something else.

"Sono Mario Rossi" is a name, "sono arrabbiato" and "sono a Milano" are not. How much is taken for a
name depends on what speaks for it: a plain introduction ("mi chiamo"), an ambiguous one ("sono"),
a part of the message that is nothing but known names, or the question that was just asked.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import islice

from crm.profile.names import is_family_name, is_given_name, is_particle, name_key
from crm.profile.ordinary_words import is_ordinary
from crm.profile.places import is_place
from crm.profile.spotting import BLANK, NEGATION

TOKEN = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*(?:['’](?![^\W\d_]))?\.?")
BREAK = re.compile(
    rf"[,;:!?\n()/|\"“”«»\d…{BLANK}]|\s[-–—]\s|[^\w\s.'’-]"
    r"|(?<=[^\W\d_]{3})\.|(?<=[^\W\d_]{2})\.(?=\s)"
)

_TITLE = (
    r"(?:(?:il|la|lo|l'|the)\s*)?(?:signor[ea]?|signorina|sig\.?\s?ra|sig\.?|dott\.?\s?ssa"
    r"|dottor(?:e|essa)?|dott\.?|geometra|geom\.?|avvocat[oa]|avv\.?|ingegner[e]?|ing\.?"
    r"|prof(?:essor(?:e|essa)?|\.ssa|\.)?|mr\.?|mrs\.?|ms\.?|miss|dr\.?)\s+"
)
_RELATIVE = r"(?:(?:a\s+)?(?:mi[ao]|my)\s+\w+\s+)?"

# After these there comes a name, known or not.
PLAIN_LEAD = re.compile(
    r"(?:\b(?:e\s+|io\s+|ed\s+|and\s+)?(?:mi\s+chiamo|mi\s+chiamano|io\s+chiamare)"
    r"|\b(?:il\s+)?(?:mio\s+)?nome\s+e\s+cognome(?:\s+(?:sono|è))?"
    r"|\b(?:(?:il|e\s+il)\s+)?mio\s+nome(?:\s+completo)?(?:\s+(?:è|e'|e))?|\bnome\s+è|\bnome(?=:)"
    r"|\b(?:il\s+)?(?:mio\s+)?nominativo(?:\s+è)?|\bmi\s+presento"
    r"|\b(?:and\s+)?(?:my|the)\s+(?:full\s+)?name(?:['’]?s|\s+is)?|\bme\s+name|\bname\s+is|\bname(?=:))"
    r"[\s:,-]*",
    re.IGNORECASE,
)
# After these there may come a name, and often something else.
LOOSE_LEAD = re.compile(
    r"(?:\b(?:io\s+)?(?:sono|son|sn)(?:\s+(?:sempre|io,?|di\s+nuovo|già))?|\bqui|\bparla"
    r"|\b(?:i['’]?m|i\s+am|this\s+is|it['’]?s|call\s+me)|\ba\s+nome(?:\s+di)?|\bnome|\bname"
    rf"|\b(?:registrat|iscritt)[oa]\s+come|\bregistered\s+as|\b(?:tessera\s+)?intestat[oa]\s+a"
    r"|\b(?:si\s+chiama|(?:her|his)\s+name\s+is)|\bunder(?:\s+the\s+name)?|\bpiacere"
    rf"|\b(?:in\s+archivio|on\s+file|identificarmi|i\s+miei\s+dati|my\s+details),?)"
    rf"[\s:]+{_RELATIVE}(?:(?:il|la|the|l')\s+)?",
    re.IGNORECASE,
)
TITLE = re.compile(_TITLE, re.IGNORECASE)
TRAILING_CUE = re.compile(r"\s+(?:here|speaking)\b", re.IGNORECASE)
IN_TWO_PARTS = re.compile(
    r"\b(?:(?:di|il\s+mio|my)\s+)?(?:nome|(?:first|given)\s+name)(?:\s+(?:faccio|è|is))?[\s:]+"
    r"(?!e\s+cognome)(?P<given>[^\W\d_][\w' -]{0,60}?)"
    r"[\s,;]+(?:e\s+|and\s+)?(?:(?:di|il\s+mio|my)\s+)?(?:cognome|surname|(?:last|family)\s+name)"
    r"(?:\s+(?:faccio|è|is))?[\s:]+(?P<family>[^\W\d_][\w'’-]*(?:\s[^\W\d_][\w'’-]*)?)",
    re.IGNORECASE,
)
_SALUTATIONS = (
    "ciao salve buongiorno buonasera buon giorno buona sera grazie prego allora ok okay certo si "
    "sì no bongiorno hello hi hey thanks sure yes ecco eccolo scusa scusi sorry e ed è and it's is"
)
ONLY_FAMILY = re.compile(
    r"\b(?:il\s+)?(?:mio\s+|my\s+)?(?:cognome|surname|(?:last|family)\s+name)(?:\s+(?:è|is)|:)\s*",
    re.IGNORECASE,
)
SALUTATION = frozenset(_SALUTATIONS.split())
EXCLAMATIONS = frozenset(
    (
        "bello",
        "bella",
        "bravo",
        "grande",
        "caro",
        "cara",
        "good",
        "best",
        "love",
        "english",
        "gentile",
    )
)

MAX_WORDS = 6
MOST_INTRODUCTIONS = 12


class Trust(IntEnum):
    """What speaks for a name."""

    LOOSE = 0
    CAPITALS = 1
    PLAIN = 2


@dataclass(frozen=True)
class NameSpot:
    """A name in a text: from where its introduction begins to where it ends."""

    words: str
    start: int
    end: int
    family: str | None = None
    denied: bool = False


def spot_name(
    text: str, *, is_expected: bool = False, names: Sequence[str] = ()
) -> NameSpot | None:
    """The name that a text gives, if it gives one.

    Args:
        text: what other facts were found in it is blanked out.
        is_expected: the name was just asked for.
        names: what the language model took for names; preferred to what is found here.
    """
    found = [spot for spot in _introduced(text) if not spot.denied]
    found = found or list(_bare(text, is_expected=is_expected))
    given = [spot for spot in _understood(text, names) if not spot.denied]
    if given:
        best = max(given, key=lambda spot: len(spot.words))
        around = [spot for spot in found if spot.start <= best.start and best.end <= spot.end]
        return around[0] if around else best
    return max(found, key=lambda spot: len(spot.words.split()), default=None)


def _introduced(text: str) -> Iterator[NameSpot]:
    """Names that follow an introduction, or stand before "here"."""
    for parts in IN_TWO_PARTS.finditer(text):
        yield NameSpot(parts["given"], parts.start(), parts.end(), family=parts["family"])
        return
    for lead, trust in ((PLAIN_LEAD, Trust.PLAIN), (LOOSE_LEAD, Trust.LOOSE)):
        for introduction in islice(lead.finditer(text), MOST_INTRODUCTIONS):
            spot = _after(text, introduction, trust)
            if spot:
                yield spot
    for introduction in islice(ONLY_FAMILY.finditer(text), MOST_INTRODUCTIONS):
        spot = _after(text, introduction, Trust.PLAIN)
        if spot:
            yield replace(spot, words="", family=spot.words)
    for cue in islice(TRAILING_CUE.finditer(text), MOST_INTRODUCTIONS):
        words = re.split(BREAK, text[: cue.start()])[-1]
        tokens = [
            word for word in TOKEN.finditer(words) if name_key(word.group()) not in SALUTATION
        ]
        if tokens and _is_name(tokens, text, Trust.LOOSE):
            start = cue.start() - len(words) + tokens[0].start()
            yield NameSpot(text[start : cue.start()], start, cue.end())


def _after(text: str, introduction: re.Match[str], trust: Trust) -> NameSpot | None:
    start = introduction.end()
    title = TITLE.match(text, start)
    if title:
        start, trust = title.end(), Trust(max(trust, Trust.CAPITALS))
    tokens = _run(text, start, trust)
    while tokens and not _is_name(tokens, text, trust):
        tokens.pop()
    if not tokens:
        return None
    denied = bool(NEGATION.search(text[: introduction.start()]))
    words = text[tokens[0].start() : tokens[-1].end()]
    return NameSpot(words, introduction.start(), tokens[-1].end(), denied=denied)


def _run(text: str, start: int, trust: Trust) -> list[re.Match[str]]:
    """The words from here on that may belong to one name."""
    end = BREAK.search(text, start)
    capitals_tell = not _shouts(text)
    tokens: list[re.Match[str]] = []
    for token in TOKEN.finditer(text, start, end.start() if end else len(text)):
        word, before = token.group(), [earlier.group() for earlier in tokens]
        if len(tokens) == MAX_WORDS or _is_from(word, before):
            break
        if not _may_belong(word, before, trust, capitals_tell=capitals_tell):
            break
        tokens.append(token)
    while tokens and is_particle(tokens[-1].group()) and not is_given_name(tokens[-1].group()):
        tokens.pop()
    return tokens


def _is_from(word: str, before: Sequence[str]) -> bool:
    """Whether it goes on with where they are from: "la signora Ferrari di Rovereto"."""
    return len(before) > 1 and before[-1] in ("di", "da", "from") and is_place(word)


def _may_belong(word: str, before: Sequence[str], trust: Trust, *, capitals_tell: bool) -> bool:
    if is_particle(word) or _is_listed(word):
        return True
    has_capital = capitals_tell and word[0].isupper()
    if is_ordinary(word):
        return has_capital and bool(before) and _is_sure(before[-1])
    return trust > Trust.LOOSE or word[0].isupper() or bool(before)


def _is_name(tokens: Sequence[re.Match[str]], text: str, trust: Trust) -> bool:
    """Whether words are a name, given what speaks for it."""
    words = [token.group() for token in tokens]
    whole = " ".join(words)
    if all(map(is_particle, words)) and not all(map(is_given_name, words)):
        return False
    if trust == Trust.PLAIN:
        return True
    if is_place(whole) and not _is_sure(whole):
        return False
    if trust == Trust.CAPITALS:
        return True
    return _is_believable(words, capitals_tell=not _shouts(text))


def _is_believable(words: Sequence[str], *, capitals_tell: bool) -> bool:
    """After "sono": known names, or words that have capitals where others have none."""
    starts_small = is_particle(words[0]) and words[0].islower()
    if starts_small and not is_family_name("".join(words)) and name_key(words[0]) != "de":
        return False
    if any(_is_sure(word) for word in words) or is_family_name("".join(words)):
        return True
    if capitals_tell and all(word[0].isupper() for word in words):
        return not is_place(words[-1])
    given, family = (any(map(known, words)) for known in (is_given_name, is_family_name))
    return len(words) > 1 and given and family


def _bare(text: str, *, is_expected: bool) -> Iterator[NameSpot]:
    """Parts of the message that are nothing but a name."""
    parts, has_digits = list(_parts(text)), bool(re.search(r"\d", text))
    for place, (start, end) in enumerate(parts):
        tokens = _strip_salutations(list(TOKEN.finditer(text, start, end)))
        if not 0 < len(tokens) <= MAX_WORDS:
            continue
        words = [token.group() for token in tokens]
        found_beside = BLANK in (text[start - 1 : start], text[end : end + 1])
        at_edge = place in (0, len(parts) - 1) or found_beside or _says_who(text, parts[place - 1])
        if is_expected and _answers(words, beside_numbers=has_digits):
            is_name = True
        else:
            is_name = at_edge and _is_signature(
                words, alone=BLANK not in text, capitals_tell=not _shouts(text)
            )
        if is_name:
            begin, finish = tokens[0].start(), tokens[-1].end()
            yield NameSpot(text[begin:finish], begin, finish)


def _parts(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for stop in [*BREAK.finditer(text), None]:
        end = stop.start() if stop else len(text)
        if TOKEN.search(text, start, end):
            yield start, end
        start = stop.end() if stop else end


def _says_who(text: str, part: tuple[int, int]) -> bool:
    """Whether a part says who somebody is, other than by name: "sono un vostro cliente"."""
    return bool(
        re.match(r"\s*(?:io\s+)?(?:sono|i['’]?m|i\s+am)\b", text[slice(*part)], re.IGNORECASE)
    )


def _strip_salutations(tokens: list[re.Match[str]]) -> list[re.Match[str]]:
    while tokens and tokens[0].group().lower() in SALUTATION:
        tokens.pop(0)
    while tokens and tokens[-1].group().lower() in SALUTATION:
        tokens.pop()
    return tokens


def _answers(words: Sequence[str], *, beside_numbers: bool = False) -> bool:
    """Whether words answer "what is your name?": nothing ordinary, and something to pronounce."""
    if all(map(is_particle, words)) and not any(map(is_given_name, words)):
        return False
    ordinary = [w for w in words if is_ordinary(w) and not _is_listed(w) and not is_particle(w)]
    if ordinary and not _has_given_name_beside(words, ordinary):
        return False
    if len(words) == 1 and not _answers_alone(words[0], beside_numbers=beside_numbers):
        return False
    if is_place(" ".join(words)) and not any(map(_is_listed, words)):
        return False
    return all(re.search("[aeiouy]", name_key(word)) or word.endswith(".") for word in words)


def _has_given_name_beside(words: Sequence[str], ordinary: Sequence[str]) -> bool:
    """Whether a word such as "moro" is a family name here: "Ersilia Moro", "gilda sacchi"."""
    if len(words) != 2 or len(ordinary) != 1:
        return False
    (given,) = set(words) - set(ordinary) or {""}
    if is_given_name(given):
        return words[0] == given or ordinary[0].istitle()
    return bool(given) and all(word.istitle() for word in words)


def _answers_alone(word: str, *, beside_numbers: bool) -> bool:
    """A word that is also an ordinary one ("Costa", "Rosa") must look like a name."""
    if not is_ordinary(word):
        return not beside_numbers
    if beside_numbers or word.lower() in EXCLAMATIONS:
        return False
    return is_given_name(word) or word[0].isupper()


def _is_signature(words: Sequence[str], *, alone: bool, capitals_tell: bool) -> bool:
    """Whether words are a name though nobody asked: a known given name, nothing ordinary.

    Beside another fact, two words with capitals will do.
    """
    own = [word for place, word in enumerate(words) if not _is_led(words, place)]
    if any(not _is_listed(word) and (is_ordinary(word) or is_place(word)) for word in own):
        return False
    if any(map(_is_sure, own)):
        return len(words) > 1 or not alone
    return not alone and capitals_tell and len(own) > 1 and all(word[0].isupper() for word in own)


def _is_led(words: Sequence[str], place: int) -> bool:
    """Whether a word is a particle or follows one: "de" and "luca" in "maria de luca"."""
    return is_particle(words[place]) or (place > 0 and is_particle(words[place - 1]))


def _understood(text: str, names: Sequence[str]) -> Iterator[NameSpot]:
    """What the language model took for names, where it is written and may be believed."""
    for name in names:
        at = re.search(rf"(?<!\w){re.escape(name.strip())}(?!\w)", text, re.IGNORECASE)
        words = [token.group() for token in TOKEN.finditer(name)]
        if at and words and _answers(words) and not re.search(r"\d", name):
            denied = bool(NEGATION.search(re.sub(r"\bsono\s*$", "", text[: at.start()])))
            yield NameSpot(at.group(), at.start(), at.end(), denied=denied)


def _shouts(text: str) -> bool:
    return not any(sign.islower() for sign in text)


def _is_listed(word: str) -> bool:
    return is_given_name(word) or is_family_name(word)


def _is_sure(word: str) -> bool:
    """Whether a word is a known given name and nothing else."""
    return is_given_name(word) and not is_ordinary(word)
