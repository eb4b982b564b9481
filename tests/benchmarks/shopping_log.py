"""A log of purchases made from a seed: people with hidden tastes buy from a large catalogue.

How it is made, so that a figure can be judged:

- The catalogue recombines the demo company's product texts (`tests.knowledge.generated`). How
  popular a product is follows Zipf's law and has nothing to do with its text.
- A taste is a set of products, each liked more or less. A part of them share two traits that their
  texts tell; the others come from anywhere: a fashion that no text shows.
- Every person has two to four tastes in different measure. A purchase follows one of them; in one
  case of five it follows the crowd instead (noise). Nobody buys the same product twice.

Nothing here knows how any recommender works: no factors, no likeness between products.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.documents import Document
from tests.knowledge.generated import generate_products

Numbers = NDArray[np.float64]

FEWEST = 4


@dataclass(frozen=True)
class World:
    """How large the world is and how it behaves."""

    products: int = 5000
    people: int = 6000
    tastes: int = 60
    taste_size: int = 100
    told_by_text: float = 0.5
    noise: float = 0.2
    zipf: float = 0.9
    mean_more: float = 9.0
    seed: int = 7


@dataclass(frozen=True)
class ShoppingLog:
    """The catalogue, and what each person bought as rows of it, oldest first."""

    products: Sequence[Document]
    histories: Sequence[Sequence[int]]


def make_log(world: World, models: Sequence[Document]) -> ShoppingLog:
    """The log of a world; the same world gives the same log."""
    chance = np.random.default_rng(world.seed)
    products = list(generate_products(models, world.products, world.seed))
    popularity = _popularity(world, chance)
    tastes = [_taste(world, products, popularity, chance) for _ in range(world.tastes)]
    histories = [list(_purchases(world, tastes, popularity, chance)) for _ in range(world.people)]
    return ShoppingLog(products, histories)


def _popularity(world: World, chance: np.random.Generator) -> Numbers:
    ranks = chance.permutation(world.products) + 1
    weights: Numbers = ranks**-world.zipf
    return weights / weights.sum()


def _taste(
    world: World, products: Sequence[Document], popularity: Numbers, chance: np.random.Generator
) -> tuple[NDArray[np.int64], Numbers]:
    """The products of one taste and how probably each is the next one bought."""
    alike = _sharing_two_traits(products, chance)
    told = chance.permutation(alike)[: round(world.taste_size * world.told_by_text)]
    others = chance.choice(world.products, world.taste_size - len(told), replace=False)
    rows = np.union1d(told, others)
    liking = chance.exponential(size=len(rows)) * np.sqrt(popularity[rows])
    return rows, liking / liking.sum()


def _sharing_two_traits(
    products: Sequence[Document], chance: np.random.Generator
) -> NDArray[np.int64]:
    holders: dict[str, set[int]] = defaultdict(set)
    for row, product in enumerate(products):
        for tag in product.tags:
            holders[tag].add(row)
    while True:
        model = products[chance.integers(len(products))]
        if len(model.tags) < 2:
            continue
        one, other = chance.choice(sorted(model.tags), 2, replace=False)
        if one != other:
            return np.array(sorted(holders[one] & holders[other]))


def _purchases(
    world: World,
    tastes: Sequence[tuple[NDArray[np.int64], Numbers]],
    popularity: Numbers,
    chance: np.random.Generator,
) -> Iterator[int]:
    own = chance.choice(len(tastes), chance.integers(2, 5), replace=False)
    shares = chance.dirichlet(np.ones(len(own)))
    wanted = FEWEST + chance.geometric(1 / world.mean_more)
    bought: set[int] = set()
    for _ in range(wanted * 3):
        if chance.random() < world.noise:
            row = int(chance.choice(world.products, p=popularity))
        else:
            rows, liking = tastes[chance.choice(own, p=shares)]
            row = int(chance.choice(rows, p=liking))
        if row not in bought:
            bought.add(row)
            yield row
        if len(bought) == wanted:
            return
