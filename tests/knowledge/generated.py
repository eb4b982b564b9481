"""A catalogue of any size, made from a seed: real product words, shuffled."""

import random
from collections.abc import Iterator, Sequence

from knowledge.documents import Document

_COLOURS = [
    "rosso",
    "nudo",
    "avorio",
    "corallo",
    "malva",
    "sabbia",
    "prugna",
    "ambra",
    "perla",
    "ruggine",
]
_SCENTS = [
    "lavanda",
    "agrumi",
    "fico",
    "rosa",
    "menta",
    "mandorla",
    "neroli",
    "tè verde",
    "vaniglia",
]
_SIZES = ["30 ml", "50 ml", "75 ml", "100 ml", "200 ml", "250 ml", "400 ml", "formato viaggio"]


def generate_products(models: Sequence[Document], count: int, seed: int = 0) -> Iterator[Document]:
    """`count` Italian products: the title, texts and traits of several models recombined."""
    chance = random.Random(seed)
    for number in range(count):
        model, other = chance.choice(models), chance.choice(models)
        detail = [chance.choice(words) for words in (_COLOURS, _SCENTS, _SIZES)]
        yield Document(
            id=f"G-{number:06d}",
            kind="product",
            language="it",
            title=f"{model.title} {' '.join(chance.sample(detail, 2))}",
            text=f"{_some_sentence(model, chance)} {_some_sentence(other, chance)}",
            also=tuple(chance.sample(model.also, min(2, len(model.also)))),
            tags=(*model.tags[:3], *chance.sample(other.tags, min(2, len(other.tags)))),
            data={"price": f"{chance.uniform(4, 90):.2f}", "category": model.data["category"]},
        )


def _some_sentence(model: Document, chance: random.Random) -> str:
    return chance.choice(model.text.replace("\n", " ").split(". "))
