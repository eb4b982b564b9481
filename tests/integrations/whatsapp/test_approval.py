"""Which templates are approved is asked of the platform; the desk offers no others."""

import asyncio
import logging
from collections.abc import Coroutine
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from pywa.client import WhatsApp as PywaClient
from typer.testing import CliRunner

from app.cli import cli
from app.demo.platforms.whatsapp.platform import LOCAL_TEMPLATES
from app.demo.platforms.whatsapp.world import ApprovedTemplate
from app.sending import make_sending
from app.settings import Settings
from crm.conversation.log import Incoming, open_conversation, receive
from crm.conversation.models import Conversation
from crm.db import now
from desk.sending import Draft, Sending, Unsendable
from desk.wording import wording
from integrations.channels.whatsapp import WhatsAppSettings, check_connection, read_templates
from integrations.channels.whatsapp.approval import Approvals, Standing
from integrations.channels.whatsapp.client import CloudApi
from integrations.channels.whatsapp.explaining import explain_account
from tests.integrations.whatsapp.office import Office, settings, wait_until

WRITTEN = "reply.it=answer_ready, visit.it=only_text, sale.it=sale, gone.it=nothing, reply.en=sale"
STANDINGS = {"reply": "", "visit": "REJECTED", "sale": "PAUSED", "gone": "MISSING"}
MANY = [ApprovedTemplate(f"other_{number}", "it", "x {{1}}") for number in range(230)]
ACCOUNT = [*MANY, *LOCAL_TEMPLATES, ApprovedTemplate("sale", "it", "x {{1}}", "PAUSED")]


@pytest.fixture(scope="module")
def shared_office(tmp_path_factory: pytest.TempPathFactory) -> Any:
    office = Office(tmp_path_factory.mktemp("office"), templates=read_templates(WRITTEN)).start()
    office.platform.world.templates = ACCOUNT
    yield office
    office.close()


def in_office(office: Office, work: Coroutine[Any, Any, Any]) -> Any:
    """Do something in the loop of the server, whose client is in use there."""
    return asyncio.run_coroutine_threadsafe(work, office.loop).result(60)


def ask(given: WhatsAppSettings) -> tuple[Approvals, bool]:
    """What is known after having asked once, with a client of one's own."""

    async def work() -> tuple[Approvals, bool]:
        api = CloudApi(given)
        explain = partial(explain_account, settings=given)
        approvals = Approvals(given, api.templates, explain, pauses=(0,))
        try:
            return approvals, await approvals.ask()
        finally:
            await api.close()

    return asyncio.run(work())


def desk_sending(office: Office, home: Path) -> Sending:
    own = Settings(
        home=home, whatsapp_token="t", whatsapp_phone_number_id="1", whatsapp_app_secret="s",
        whatsapp_templates=WRITTEN,
    )  # fmt: skip
    return make_sending(own, office.whatsapp)


def refused(sending: Sending, language: str = "it") -> dict[str, str]:
    return {one.purpose: one.refused for one in sending.templates("whatsapp", language)}


@pytest.fixture
def silent(office: Office) -> Conversation:
    """A conversation whose customer wrote two days ago."""
    with office.database.writing() as session:
        conversation = open_conversation(session, "whatsapp", "393941950009")
        conversation.language = "it"
        at = now() - timedelta(hours=48)
        receive(session, conversation, Incoming("w1", "Buongiorno", at=at))
        session.flush()
        session.refresh(conversation)
        session.expunge(conversation)
        return conversation


def test_the_app_asks_by_itself_soon_after_its_start(office: Office, tmp_path: Path) -> None:
    sending = desk_sending(office, tmp_path)
    wait_until(lambda: "list_templates" in office.report()["calls"])
    wait_until(lambda: refused(sending)["visit"] == "REJECTED")


def test_the_desk_knows_of_each_template_how_it_stands(office: Office, tmp_path: Path) -> None:
    assert in_office(office, office.whatsapp.approvals.ask())
    sending = desk_sending(office, tmp_path)
    assert refused(sending) == STANDINGS
    assert refused(sending, "en") == {"reply": "MISSING"}, "it is there in Italian only"


def test_what_is_not_approved_is_not_sent_and_the_desk_says_why(
    office: Office, tmp_path: Path, silent: Conversation
) -> None:
    assert in_office(office, office.whatsapp.approvals.ask())
    sending = desk_sending(office, tmp_path)
    assert sending.compose(silent, Draft("È pronto.")).text == "È pronto."
    with pytest.raises(Unsendable, match=r"only_text.*REJECTED") as caught:
        sending.compose(silent, Draft("È pronto.", template="visit"))
    assert caught.value.reason == "template_not_approved"
    told = wording("it").template_refused(**caught.value.values)
    assert told == "Il modello «only_text» non si può usare: Meta lo ha rifiutato."


