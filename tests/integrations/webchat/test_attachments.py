"""Files: taken for what they are, kept under names that say nothing, given to their owner alone."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from integrations.channels.webchat.sniff import sniff
from tests.integrations.webchat.shop import Customer, Shop


def word_document(**extra: str) -> bytes:
    parcel = io.BytesIO()
    with zipfile.ZipFile(parcel, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<document/>")
        for name, content in extra.items():
            archive.writestr(name.replace("__", "/"), content)
    return parcel.getvalue()


def plain_zip() -> bytes:
    parcel = io.BytesIO()
    with zipfile.ZipFile(parcel, "w") as archive:
        archive.writestr("virus.exe", "x")
    return parcel.getvalue()


PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 50
KNOWN = {
    "image/jpeg": b"\xff\xd8\xff\xe0" + b"x" * 50,
    "image/png": PNG,
    "image/gif": b"GIF89a" + b"x" * 50,
    "image/webp": b"RIFF\x00\x00\x00\x00WEBPVP8 " + b"x" * 50,
    "application/pdf": b"%PDF-1.7\n" + b"x" * 50,
    "text/plain": "perché no? 💛\r\n".encode(),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": word_document(),
}
REFUSED = {
    "program": b"MZ\x90\x00\x03" + b"\x00" * 50,
    "elf": b"\x7fELF\x02" + b"\x00" * 50,
    "zip": plain_zip(),
    "broken zip": b"PK\x03\x04" + b"x" * 50,
    "word with macros": word_document(word__vbaProject__bin="x").replace(
        b"Project/bin", b"Project.bin"
    ),
    "latin-1": "perché".encode("latin-1"),
    "controls": b"text\x00with zero",
}


def send(customer: Customer, content: bytes, name: str = "foto.png", **form: Any) -> httpx.Response:
    files = {"file": (name, content, "image/png")}
    return customer.http.post("/webchat/attachments", headers=customer.auth, files=files, data=form)


def files_of(shop: Shop) -> list[Path]:
    return sorted(shop.chat.attachments.glob("*"))


@pytest.mark.parametrize("kind", KNOWN)
def test_known_kinds_are_told_by_their_content(kind: str) -> None:
    found = sniff(io.BytesIO(KNOWN[kind]))
    assert found is not None
    assert found.type == kind


@pytest.mark.parametrize("what", REFUSED)
def test_everything_else_is_not_taken(customer: Customer, what: str) -> None:
    answer = send(customer, REFUSED[what])
    assert (answer.status_code, answer.json()["code"]) == (415, "file_type_not_allowed")


def test_a_file_is_a_message(shop: Shop, customer: Customer) -> None:
    answer = send(customer, PNG, client_message_id="a", text="ecco la foto")
    assert answer.status_code == 202
    attachment = answer.json()["attachment"]
    assert set(attachment) == {"id", "name", "type", "size", "url"}
    assert (attachment["name"], attachment["type"], attachment["size"]) == (
        "foto.png",
        "image/png",
        58,
    )
    mine, reply = customer.read_until(2)
    assert (mine["seq"], mine["text"]) == (answer.json()["seq"], "ecco la foto")
    assert mine["attachments"] == [attachment]
    assert reply["role"] == "bot"


def test_only_its_own_session_gets_it_back(shop: Shop, customer: Customer) -> None:
    url = send(customer, PNG).json()["attachment"]["url"]
    assert customer.http.get(url, headers=customer.auth).content == PNG
    assert customer.http.get(url, params={"token": customer.token}).content == PNG
    assert customer.http.get(url).status_code == 401
    other = shop.customer()
    other.say("zitto")
    for stranger in (other, shop.customer()):
        answer = stranger.http.get(url, headers=stranger.auth)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_images_are_shown_and_documents_saved(customer: Customer) -> None:
    image = send(customer, PNG).json()["attachment"]["url"]
    page = send(customer, b"<script>alert(1)</script>", name="x.html").json()["attachment"]
    assert (page["name"], page["type"]) == ("x.txt", "text/plain")
    answers = [customer.http.get(url, headers=customer.auth) for url in (image, page["url"])]
    kinds = [answer.headers["content-disposition"].split(";")[0] for answer in answers]
    assert kinds == ["inline", "attachment"]
    assert answers[1].headers["content-type"].startswith("text/plain")
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]


def test_names_on_the_disk_say_nothing(open_shop: Callable[..., Shop]) -> None:
    shop = open_shop()
    customer = shop.customer()
    name = send(customer, PNG, name="../../Mario Rossi/etc\\carta d'identità.jpeg").json()[
        "attachment"
    ]
    assert name["name"] == "carta d'identità.png"
    (path,) = files_of(shop)
    assert path.suffix == ".png"
    assert "rossi" not in path.name.lower()
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["\u202egpj.exe", "<b>.png", "." * 40, "x" * 500 + ".png"])
def test_odd_names_are_made_presentable(customer: Customer, name: str) -> None:
    shown = send(customer, PNG, name=name).json()["attachment"]["name"]
    assert shown.endswith(".png")
    assert len(shown) <= 124
    assert not set(shown) & set("<>\u202e/")


def test_sending_it_again_stores_it_once(open_shop: Callable[..., Shop]) -> None:
    shop = open_shop()
    customer = shop.customer()
    first = send(customer, PNG, client_message_id="a").json()
    again = send(customer, PNG, client_message_id="a").json()
    assert first == again
    assert len(files_of(shop)) == 1
    assert send(customer, PNG).json()["seq"] > first["seq"]


def test_a_refused_message_leaves_no_file(open_shop: Callable[..., Shop]) -> None:
    shop = open_shop()
    customer = shop.customer()
    assert send(customer, PNG, text="x" * 20_001).json()["code"] == "text_too_long"
    assert files_of(shop) == []


def test_no_larger_than_allowed(open_shop: Callable[..., Shop]) -> None:
    customer = open_shop(attachment_bytes=1000).customer()
    assert send(customer, PNG.ljust(1000)).status_code == 202
    answer = send(customer, PNG.ljust(1001))
    assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")
    answer = send(customer, PNG.ljust(900_000))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_there_must_be_a_file_with_something_in_it(customer: Customer) -> None:
    assert send(customer, b"").json()["code"] == "file_empty"
    answer = customer.http.post("/webchat/attachments", headers=customer.auth, data={"text": "x"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    answer = customer.http.post("/webchat/attachments", headers=customer.auth, json={"file": "x"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
