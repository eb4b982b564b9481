"""What leaves the house: consenting customers alone, no formulas, hashes as platforms want (R5)."""

import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from app.cli import cli
from crm.consent.models import Purpose
from crm.consent.register import allows, record_consent
from crm.db import Database, now
from crm.profile.models import Customer, TraitKind
from crm.profile.traits import Origin, current, record
from crm.segment.census import member_ids
from crm.segment.export import Platform, export_audience, export_list, hash_contact
from crm.segment.filters import BadFilter, read_filter
from crm.segment.folder import read_segments

EVERYBODY = read_filter({"all": []})


def written(database: Database, export: Callable[..., int], *arguments: Any) -> list[str]:
    file = io.StringIO()
    with database.reading() as session:
        count = export(session, EVERYBODY, *arguments[:2], file, *arguments[2:])
    lines = file.getvalue().splitlines()
    assert count == len(lines) - 1
    return lines


def test_a_list_holds_who_consented_and_can_be_reached(
    database: Database, company: dict[str, int]
) -> None:
    lines = written(database, export_list, Purpose.MARKETING, "email")
    assert lines == [
        "customer_id,given_name,family_name,contact,cap,language",
        f"{company['Mario']},Mario,,mario@example.it,38068,",
        f"{company['Ugo']},Ugo,,'=ugo@example.it,,",
    ]
    assert len(written(database, export_list, Purpose.PROFILING, "email")) == 1


def test_an_audience_holds_hashes_of_who_consented(
    database: Database, company: dict[str, int]
) -> None:
    lines = written(database, export_audience, Purpose.MARKETING, "email")
    emails = ("mario@example.it", "=ugo@example.it")
    expected = sorted(hashlib.sha256(one.encode()).hexdigest() for one in emails)
    assert lines == ["email", *expected]
    google = written(database, export_audience, Purpose.SHARING, "sms")
    meta = written(database, export_audience, Purpose.SHARING, "sms", Platform.META)
    assert google[1] == hashlib.sha256(b"+393401234567").hexdigest()
    assert meta == ["phone", hashlib.sha256(b"393401234567").hexdigest()]


def test_a_number_is_hashed_in_one_form_however_it_was_written(
    database: Database, company: dict[str, int]
) -> None:
    before = written(database, export_audience, Purpose.SHARING, "sms")
    with database.writing() as session:
        mario = session.get_one(Customer, company["Mario"])
        assert mario.phone == "+393401234567"
        mario.phone = " 340 123.4567"
    assert written(database, export_audience, Purpose.SHARING, "sms") == before
    with database.writing() as session:
        session.get_one(Customer, company["Mario"]).phone = "interno 12"
    assert written(database, export_audience, Purpose.SHARING, "sms") == before[:1]


def test_addresses_are_hashed_in_small_letters() -> None:
    assert hash_contact(" Mario@Example.IT ") == hash_contact("mario@example.it")
    # The example that Google's documentation of customer match gives for hashing is plain SHA-256.
    assert hash_contact("x") == "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BOTTEGA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BOTTEGA_DATABASE_URL", f"sqlite:///{tmp_path / 'test.db'}")
    folder = tmp_path / "home" / "segments"
    folder.mkdir(parents=True)
    (folder / "trentino.yml").write_text(
        "name: trentino\ntitle: {it: Trentini}\nfilter: {zone: {provincia: TN}}\n"
    )
    return folder


def run(*words: str) -> Any:
    return CliRunner().invoke(cli, ["segment", *words])


@pytest.mark.usefixtures("company")
def test_the_command_lists_counts_and_exports(home: Path, tmp_path: Path) -> None:
    assert run("list").stdout == "        2  trentino  Trentini\n"
    assert run("count", "trentino").stdout == "2\n"
    assert "1  Rovereto" in run("count", "trentino", "--by", "comune").stdout
    out = tmp_path / "out.csv"
    said = run("export", "trentino", "--to", str(out)).stdout
    assert said.startswith("1 customers who consented to marketing by email")
    assert len(out.read_text().splitlines()) == 2
    run("export", "trentino", "--to", str(out), "--hashed", "meta", "--channel", "sms")
    assert out.read_text().splitlines()[1] == hashlib.sha256(b"393401234567").hexdigest()
    for words, sentence in (
        (("count", "altro"), "There is no segment 'altro'; there are: trentino."),
        (("count", "trentino", "--by", "via"), "--by is 'via'"),
        (("export", "trentino", "--to", "x", "--channel", "fax"), "--channel is 'fax'"),
        (("export", "trentino", "--to", "x", "--purpose", "fun"), "--purpose is 'fun'"),
        (("export", "trentino", "--to", "x", "--hashed", "y"), "--hashed is 'y'"),
    ):
        assert sentence in str(run(*words).exception)


def test_a_wrong_file_is_named(home: Path) -> None:
    (home / "bad.yml").write_text("name: bad\nfilter: {colour: red}\n")
    with pytest.raises(BadFilter, match=r"bad\.yml: filter\.colour is not a word of a filter"):
        read_segments(home)
    (home / "bad.yml").write_text("name: trentino\nfilter: {tier: growable}\n")
    with pytest.raises(BadFilter, match="another segment named trentino"):
        read_segments(home)


told = st.lists(
    st.tuples(
        st.sampled_from(TraitKind), st.integers(0, 3), st.sampled_from(["a", "b", 1, True, ["a"]])
    ),
    min_size=1,
    max_size=6,
)
answers = st.lists(st.booleans(), max_size=4)


@settings(max_examples=40, deadline=None)
@given(told=told, answers=answers)
def test_filters_see_the_value_and_the_consent_that_hold(
    tmp_path_factory: pytest.TempPathFactory, told: list[Any], answers: list[bool]
) -> None:
    from datetime import timedelta

    from crm.db import migrate

    path = tmp_path_factory.mktemp("db") / "test.db"
    database = Database(f"sqlite:///{path}", durable=False)
    migrate(database.engine)
    start = now() - timedelta(days=9)
    with database.writing() as session:
        customer = Customer()
        session.add(customer)
        session.flush()
        for number, (kind, days, value) in enumerate(told):
            origin = Origin(kind, f"s{number}", start + timedelta(days=days))
            record(session, customer, {"thing": value}, origin)
        for granted in answers:
            record_consent(session, customer.id, Purpose.MARKETING, "email", granted,
                           source="t", evidence="t")  # fmt: skip
    with database.reading() as session:
        holding = current(session, customer.id)["thing"].value
        for value in ("a", "b", 1, True):
            is_in = list(
                member_ids(session, read_filter({"trait": {"name": "thing", "equals": value}}))
            )
            assert bool(is_in) == (type(holding) is type(value) and holding == value)
        consent = read_filter({"consent": {"purpose": "marketing", "channel": "email"}})
        allowed = allows(session, customer.id, Purpose.MARKETING, "email")
        assert bool(list(member_ids(session, consent))) == allowed
    database.close()
