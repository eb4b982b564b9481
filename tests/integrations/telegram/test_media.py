"""Customers' files are noted at once and kept soon after; what is not kept is said honestly."""

from pathlib import Path
from typing import Any

import pytest

from app.demo.platforms.telegram import playing
from app.demo.platforms.telegram.world import Customer
from tests.integrations.telegram.stand import Stand
from tests.integrations.telegram.test_sending import PNG

OGG = b"OggS\x00\x02" + bytes(60)
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
EXE = b"MZ\x90\x00" + bytes(200)


def send_file(
    stand: Stand, customer: Customer, what: str, content: bytes, name: str, **more: Any
) -> None:
    folder = playing.FOLDERS[what]
    file = stand.platform.world.add_file(content, name, more.pop("type", ""), folder)
    playing.send_file(stand.platform.world, stand.bot, customer, what, file, **more)


async def kept(stand: Stand) -> dict[str, Any]:
    """The attachment of the first message, once it is settled."""
    await stand.until(lambda: stand.stored() and stand.stored()[0].attachments)
    await stand.until(lambda: "remote" not in stand.stored()[0].attachments[0])
    return dict(stand.stored()[0].attachments[0])


@pytest.mark.parametrize(
    ("what", "content", "name", "media_type"),
    [("photo", PNG, "foto.png", "image/png"), ("voice", OGG, "voce.ogg", "audio/ogg"),
     ("document", PDF, "ricevuta.pdf", "application/pdf")],
)  # fmt: skip
async def test_a_file_is_kept_as_it_was(
    stand: Stand, what: str, content: bytes, name: str, media_type: str
) -> None:
    mario = stand.customer()
    send_file(stand, mario, what, content, name, type=media_type)
    record = await kept(stand)
    assert record["type"] == media_type and record["size"] == len(content)
    assert record["what"] == what and "refused" not in record
    path = stand.folder / record["file"]
    assert path.read_bytes() == content
    assert path.stat().st_mode & 0o077 == 0, "readable for us alone"
    assert stand.rasa.turns[0][:2] == ("", "/send_attachment")
    if what == "document":
        assert record["name"] == name


async def test_the_words_under_a_picture_are_what_is_said(stand: Stand) -> None:
    mario = stand.customer()
    send_file(stand, mario, "photo", PNG, "a.png", caption="è arrivato rotto")
    await kept(stand)
    await stand.answers(mario)
    assert stand.rasa.turns[0][:2] == ("è arrivato rotto", None)


async def test_an_album_is_one_thing_said(stand: Stand) -> None:
    mario = stand.customer()
    for number in range(3):
        send_file(stand, mario, "photo", PNG, f"{number}.png", media_group_id="900")
    await stand.settle()
    await stand.until(lambda: len(stand.stored()) == 3)
    assert len(stand.rasa.turns) == 1, "acknowledged once"
    assert len({one.attachments[0]["album"] for one in stand.stored()}) == 1


async def test_a_kind_that_is_not_taken_is_named_and_not_kept(stand: Stand) -> None:
    mario = stand.customer()
    stand.rasa.seconds = 1.0
    send_file(stand, mario, "document", EXE, "fattura.exe")
    record = await kept(stand)
    assert record["refused"] == "type_not_allowed" and record["name"] == "fattura.exe"
    await stand.settle()
    said = [one["text"] for one in await stand.answers(mario)]
    assert said == ["it: type_not_allowed"], "not also: I have kept it"
    assert list(stand.folder.glob("*")) == [] if stand.folder.exists() else True


async def test_what_is_told_to_be_too_large_is_declined_at_once(open_stand: Any) -> None:
    stand = await open_stand(download_bytes=1000)
    mario = stand.customer()
    send_file(stand, mario, "document", PDF + bytes(2000), "catalogo.pdf")
    record = await kept(stand)
    assert record["refused"] == "too_large"
    await stand.settle()
    assert [one["text"] for one in await stand.answers(mario)] == ["it: too_large"]
    assert not stand.rasa.turns, "never: I have kept it"
    assert not stand.bot.calls["getfile"]


async def test_what_telegram_does_not_give_is_not_waited_for(stand: Stand) -> None:
    mario = stand.customer()
    playing.send(stand.bot, mario, voice={"file_id": "gone", "file_unique_id": "g", "duration": 2})
    record = await kept(stand)
    assert record["refused"] == "not_available"
    await stand.answers(mario)
    await stand.settle()
    assert [one["text"] for one in stand.heard(mario)].count("it: not_available") == 1


async def test_a_file_is_fetched_again_until_telegram_gives_it(stand: Stand) -> None:
    stand.account.collector.first_pause = 0.05
    mario = stand.customer()
    stand.platform.world.faults.broken = 1.0
    send_file(stand, mario, "voice", OGG, "a.ogg")
    await stand.until(lambda: stand.bot.calls["getfile"] > 1)
    stand.platform.world.faults.broken = 0.0
    assert "file" in await kept(stand)


async def test_what_was_not_fetched_before_a_crash_is_fetched_after_it(stand: Stand) -> None:
    stand.account.collector.stop()
    stand.account.collector.collect = lambda message_id: None  # type: ignore[method-assign]
    mario = stand.customer()
    send_file(stand, mario, "voice", OGG, "a.ogg")
    await stand.settle()
    assert "remote" in stand.stored()[0].attachments[0]
    del stand.account.collector.collect
    for message_id in stand.account.collector._forgotten():
        stand.account.collector.collect(message_id)
    record = await kept(stand)
    assert (Path(stand.folder) / record["file"]).read_bytes() == OGG


async def test_a_name_cannot_lead_out_of_the_folder(stand: Stand) -> None:
    mario = stand.customer()
    send_file(stand, mario, "document", PDF, "../../etc/passwd.pdf")
    record = await kept(stand)
    assert "/" not in record["file"] and (stand.folder / record["file"]).exists()
    assert "/" not in record["name"]
