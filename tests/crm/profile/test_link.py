"""Linking files: who is who without being taught, whatever the columns are called."""

import json
import random
from collections import Counter

import pytest

from crm.profile.likeness import Likeness
from crm.profile.matching import BUILT_IN, Model, Outcome, judge
from crm.profile.matching.blocking import Limits, candidate_pairs
from crm.profile.matching.estimation import estimate
from crm.profile.matching.kinds import UnknownKind
from crm.profile.matching.link import NoFields, Settings, link
from crm.profile.matching.model import FieldWeights, probability, shares
from tests.benchmarks.identity_people import Population

MAPPING = {"nr": "id", "nominativo": "name", "posta": "email", "zona": "cap", "cell": "phone"}


def files(seed: int = 3, count: int = 400) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """The customers of a shop, and half of them again, with slips, in an online shop."""
    population = Population(seed)
    people = list(population.people(count))
    shop = [
        {
            "nr": f"S{number}",
            "nominativo": f"{person.family} {person.given}",
            "posta": person.email,
            "zona": person.cap,
            "cell": person.phone or "",
        }
        for number, person in enumerate(people)
    ]
    online = []
    for number, person in enumerate(people[::2]):
        field = population.random.choice(("email", "name", "cap"))
        told = population.with_slip(person.facts, field)
        online.append(
            {
                "nr": f"W{number * 2}",
                "nominativo": f"{told.given_name} {told.family_name}",
                "posta": told.email or "",
                "zona": told.cap or "",
                "cell": person.phone or "",
            }
        )
    return shop, online


def test_two_files_are_linked_without_labels() -> None:
    shop, online = files()
    pairs = [pair for pair in link(shop, online, MAPPING) if pair.outcome == Outcome.SAME]
    right = [pair for pair in pairs if pair.a[1:] == pair.b[1:]]
    assert len(right) / len(pairs) >= 0.99
    assert len(right) / len(online) >= 0.95


def test_duplicates_are_found_in_one_file() -> None:
    shop, online = files(count=200)
    rows = [*shop, *online]
    random.Random(1).shuffle(rows)
    pairs = [pair for pair in link(rows, None, MAPPING) if pair.outcome == Outcome.SAME]
    right = [pair for pair in pairs if pair.a[1:] == pair.b[1:]]
    assert len(right) / len(pairs) >= 0.99
    assert len(right) / len(online) >= 0.95


def test_every_pair_can_be_explained() -> None:
    shop, online = files(count=100)
    best = link(shop, online, MAPPING)[0]
    assert set(best.levels) == {"given_name", "family_name", "posta", "zona", "cell"}
    assert set(best.levels.values()) <= set(Likeness)


def test_columns_that_are_not_mapped_do_not_matter() -> None:
    shop, online = files(count=60)
    noisy = [{**row, "note": str(number)} for number, row in enumerate(shop)]
    assert link(noisy, online, MAPPING) == link(shop, online, MAPPING)


def test_rows_without_an_id_are_counted() -> None:
    rows = [{"n": "Mario Rossi", "e": "m@example.it"}, {"n": "Rossi Mario", "e": "m@example.it"}]
    model = Model(
        {
            "given_name": BUILT_IN.fields["given_name"],
            "family_name": BUILT_IN.fields["family_name"],
            "e": BUILT_IN.fields["email"],
        },
        prior=-20.0,
        same_from=10.0,
        different_below=0.0,
    )
    pairs = link(rows, None, {"n": "name", "e": "email"}, Settings(model=model))
    assert [(pair.a, pair.b, pair.outcome) for pair in pairs] == [("0", "1", Outcome.SAME)]


def test_an_unknown_kind_is_named_with_the_way_out() -> None:
    with pytest.raises(UnknownKind, match=r"'e-mail'.*use one of: id, name,.*email"):
        link([], [], {"posta": "e-mail"})


def test_a_mapping_without_fields_is_refused() -> None:
    with pytest.raises(NoFields, match="names no field"):
        link([], [], {"nr": "id"})


def test_empty_files_have_no_pairs() -> None:
    assert link([], [], MAPPING) == []
    assert link([], None, MAPPING) == []


def test_records_are_compared_when_two_fields_agree_and_blocks_stay_small() -> None:
    blocks = [("a", "x", "1"), ("a", "x", "2"), ("b", "x", "3"), ("", "", "")]
    assert (0, 1) in candidate_pairs(blocks, None)
    assert candidate_pairs(blocks, 2) <= {(0, 2), (1, 2)}
    crowd = [("a", "x")] * 300
    assert candidate_pairs(crowd, None, Limits(largest_block=100)) == set()


def test_the_weights_are_estimated_from_unlabelled_pairs() -> None:
    draw = random.Random(5)
    true_m, true_u = {"a": (0.9, 0.06), "b": (0.7, 0.1), "c": (0.8, 0.1)}, (0.02, 0.05)

    def level(exact: float, close: float) -> Likeness:
        chance = draw.random()
        if chance < exact:
            return Likeness.EXACT
        return Likeness.CLOSE if chance < exact + close else Likeness.ELSE

    patterns: Counter[tuple[Likeness, ...]] = Counter()
    for _ in range(20_000):
        is_one = draw.random() < 0.2
        patterns[tuple(level(*(true_m[name] if is_one else true_u)) for name in true_m)] += 1
    start = Model(
        {name: FieldWeights(shares(0.6, 0.2), shares(0.1, 0.1)) for name in true_m}, 0.0, 5.0, -5.0
    )
    found = estimate(patterns, start)
    assert probability(found.prior) == pytest.approx(0.2, abs=0.02)
    for name, (exact, _) in true_m.items():
        assert found.fields[name].m[Likeness.EXACT] == pytest.approx(exact, abs=0.04)
        assert found.fields[name].u[Likeness.EXACT] == pytest.approx(true_u[0], abs=0.02)


def test_a_model_can_be_stored() -> None:
    assert Model.from_dict(json.loads(json.dumps(BUILT_IN.as_dict()))) == BUILT_IN


def test_what_is_missing_says_nothing() -> None:
    nothing = dict.fromkeys(BUILT_IN.fields, Likeness.MISSING)
    assert judge(nothing) == (BUILT_IN.prior, Outcome.DIFFERENT)
