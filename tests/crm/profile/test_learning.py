"""The weights adjust to a company's own customers, without anybody labelling them."""

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from app.bootstrap import open_database
from app.cli_identity import identity_cli
from app.errors import BadArgument
from app.settings import load_settings
from crm.db import Database
from crm.profile.likeness import Likeness
from crm.profile.matching import BUILT_IN, Model, Outcome, find, learn
from crm.profile.matching.kept import forget_model, keep_model, kept_model
from crm.profile.merging.suggestion import duplicates_of
from tests.benchmarks.identity_people import Population
from tests.crm.profile.test_lookup import MARIO, register
from tests.crm.source.rows import bring, people, row

OWN = replace(BUILT_IN, prior=-3.0)


def fill(session: Session, population: Population, count: int, twice: int) -> None:
    """Customers of a shop; the first ones also bought online, some with a slip in the CAP."""
    for number, person in enumerate(population.people(count)):
        register(session, person.facts, "shop")
        if number < twice:
            told = person.facts
            if number % 5 == 0:
                told = population.with_slip(told, "cap")
            register(session, told, "online")


def test_without_duplicates_the_built_in_shares_of_one_person_hold(database: Database) -> None:
    with database.writing() as session:
        fill(session, Population(11), 150, twice=0)
        learnt = learn(session)
    for name, weights in BUILT_IN.fields.items():
        assert learnt.fields[name].m == weights.m
    assert learnt.prior == pytest.approx(-math.log2(150))


def test_an_empty_company_keeps_what_is_built_in(database: Database) -> None:
    with database.reading() as session:
        assert learn(session) == BUILT_IN


def test_the_errors_of_ones_own_data_are_learnt(database: Database) -> None:
    with database.writing() as session:
        fill(session, Population(12), 300, twice=200)
        learnt = learn(session)
    cap = learnt.fields["cap"]
    assert cap.m[Likeness.EXACT] == pytest.approx(0.8, abs=0.06)
    assert cap.m[Likeness.CLOSE] + cap.m[Likeness.ELSE] == pytest.approx(0.2, abs=0.06)
    email = learnt.fields["email"]
    assert email.m[Likeness.EXACT] > 0.9
    assert sum(cap.u.values()) == pytest.approx(1.0)


def test_people_are_found_with_the_learnt_weights(database: Database) -> None:
    with database.writing() as session:
        population = Population(13)
        fill(session, population, 200, twice=150)
        learnt = learn(session)
        stranger = population.person().facts
        known = next(Population(13).people(1)).facts
        assert find(session, known, learnt)[0].outcome == Outcome.SAME
        assert all(one.outcome != Outcome.SAME for one in find(session, stranger, learnt))


def test_kept_weights_are_what_everybody_judges_by(database: Database) -> None:
    """With weights that never suffice nobody is the same: in conversation, review and import."""
    doubting = replace(BUILT_IN, same_from=1000.0)
    first = row("1", email="m.rossi@example.it", given_name="Mario", family_name="Rossi")
    with database.writing() as session:
        mario = register(session, MARIO)
        other = register(session, MARIO, "newsletter")
        assert find(session, MARIO)[0].outcome == Outcome.SAME
        keep_model(session, doubting)
        assert kept_model(session) == doubting
        assert find(session, MARIO)[0].outcome == Outcome.UNSURE
        [suggested] = duplicates_of(session, mario)
        assert (suggested.other_id, suggested.outcome) == (other, Outcome.UNSURE)
    bring(database, "online", first)
    bring(database, "shop", replace(first, key="2"))
    assert people(database) == {frozenset({"online:1"}), frozenset({"shop:2"})}
    with database.writing() as session:
        forget_model(session)
        assert kept_model(session) == BUILT_IN
    bring(database, "till", replace(first, key="3"))
    assert people(database) == {frozenset({"online:1", "shop:2", "till:3"})}


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A company that keeps weights of its own, as the command line finds it."""
    monkeypatch.setenv("BOTTEGA_HOME", str(tmp_path))
    monkeypatch.setenv("BOTTEGA_DURABLE", "false")
    database = open_database(load_settings())
    with database.writing() as session:
        keep_model(session, OWN)
    yield database
    database.close()


def weights(database: Database) -> Model:
    with database.reading() as session:
        return kept_model(session)


def test_forgetting_is_not_done_on_trial(company: Database) -> None:
    told = CliRunner().invoke(identity_cli, ["learn", "--forget", "--dry-run"])
    assert isinstance(told.exception, BadArgument)
    assert weights(company) == OWN
    assert CliRunner().invoke(identity_cli, ["learn", "--forget"]).exit_code == 0
    assert weights(company) == BUILT_IN


def test_nobody_waits_to_write_while_it_learns(
    company: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def learn_beside_a_writer(session: Session) -> Model:
        model = learn(session)
        with company.writing() as other:
            register(other, MARIO, "shop")
        return model

    monkeypatch.setattr("crm.profile.matching.learn", learn_beside_a_writer)
    told = CliRunner().invoke(identity_cli, ["learn", "--dry-run"])
    assert told.exit_code == 0 and "before looking" in told.output, told.exception
    assert weights(company) == OWN
    assert CliRunner().invoke(identity_cli, ["learn"]).exit_code == 0
    assert weights(company) == BUILT_IN, "what there is to learn from one customer"
