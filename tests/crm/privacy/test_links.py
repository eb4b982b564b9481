"""Links by mail: they open something once; a yes counts only after its confirmation (R5)."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import select, update
from starlette.testclient import TestClient

from actions.phrases import Phrases
from app.settings import ROOT
from crm.consent.models import Consent, Purpose
from crm.consent.opt_in import ask_opt_in, confirm_opt_in, waiting
from crm.consent.register import allows, record_consent, withdraw_all
from crm.db import Database, now
from crm.privacy.links import LinkOver, find_link, make_link, use_link
from crm.privacy.models import LinkPurpose, PersonalLink
from crm.privacy.outside import Outside
from crm.profile.facts import Facts
from crm.profile.merging.ledger import merge
from crm.profile.models import Customer
from integrations.personal_pages import PersonalPages, personal_router
from tests.crm.profile.test_lookup import register

MARIO = Facts("mario.rossi@example.it", "Mario", "Rossi", "38068")
DAY = timedelta(days=1)


@pytest.fixture
def mario(database: Database) -> int:
    with database.writing() as session:
        return register(session, MARIO)


@pytest.fixture
def pages(database: Database) -> Iterator[TestClient]:
    app = FastAPI()
    phrases = Phrases.load(ROOT / "bot" / "domain")
    app.include_router(personal_router(PersonalPages(database, Outside(), phrases.text)))
    with TestClient(app) as client:
        yield client


def export_link(database: Database, customer_id: int, lasting: timedelta = DAY) -> str:
    with database.writing() as session:
        customer = session.get_one(Customer, customer_id)
        return make_link(session, customer, LinkPurpose.EXPORT, lasting, "it")


def opt_in_link(database: Database, customer_id: int) -> str:
    with database.writing() as session:
        customer = session.get_one(Customer, customer_id)
        return ask_opt_in(
            session, customer, Purpose.MARKETING, ["email", "sms"],
            source="conversation:7", evidence="sì, mandatemi le offerte", language="it",
        )  # fmt: skip


def test_only_the_hash_of_a_link_is_kept(database: Database, mario: int) -> None:
    token = export_link(database, mario)
    with database.reading() as session:
        link = session.scalars(select(PersonalLink)).one()
        assert token not in str(vars(link)) and len(link.token_hash) == 64


def test_a_link_opens_once_and_only_what_it_is_for(database: Database, mario: int) -> None:
    token = export_link(database, mario)
    with database.writing() as session:
        with pytest.raises(LinkOver):
            use_link(session, LinkPurpose.OPT_IN, token)
        assert find_link(session, LinkPurpose.EXPORT, token).customer_id == mario
        use_link(session, LinkPurpose.EXPORT, token)
        for again in (use_link, find_link):
            with pytest.raises(LinkOver):
                again(session, LinkPurpose.EXPORT, token)


def test_a_link_grows_old(database: Database, mario: int) -> None:
    token = export_link(database, mario)
    with database.writing() as session:
        session.execute(update(PersonalLink).values(expires_at=now()))
        with pytest.raises(LinkOver):
            use_link(session, LinkPurpose.EXPORT, token)


def test_a_link_to_an_absorbed_profile_opens_nothing(database: Database, mario: int) -> None:
    """It was mailed to the address of one profile; it must not show what the other one held."""
    token = export_link(database, mario)
    with database.writing() as session:
        merge(session, register(session, MARIO, "shop 2"), mario, "Anna")
        with pytest.raises(LinkOver):
            find_link(session, LinkPurpose.EXPORT, token)


def test_a_link_mailed_to_a_former_address_opens_nothing(database: Database, mario: int) -> None:
    tokens = export_link(database, mario), opt_in_link(database, mario)
    with database.writing() as session:
        session.get_one(Customer, mario).email = "right@example.it"
    with database.writing() as session:
        for purpose, token in zip((LinkPurpose.EXPORT, LinkPurpose.OPT_IN), tokens, strict=True):
            with pytest.raises(LinkOver):
                use_link(session, purpose, token)
        assert not allows(session, mario, Purpose.MARKETING, "email")


def test_looking_at_the_page_does_not_use_the_link(
    database: Database, pages: TestClient, mario: int
) -> None:
    path = f"/privacy/data/{export_link(database, mario)}"
    for _ in range(2):
        looked = pages.get(path)
        assert looked.status_code == 200 and "mario.rossi" not in looked.text
    opened = pages.post(path)
    assert "mario.rossi@example.it" in opened.text and "I tuoi dati" in opened.text
    assert opened.headers["cache-control"] == "no-store"
    for again in (pages.get(path), pages.post(path)):
        assert again.status_code == 410 and "mario" not in again.text.lower()


def test_a_guessed_link_is_over_too(pages: TestClient) -> None:
    for path in ("/privacy/data/nothing", "/privacy/consent/nothing"):
        assert pages.get(path).status_code == 410 and pages.post(path).status_code == 410


def test_r5_a_yes_counts_after_its_confirmation(
    database: Database, pages: TestClient, mario: int
) -> None:
    path = f"/privacy/consent/{opt_in_link(database, mario)}"
    assert "<button>Sì, confermo</button>" in pages.get(path).text
    with database.reading() as session:
        assert not allows(session, mario, Purpose.MARKETING, "email")
        assert [one.channels for one in waiting(session, mario)] == [["email", "sms"]]
    assert "Confermato" in pages.post(path).text
    with database.reading() as session:
        for channel in ("email", "sms"):
            assert allows(session, mario, Purpose.MARKETING, channel)
        consent = session.scalars(select(Consent)).first()
        assert consent is not None and waiting(session, mario) == []
        assert re.fullmatch(
            r"Asked in conversation:7, [\d: -]+ UTC: “sì, mandatemi le offerte”; confirmed "
            r"[\d: -]+ UTC through the link mailed to the address on file\.",
            consent.evidence,
        )
    assert pages.post(path).status_code == 410


def test_a_confirmation_counts_once(database: Database, mario: int) -> None:
    token = opt_in_link(database, mario)
    with database.writing() as session:
        assert confirm_opt_in(session, token) == ["email", "sms"]
        with pytest.raises(LinkOver):
            confirm_opt_in(session, token)


def test_r5_a_no_said_after_the_asking_is_not_taken_back_by_an_old_mail(
    database: Database, mario: int
) -> None:
    token = opt_in_link(database, mario)
    with database.writing() as session:
        record_consent(
            session, mario, Purpose.MARKETING, "sms", False, source="desk", evidence="no sms"
        )
    with database.writing() as session:
        assert [one.channels for one in waiting(session, mario)] == [["email"]]
        assert confirm_opt_in(session, token) == ["email"]
        assert not allows(session, mario, Purpose.MARKETING, "sms")
    token = opt_in_link(database, mario)
    with database.writing() as session:
        withdraw_all(session, mario, Purpose.MARKETING, source="desk", evidence="niente")
    with database.writing() as session:
        assert not waiting(session, mario)
        with pytest.raises(LinkOver):
            confirm_opt_in(session, token)
        assert not allows(session, mario, Purpose.MARKETING, "email")
