"""The customer's card on the desk hides what is not for everybody."""

from pathlib import Path

import pytest

from crm.db import Database, migrate, now
from crm.profile.elastic import OwnField, OwnFields
from crm.profile.models import Customer, TraitKind
from crm.profile.traits import Origin, record
from crm.staff.models import Role
from desk.door.signed_in import SignedIn
from desk.office import Office
from desk.pages.people.profile import gather_profile

FIELDS = OwnFields({"children": OwnField(type="integer", seen_by=["agent", "admin"])})


@pytest.mark.parametrize(("role", "sees_it"), [(Role.AGENT, True), (Role.MARKETER, False)])
def test_own_fields_are_for_the_roles_that_they_name(
    tmp_path: Path, role: Role, sees_it: bool
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'desk.db'}", durable=False)
    migrate(database.engine)
    office = Office(
        database=database,
        notify=lambda _: None,
        phrase=lambda name, _: name,
        key=b"key",
        attachments=tmp_path,
        own_fields=FIELDS,
    )
    who = SignedIn(1, "Anna", role, "it", "light", "cookie")
    with database.writing() as session:
        customer = Customer()
        session.add(customer)
        session.flush()
        record(session, customer, {"children": 2}, Origin(TraitKind.EXPLICIT, "shop", now()))
        profile = gather_profile(session, who, customer.id, office)
    assert profile is not None
    assert ("children" in {trait.name for trait in profile.view.traits}) is sees_it
    database.close()