def test_a_status_that_meta_invents_tomorrow_is_told_as_it_is() -> None:
    told = wording("en").template_refused("sale", "FROZEN")
    assert told == "The template “sale” cannot be used: for Meta it is “FROZEN”."
    assert not Standing("FROZEN").is_sent
    assert Standing("FLAGGED").is_sent


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"api_url": "http://127.0.0.1:9"}, "cannot be reached"),
        ({"token": "a secret token"}, "token is not accepted"),
        ({"business_account_id": "42"}, "no WhatsApp Business Account with the id 42"),
        ({"api_url": "{office}/nowhere"}, "WhatsApp answered"),
    ],
)
def test_without_an_answer_all_are_offered_and_it_is_logged(
    office: Office, caplog: pytest.LogCaptureFixture, wrong: dict[str, str], words: str
) -> None:
    changes = {name: value.format(office=office.url) for name, value in wrong.items()}
    given = settings(office.port, templates=read_templates(WRITTEN), **changes)
    with caplog.at_level(logging.DEBUG):
        approvals, has_answered = ask(given)
    assert not has_answered
    assert {approvals.refusal_of(one) for one in given.templates.values()} == {""}
    [warning] = [one for one in caplog.records if "all are offered" in one.message]
    assert warning.levelno == logging.WARNING
    assert words in warning.message
    assert given.token not in caplog.text
    assert given.app_secret not in caplog.text


def test_an_answer_of_an_hour_ago_counts_no_more_when_meta_is_away(office: Office) -> None:
    approvals = office.whatsapp.approvals
    [rejected] = [one for one in office.settings.templates.values() if one.name == "only_text"]
    assert in_office(office, approvals.ask())
    assert approvals.refusal_of(rejected) == "REJECTED"
    number = office.platform.world.number
    object.__setattr__(number, "token", "another one")
    assert not in_office(office, approvals.ask())
    object.__setattr__(number, "token", office.settings.token)
    assert approvals.refusal_of(rejected) == ""


def test_without_an_account_nothing_is_asked(office: Office) -> None:
    given = settings(office.port, business_account_id="")

    async def never(_: str) -> list[Any]:
        raise AssertionError

    asyncio.run(Approvals(given, never, str).run())


def test_the_check_tells_of_every_template_how_it_stands(office: Office) -> None:
    connection = asyncio.run(check_connection(office.settings))
    assert connection.works
    told = dict(one.split(": ", 1) for one in connection.templates)
    assert told["reply.it"] == "the template answer_ready (it) is approved."
    assert "only_text (it) was rejected by Meta (INVALID_FORMAT)" in told["visit.it"]
    assert "sale (it) was paused" in told["sale.it"]
    assert "nothing (it) is not in the account" in told["gone.it"]
    assert "sale (en) is not in the account" in told["reply.en"]


def test_the_command_prints_them(office: Office, tmp_path: Path) -> None:
    given = office.settings
    environment = {
        "HOME": str(tmp_path),
        "TOKEN": given.token,
        "PHONE_NUMBER_ID": given.phone_number_id,
        "APP_SECRET": given.app_secret,
        "BUSINESS_ACCOUNT_ID": given.business_account_id,
        "TEMPLATES": WRITTEN,
        "API_URL": given.api_url,
    }
    names = {name: f"BOTTEGA_WHATSAPP_{name}" for name in environment} | {"HOME": "BOTTEGA_HOME"}
    done = CliRunner().invoke(
        cli, ["connect-whatsapp"], env={names[name]: value for name, value in environment.items()}
    )
    assert done.exit_code == 0, done.output
    assert "- reply.it: the template answer_ready (it) is approved." in done.output
    assert "- visit.it: the template only_text (it) was rejected" in done.output
    assert given.token not in done.output


# The local platform lists as the Graph API does.


def listed(office: Office, **asked: Any) -> httpx.Response:
    path = f"/platform/v25.0/{office.settings.business_account_id}/message_templates"
    return office.http.get(
        path, params=asked, headers={"Authorization": f"Bearer {office.settings.token}"}
    )


def names(page: dict[str, Any]) -> list[str]:
    return [one["name"] for one in page["data"]]


def test_pages_follow_each_other_until_there_is_no_next(office: Office) -> None:
    page, found = listed(office, limit=100, fields="name").json(), []
    assert page["data"][0].keys() == {"id", "name"}
    assert "previous" not in page["paging"]
    while True:
        found += names(page)
        if "next" not in page["paging"]:
            break
        token = {"Authorization": f"Bearer {office.settings.token}"}
        page = office.http.get(page["paging"]["next"], headers=token).json()
    assert found == [one.name for one in ACCOUNT]
    back = listed(office, limit=10, before=page["paging"]["cursors"]["before"]).json()
    assert names(back) == [one.name for one in ACCOUNT[190:200]]


def test_pages_have_a_size_and_filters(office: Office) -> None:
    assert len(listed(office).json()["data"]) == 25
    assert len(listed(office, limit=1000).json()["data"]) == 100
    assert names(listed(office, status="REJECTED,PAUSED").json()) == ["only_text", "sale"]
    assert names(listed(office, name="sale", language="en").json()) == []
    for wrong in ({"after": "?"}, {"after": "w6g="}, {"limit": "-1"}):
        assert listed(office, **wrong).json()["error"]["code"] == 100


def test_pywas_own_reader_understands_a_page(office: Office) -> None:
    token = {"Authorization": f"Bearer {office.settings.token}"}
    with httpx.Client(trust_env=False) as session:
        reader = PywaClient(phone_id="1", token=office.settings.token, session=session)
        session.base_url = httpx.URL(office.settings.base_url)
        session.headers.update(token)
        found = reader.get_templates(waba_id=office.settings.business_account_id)
    assert found.has_next
    assert [one.name for one in found] == [one.name for one in ACCOUNT[:25]]
    assert found.total_count == len(ACCOUNT)
