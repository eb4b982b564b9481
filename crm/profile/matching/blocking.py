"""Which records to compare with which: all pairs would be too many.

Two records are compared when they agree in any two fields, or in one that few records share.
Combinations of fields that make too many pairs, such as provincia and sex, are left out.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

Record = tuple[str, ...]
PairOfPlaces = tuple[int, int]


@dataclass(frozen=True)
class Limits:
    """How much to compare.

    Attributes:
        largest_block: a block with more records says too little.
        pairs_per_record: in all; combinations of fields that make few pairs come first.
    """

    largest_block: int = 100
    pairs_per_record: float = 30.0


def candidate_pairs(
    blocks: Sequence[Record], split_at: int | None, limits: Limits | None = None
) -> set[PairOfPlaces]:
    """The places of the records to be compared, the smaller first.

    Args:
        blocks: each record's values to block by, empty where there is none.
        split_at: the place of the first record of a second file; None to look within one.
        limits: how much to compare.
    """
    limits = limits or Limits()
    left = limits.pairs_per_record * len(blocks)
    pairs: set[PairOfPlaces] = set()
    for expected, combination in _cheapest_first(blocks, limits.largest_block):
        left -= expected
        if left < 0:
            break
        for group in _groups(blocks, combination, limits.largest_block):
            pairs.update(_pairs(group, split_at))
    return pairs


def _cheapest_first(blocks: Sequence[Record], largest: int) -> list[tuple[int, tuple[int, ...]]]:
    """Each combination of one or two fields with the pairs it makes, those with few first."""
    fields = range(len(blocks[0]) if blocks else 0)
    combined = [*((field,) for field in fields), *combinations(fields, 2)]
    return sorted((_pairs_made(blocks, fields, largest), fields) for fields in combined)


def _pairs_made(blocks: Sequence[Record], combination: Sequence[int], largest: int) -> int:
    sizes = Counter(key for _, key in _keys(blocks, combination))
    return sum(size * (size - 1) // 2 for size in sizes.values() if size <= largest)


def _groups(blocks: Sequence[Record], combination: Sequence[int], largest: int) -> list[list[int]]:
    together: defaultdict[Record, list[int]] = defaultdict(list)
    for place, key in _keys(blocks, combination):
        together[key].append(place)
    return [group for group in together.values() if 1 < len(group) <= largest]


def _keys(blocks: Sequence[Record], combination: Sequence[int]) -> Iterator[tuple[int, Record]]:
    for place, values in enumerate(blocks):
        key = tuple(values[field] for field in combination)
        if all(key):
            yield place, key


def _pairs(group: Sequence[int], split_at: int | None) -> Iterator[PairOfPlaces]:
    for one, other in combinations(group, 2):
        if split_at is None or one < split_at <= other:
            yield one, other
