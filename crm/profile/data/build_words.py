"""Writes common_words.txt: ordinary words, so that no sentence is taken for a name.

    python crm/profile/data/build_words.py

Sources: the training sentences in nlu_data (what is marked as a name, an email, a city or a number
is left out), the stop words that spaCy carries, and more_words.txt beside this file.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from spacy.lang.en.stop_words import STOP_WORDS as ENGLISH
from spacy.lang.it.stop_words import STOP_WORDS as ITALIAN

HERE = Path(__file__).parent
NLU_DATA = HERE.parents[2] / "nlu_data"
HEAD = "# Written by build_words.py; the sources are named there."
EXAMPLE = re.compile(r"\s+- (?!intent|lookup|synonym|regex)(.*)")
HIDDEN = re.compile(
    r"\[[^\]]*\]\((?:person_name|email|cap|city|codice_fiscale|phone|order_number)\)"
)
SHOWN = re.compile(r"\[([^\]]*)\](?:\(\w+\)|\{[^}]*\})")
WORD = re.compile(r"[^\W\d_]{2,}")


def main() -> None:
    """Write the file: a name found among the sentences is ordinary only if listed as both."""
    listed = set(WORD.findall((HERE / "more_words.txt").read_text(encoding="utf-8").lower()))
    names = _names()
    seen = {*_trained(), *ITALIAN, *ENGLISH} - names
    lines = [HEAD, *sorted(word for word in listed | seen if WORD.fullmatch(word))]
    (HERE / "common_words.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _names() -> set[str]:
    files = ("given_names.txt", "given_names_abroad.txt", "family_names.txt")
    return {
        word
        for file in files
        for word in WORD.findall((HERE / file).read_text(encoding="utf-8").lower())
    }


def _trained() -> Iterator[str]:
    for file in sorted(NLU_DATA.glob("*.yml")):
        for line in file.read_text(encoding="utf-8").splitlines():
            example = EXAMPLE.match(line)
            if example:
                text = SHOWN.sub(r"\1", HIDDEN.sub(" ", example.group(1)))
                yield from WORD.findall(text.lower())


if __name__ == "__main__":
    main()
