"""A company's own fields: declared, checked, found, explained, let go (R2, R4)."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crm.db import Database, now
from crm.profile.directory import list_customers
from crm.profile.elastic import BadFields, BadValue, OwnField, OwnFields, read_fields
from crm.profile.elastic_values import forget_old_values, where_from
from crm.profile.models import Customer, TraitKind
from crm.profile.traits import Origin, current, record
from crm.staff.models import Role

FIELDS = OwnFields(
    {
        "skin": OwnField(type="choice", choices=["dry", "oily"], searchable=True),
        "note": OwnField(searchable=True, keep_days=30),
        "children": OwnField(type="integer", least=0, most=20, seen_by=["agent", "admin"]),
    }
)


@pytest.mark.parametrize(
    ("declared", "given", "stored"),
    [
        ({}, "  due   parole ", "due parole"),
        ({"type": "choice", "choices": ["dry", "oily"]}, "DRY", "dry"),
        ({"type": "number"}, "1.234,50", 1234.5),
        ({"type": "number"}, "12,5 €", 12.5),
        ({"type": "integer"}, "42", 42),
        ({"type": "integer"}, 42.0, 42),
        ({"type": "boolean"}, "sì", True),
        ({"type": "boolean"}, 0, False),
        ({"type": "date"}, "02/03/2026", "2026-03-02"),
        ({"type": "date"}, date(2026, 3, 2), "2026-03-02"),
        ({"type": "date"}, datetime(2026, 3, 2, 9, tzinfo=UTC), "2026-03-02"),
        ({"type": "list"}, "a, b,,c", ["a", "b", "c"]),
        ({"type": "list", "choices": ["A", "B"]}, ["a"], ["A"]),
    ],
)
def test_a_value_is_kept_in_one_form(declared: Any, given: Any, stored: Any) -> None:
    found = OwnFields({"field": OwnField(**declared)}).check("field", given)
    assert (found, type(found)) == (stored, type(stored))


@pytest.mark.parametrize(
    ("declared", "given", "sentence"),
    [
        ({}, "", "field: it needs 1 to 500 characters"),
        ({"type": "choice", "choices": ["dry", "oily"]}, "wet", "field: use one of dry, oily"),
        ({"type": "number"}, "molto", "it must be a number"),
        ({"type": "number"}, float("nan"), "it must be a number"),
        ({"type": "number"}, True, "it must be a number"),
        ({"type": "integer"}, "1,5", "it must be a whole number"),
        ({"type": "integer", "least": 0}, -1, "it must be at least 0"),
        ({"type": "integer", "most": 20}, 21, "it must be at most 20"),
        ({"type": "boolean"}, "forse", "it must be true or false"),
        ({"type": "date"}, "30/02/2026", "it must be a date"),
        ({"type": "list"}, [str(n) for n in range(51)], "at most 50 entries"),
    ],
)
def test_what_does_not_fit_is_told_in_a_sentence(declared: Any, given: Any, sentence: str) -> None:
    with pytest.raises(BadValue) as raised:
        OwnFields({"field": OwnField(**declared)}).check("field", given)
    assert sentence in str(raised.value)


def test_fields_are_declared_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "fields.yml"
    assert list(read_fields(path)) == []
    path.write_text("fields:\n  skin: {type: choice, choices: [dry], seen_by: [agent]}\n")
    fields = read_fields(path)
    assert fields.hidden_from(Role.MARKETER) == {"skin"}
    assert fields.hidden_from(Role.AGENT) == frozenset()
    assert fields.check("undeclared", {"any": "thing"}) == {"any": "thing"}


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("fields: {Skin: {}}", "should match pattern"),
        ("fields: {skin: {type: colour}}", "input should be 'text'"),
        ("fields: {skin: {type: choice}}", "a choice needs 'choices'"),
        ("fields: {skin: {choices: [a]}}", "only a choice or a list has 'choices'"),
        ("fields: {email: {}}", "email is a field of every profile"),
        ("fields: [", "is not YAML"),
    ],
)
def test_a_wrong_declaration_is_told_in_a_sentence(
    tmp_path: Path, written: str, sentence: str
) -> None:
    path = tmp_path / "fields.yml"
    path.write_text(written)
    with pytest.raises(BadFields) as raised:
        read_fields(path)
    assert sentence in str(raised.value)


def test_the_demo_company_declares_its_fields() -> None:
    from app.demo.content import COMPANY

    assert "skin" in read_fields(COMPANY / "fields.yml")


def add_customer(database: Database, *told: tuple[str, Any, TraitKind, int]) -> int:
    """A customer with values told so many days ago."""
    with database.writing() as session:
        customer = Customer()
        session.add(customer)
        session.flush()
        for number, (name, value, kind, days) in enumerate(told):
            origin = Origin(kind, f"source{number}", now() - timedelta(days=days))
            record(session, customer, {name: value}, origin)
        return customer.id


def test_every_value_answers_where_from_and_why(database: Database) -> None:
    mario = add_customer(
        database,
        ("skin", "oily", TraitKind.DERIVED, 1),
        ("skin", "dry", TraitKind.EXPLICIT, 300),
        ("skin", "normal", TraitKind.EXPLICIT, 400),
    )
    with database.reading() as session:
        found = where_from(session, mario, "skin")
        assert [(one.value, one.source, one.why) for one in found] == [
            ("dry", "source1", "it holds"),
            ("normal", "source2", "a newer one holds"),
            ("oily", "source0", "explicit beats derived"),
        ]
        assert where_from(session, mario, "hair") == []


def test_searchable_fields_are_found_by_the_value_that_holds(database: Database) -> None:
    mario = add_customer(database, ("skin", "dry", TraitKind.EXPLICIT, 1))
    add_customer(
        database,
        ("skin", "dry", TraitKind.EXPLICIT, 9),
        ("skin", "oily", TraitKind.EXPLICIT, 1),
        ("children", 2, TraitKind.EXPLICIT, 1),
    )
    with database.reading() as session:

        def found(words: str, fields: OwnFields = FIELDS) -> list[int]:
            some = list_customers(session, words, fields=fields.searchable)
            return [one.id for one in some]

        assert found(" DRY ") == [mario]
        assert found("2") == []
        assert found("%") == []
        assert found("dry", OwnFields()) == []


def test_values_are_kept_as_long_as_declared(database: Database) -> None:
    mario = add_customer(
        database,
        ("note", "old", TraitKind.EXPLICIT, 31),
        ("note", "new", TraitKind.DERIVED, 29),
        ("skin", "dry", TraitKind.EXPLICIT, 999),
    )
    with database.writing() as session:
        assert forget_old_values(session, FIELDS) == 1
        held = current(session, mario)
        assert (held["note"].value, held["skin"].value) == ("new", "dry")
        assert forget_old_values(session, FIELDS) == 0
