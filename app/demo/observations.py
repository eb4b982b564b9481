"""The traits that each source notices, each with its kind: explicit, implicit, derived…"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from random import Random

from app.demo.chance import happens, pick
from app.demo.memberships import shop_near
from app.demo.model import Person, Source, Taste, TraitKind

Traits = dict[str, tuple[str, TraitKind]]
ENOUGH_TO_INFER = 3
APPLIANCES = ("hair_dryer", "straightener", "shaver", "iron", "vacuum", "kettle", "epilator")
FAULTS = ("non si accende", "si spegne da solo", "non si scalda", "batteria", "perde acqua")


def observe(
    dice: Random, source: Source, taste: Taste, bought: Sequence[str], person: Person
) -> Traits:
    """What the source noticed; `bought` lists the categories bought through it."""
    return {**OBSERVERS[source](dice, taste, person), **infer_favourite(bought)}


def infer_favourite(bought: Sequence[str]) -> Traits:
    """The category bought most often, once there is enough to tell."""
    if len(bought) < ENOUGH_TO_INFER:
        return {}
    return {"favourite_category": (Counter(bought).most_common(1)[0][0], "derived")}


def observe_online(dice: Random, taste: Taste, person: Person) -> Traits:
    """The skin and hair quiz, and the basket that was left behind."""
    traits: Traits = {}
    if happens(dice, 0.3):
        traits["skin"] = (taste.skin, "explicit")
    if happens(dice, 0.2):
        traits["hair"] = (taste.hair, "explicit")
    if happens(dice, 0.22):
        traits["cart_category"] = (dice.choice(taste.loves), "implicit")
    return traits


def observe_in_shop(dice: Random, taste: Taste, person: Person) -> Traits:
    """The skin check, a chat about the children, and the usual shop."""
    traits: Traits = {}
    near = shop_near(person)
    if near:
        traits["preferred_shop"] = (near, "derived")
    if happens(dice, 0.25):
        traits["skin"] = (taste.skin, "explicit")
    if "children" in taste.audience and happens(dice, 0.5):
        traits["children"] = (str(dice.choice([1, 1, 2, 3])), "explicit")
    return traits


def observe_repair(dice: Random, taste: Taste, person: Person) -> Traits:
    """The appliance that was brought in, and what it does not do."""
    return {
        "product_owned": (dice.choice(APPLIANCES), "explicit"),
        "fault": (dice.choice(FAULTS), "explicit"),
    }


def observe_reader(dice: Random, taste: Taste, person: Person) -> Traits:
    """How often the newsletter is opened, and the topic chosen at the start."""
    traits: Traits = {"opens": (pick(dice, {"often": 3, "at_times": 4, "never": 3}), "implicit")}
    if happens(dice, 0.35):
        traits["topic"] = (taste.loves[0], "explicit")
    return traits


def observe_prospect(dice: Random, taste: Taste, person: Person) -> Traits:
    """What a list broker says: one time in three it holds for somebody else."""
    skin = taste.skin if happens(dice, 0.66) else "normal"
    origin = dice.choice(["fair", "contest", "list_broker"])
    return {"skin": (skin, "third_party"), "origin": (origin, "third_party")}


OBSERVERS: dict[Source, Callable[[Random, Taste, Person], Traits]] = {
    "ecommerce": observe_online,
    "shop_loyalty": observe_in_shop,
    "assistance": observe_repair,
    "newsletter": observe_reader,
    "prospects": observe_prospect,
}
