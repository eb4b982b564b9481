"""The demo company as five databases, loaded through the connectors: who is who (R1, R2)."""

from collections import Counter, defaultdict
from datetime import date
from itertools import combinations
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.demo.assistance import assistance_answering
from app.demo.model import SOURCES, DemoCompany
from app.demo.people import SEED, generate_company
from app.demo.source_files import write_sources
from crm.db import Database
from crm.profile.emails import email_key
from crm.profile.models import Customer, CustomerStatus
from crm.source.models import IdentityReview
from integrations.sources.catalogue import add_source
from integrations.sources.rows import RowError
from integrations.sources.sync import sync
from tests.crm.source.rows import people


def pairs_of_one(company: DemoCompany) -> set[tuple[str, str]]:
    """The pairs of records that are one person's.

    The census gives some homonyms one mailbox, the second with a label (anna+ginestra@…): nobody
    could tell those two apart, so they count as one.
    """
    mailbox = {
        one.id: (email_key(one.email), one.given_name, one.family_name) for one in company.people
    }
    records: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)
    for record in company.records:
        records[mailbox[record.person_id]].append(f"{record.source}:{record.key}")
    return {pair for of in records.values() for pair in combinations(sorted(of), 2)}


def test_five_databases_become_one_with_one_profile_a_person(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    company = generate_company(SEED, today=date(2026, 3, 2))
    counts: Counter[str] = Counter()
    errors: list[RowError] = []
    with assistance_answering(tmp_path) as service:
        write_sources(company, tmp_path, service)
        for source in SOURCES:
            with database.writing() as session:
                add_source(session, tmp_path / f"{source}.yml")
            report = sync(database, source)
            counts += report.counts
            errors += report.errors
    # One Maria Teresa is written "MAEIA" beside her code: that is for people to look at.
    assert [(error.column, "given name" in error.problem) for error in errors] == [
        ("codice_fiscale", True)
    ]
    assert counts["rows"] == len(company.records)

    found = {pair for group in people(database) for pair in combinations(sorted(group), 2)}
    real = pairs_of_one(company)
    precision, recall = len(found & real) / len(found), len(found & real) / len(real)
    with database.reading() as session:
        in_use = select(func.count()).where(Customer.status == CustomerStatus.ACTIVE)
        profiles, reviews = (
            session.scalar(in_use),
            session.scalar(select(func.count(IdentityReview.id))),
        )
    with capsys.disabled():
        print(f"precision {precision:.4f}, recall {recall:.4f}, {profiles} profiles, "
              f"{reviews} reviews, {counts}")  # fmt: skip
    assert precision >= 0.999
    assert recall >= 0.78
