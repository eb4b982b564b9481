"""What each person likes: the hidden reason for what they buy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from app.demo.chance import happens, pick
from app.demo.content import Product, read_yaml
from app.demo.model import Person, Taste

SKINS = {"normal": 22, "dry": 22, "combination": 22, "oily": 14, "sensitive": 20}
HAIRS = {
    "normal": 14,
    "fine": 17,
    "straight": 12,
    "curly": 14,
    "dry": 12,
    "oily": 10,
    "damaged": 6,
    "thick": 9,
}
HAIRS_AT_TIMES = {"coloured": 0.3, "dandruff": 0.06}
MATURE_AGE = 52
PARENT_AGES = range(27, 47)


@dataclass(frozen=True)
class Appeal:
    """How often a category is bought, by whom and when."""

    women: float
    men: float
    season: dict[int, float]
    durable: bool

    def in_month(self, sex: str, month: int) -> float:
        """The weight of the category in a basket of that month."""
        return (self.women if sex == "F" else self.men) * self.season.get(month, 1.0)


@cache
def read_taste_file() -> dict[str, Any]:
    """Appeals, seasons and needs, as written."""
    content: dict[str, Any] = read_yaml(Path(__file__).parent / "tastes.yml")
    return content


@cache
def read_appeals() -> dict[str, Appeal]:
    """The appeal of each category."""
    return {
        category: Appeal(
            entry["women"], entry["men"], entry.get("season", {}), entry.get("durable", False)
        )
        for category, entry in read_taste_file()["categories"].items()
    }


def invent_tastes(
    dice: Random, people: Sequence[Person], products: Sequence[Product], today: date
) -> list[Taste]:
    """A taste for each person, in their order."""
    brands = sorted({product.brand for product in products})
    return [invent_taste(dice, person, brands, today) for person in people]


def invent_taste(dice: Random, person: Person, brands: Sequence[str], today: date) -> Taste:
    """A taste that suits the person's sex and age."""
    age = today.year - person.birth_date.year
    skin, hair = invent_skin(dice, age), invent_hair(dice)
    return Taste(
        person_id=person.id,
        skin=skin,
        hair=hair,
        needs=invent_needs(dice, skin, hair, age),
        loves=invent_loves(dice, person.sex),
        brands=tuple(dice.sample(brands, k=min(len(brands), dice.randint(1, 3)))),
        audience=audience_of(person.sex, age in PARENT_AGES and happens(dice, 0.45)),
        thrift=round(dice.random(), 2),
    )


def invent_skin(dice: Random, age: int) -> str:
    """A kind of skin; from a certain age often mature."""
    return "mature" if age >= MATURE_AGE and happens(dice, 0.5) else pick(dice, SKINS)


def invent_hair(dice: Random) -> str:
    """A kind of hair."""
    for hair, probability in HAIRS_AT_TIMES.items():
        if happens(dice, probability):
            return hair
    return pick(dice, HAIRS)


def invent_needs(dice: Random, skin: str, hair: str, age: int) -> tuple[str, ...]:
    """What skin, hair and age ask for, and a whim; without repeats."""
    source = read_taste_file()
    needs = [*source["skin_needs"][skin], *source["hair_needs"].get(hair, ())]
    if age >= MATURE_AGE:
        needs.append("anti_age")
    needs.append(dice.choice(source["whims"]))
    return tuple(dict.fromkeys(needs))


def invent_loves(dice: Random, sex: str) -> tuple[str, ...]:
    """Three to six categories that the person comes back to."""
    weights = {name: appeal.in_month(sex, 3) for name, appeal in read_appeals().items()}
    weights = {name: weight for name, weight in weights.items() if weight > 0}
    loves: list[str] = []
    for _ in range(dice.randint(3, 6)):
        loves.append(pick(dice, weights))
        del weights[loves[-1]]
    return tuple(loves)


def audience_of(sex: str, has_children: bool) -> tuple[str, ...]:
    """Whom the person buys for, in the words of the products."""
    own = ("women" if sex == "F" else "men", "everyone")
    return (*own, "children", "babies") if has_children else own
