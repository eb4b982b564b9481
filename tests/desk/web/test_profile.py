"""The customer's card on the desk hides what is not for everybody, and looks nothing up twice."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from crm.db import Database, migrate, now
from crm.profile.elastic import OwnField, OwnFields
from crm.profile.keys import index_customer
from crm.profile.models import Customer, IdentityKey, TraitKind
from crm.profile.traits import Origin, record
from crm.staff.models import Role
from desk.door.signed_in import SignedIn
from desk.office import Office
from desk.pages.people.profile import Profile, gather_profile

FIELDS = OwnFields({"children": OwnField(type="integer", seen_by=["agent", "admin"])})
MARIO = {"given_name": "Mario", "family_name": "Rossi", "email": "m.rossi@example.it"}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A desk whose company knows Mario twice, the first time with two children."""
    database = Database(f"sqlite:///{tmp_path / 'desk.db'}", durable=False)
    migrate(database.engine)
    with database.writing() as session:
        for values in (MARIO | {"children": 2}, MARIO):
            customer = Customer()
            session.add(customer)
            session.flush()
            record(session, customer, values, Origin(TraitKind.EXPLICIT, "shop", now()))
            index_customer(session, customer.id)
        session.add(IdentityKey(customer_id=1, kind="cf_doubt", value="RSSMRA80A01H612X"))
    yield Office(
        database=database,
        notify=lambda _: None,
        phrase=lambda name, _: name,
        key=b"key",
        attachments=tmp_path,
        own_fields=FIELDS,
    )
    database.close()


def card(office: Office, role: Role) -> Profile:
    who = SignedIn(1, "Anna", role, "it", "light", "cookie")
    with office.database.reading() as session:
        profile = gather_profile(session, who, 1, office)
    assert profile is not None
    return profile


@pytest.mark.parametrize(("role", "sees_it"), [(Role.AGENT, True), (Role.MARKETER, False)])
def test_own_fields_are_for_the_roles_that_they_name(
    office: Office, role: Role, sees_it: bool
) -> None:
    assert ("children" in {trait.name for trait in card(office, role).view.traits}) is sees_it


def test_who_somebody_is_is_no_work_of_marketers(office: Office) -> None:
    about_identity = {"check_tax_code", "look_at_duplicate"}
    for role in (Role.AGENT, Role.MARKETER):
        found = card(office, role)
        steps = {str(step.step) for step in found.view.next_steps}
        assert steps & about_identity == (about_identity if role == Role.AGENT else set())
        assert len(found.duplicates) == (role == Role.AGENT)
        assert "ask_consent" in steps


def test_a_card_looks_for_duplicates_once(office: Office) -> None:
    asked: Counter[tuple[str, str]] = Counter()

    def count(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        asked[statement, str(parameters)] += 1

    event.listen(office.database.engine, "before_cursor_execute", count)
    assert card(office, Role.AGENT).duplicates
    twice = [statement for (statement, _), times in asked.items() if times > 1]
    assert not [one for one in twice if "identity_key" in one or "identity_model" in one]
