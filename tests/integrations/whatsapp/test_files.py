"""Files in both directions: fetched and kept, refused honestly, sent as what they are."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crm.conversation.log import Outgoing
from crm.conversation.models import Message, Role
from tests.integrations.whatsapp.office import Customer, Office, wait_until

JPEG = b"\xff\xd8\xff\xe0" + b"photo" * 200
VOICE = b"OggS" + b"sound" * 100
PDF = b"%PDF-1.7\n" + b"page" * 100
WEBP = b"RIFF\x00\x01\x00\x00WEBP" + b"sticker" * 9


def attachment(office: Office, customer: Customer) -> dict[str, Any]:
    """The customer's only file, once it is settled."""
    wait_until(lambda: bool(files_of(office, customer)) and is_settled(office, customer))
    [file] = files_of(office, customer)
    return file


def files_of(office: Office, customer: Customer) -> list[dict[str, Any]]:
    conversations = [
        one.id for one in office.conversations() if one.identity.external_id == customer.phone
    ]
    mine = office.messages(
        Message.role == Role.CUSTOMER, Message.conversation_id.in_(conversations)
    )
    return [file for one in mine for file in one.attachments]


def is_settled(office: Office, customer: Customer) -> bool:
    return all("remote" not in file for file in files_of(office, customer))


def content(office: Office, file: dict[str, Any]) -> bytes:
    return (office.home / "attachments" / file["file"]).read_bytes()


@pytest.mark.parametrize(
    ("what", "name", "given", "media_type", "kept_as"),
    [
        ("image", "p.jpg", JPEG, "image/jpeg", "image/jpeg"),
        ("voice", "v.ogg", VOICE, "audio/ogg", "audio/ogg"),
        ("document", "scontrino.pdf", PDF, "application/pdf", "application/pdf"),
        ("sticker", "s.webp", WEBP, "image/webp", "image/webp"),
        ("document", "foto.pdf", JPEG, "application/pdf", "image/jpeg"),
    ],
)
def test_a_file_is_kept_and_acknowledged(
    office: Office,
    customer: Customer,
    what: str,
    name: str,
    given: bytes,
    media_type: str,
    kept_as: str,
) -> None:
    customer.upload(what, name, given, media_type)
    file = attachment(office, customer)
    assert (file["type"], file["size"]) == (kept_as, len(given))
    assert content(office, file) == given
    customer.await_answers(1)


def test_a_caption_is_the_messages_text(office: Office, customer: Customer) -> None:
    customer.upload("image", "p.jpg", JPEG, "image/jpeg", caption="è arrivato rotto")
    customer.await_answers(1)
    assert customer.texts() == ["eco: è arrivato rotto"]


def test_a_program_is_not_kept_and_the_customer_is_told(office: Office, customer: Customer) -> None:
    customer.upload("document", "x.exe", b"MZ\x90\x00\x03" + bytes(99), "application/octet-stream")
    assert attachment(office, customer)["refused"] == "type_not_allowed"
    customer.await_answers(2)
    assert "non tenuto: type_not_allowed" in customer.texts()


def test_a_file_that_is_too_large_is_not_kept(open_office: Callable[..., Office]) -> None:
    office = open_office(attachment_bytes=500)
    customer = office.customer(phone="+393470000011")
    customer.upload("image", "p.jpg", JPEG, "image/jpeg")
    assert attachment(office, customer)["refused"] == "too_large"
    customer.await_answers(2)
    assert "non tenuto: too_large" in customer.texts()


def test_a_file_that_the_platform_has_no_more_is_not_kept(
    office: Office, customer: Customer
) -> None:
    customer.send("image", {"id": "404404", "mime_type": "image/jpeg"})
    assert attachment(office, customer)["refused"] == "not_available"


def test_files_that_were_left_behind_are_fetched_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office(tmp_path)
    monkeypatch.setattr(office.whatsapp.collector, "collect", lambda message_id: None)
    office.start()
    customer = office.customer(phone="+393470000012")
    customer.upload("image", "p.jpg", JPEG, "image/jpeg")
    customer.await_answers(1)
    assert not is_settled(office, customer)
    files = dict(office.platform.world.files)
    office.close()

    again = Office(tmp_path)
    again.platform.world.files |= files
    again.start()
    assert content(again, attachment(again, customer_of(again))) == JPEG
    again.close()


def customer_of(office: Office) -> Customer:
    return Customer(office, 1, phone="393470000012", user_id="")


@pytest.mark.parametrize(
    ("name", "media_type", "given", "kind"),
    [
        ("foto.jpg", "image/jpeg", JPEG, "image"),
        ("ricevuta.pdf", "application/pdf", PDF, "document"),
        ("voce.ogg", "audio/ogg", VOICE, "audio"),
        ("pagina.html", "text/html", b"<p>", "text"),
    ],
)
def test_a_file_of_the_staff_is_sent_as_what_it_is(
    office: Office, customer: Customer, name: str, media_type: str, given: bytes, kind: str
) -> None:
    customer.say("zitto")
    wait_until(lambda: any(
        one.identity.external_id == customer.phone for one in office.conversations()
    ))  # fmt: skip
    stored = office.home / "attachments" / f"staff-{name}"
    stored.parent.mkdir(exist_ok=True)
    stored.write_bytes(given)
    file = {"id": name, "name": name, "type": media_type, "size": len(given), "file": stored.name}
    office.say(customer.conversation().id, Outgoing("Ecco.", attachments=[file]))
    answers = customer.await_answers(2)
    assert [one["type"] for one in answers] == ["text", kind]
    if kind != "text":
        assert office.platform.world.files[answers[1][kind]["id"]].content == given


def test_a_file_that_is_no_longer_here_is_listed_as_failed(
    office: Office, customer: Customer
) -> None:
    customer.say("ciao")
    customer.await_answers(1)
    file = {"id": "x", "name": "x.pdf", "type": "application/pdf", "size": 9, "file": "gone.pdf"}
    message_id = office.say(customer.conversation().id, Outgoing("", attachments=[file]))
    wait_until(lambda: office.state_of(message_id) == "failed")
    assert "file_missing" in office.error_of(message_id)
