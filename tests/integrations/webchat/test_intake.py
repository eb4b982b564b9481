"""Storing when two processes store the same thing at once."""

from collections.abc import Callable

import pytest
from sqlalchemy.exc import IntegrityError

from crm.conversation.models import Message
from integrations.channels.webchat import intake
from integrations.channels.webchat.intake import Entry, clean
from integrations.channels.webchat.tokens import Pass
from tests.integrations.webchat.shop import Shop


@pytest.fixture
def outrun(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Have another process be faster, so many times: what PostgreSQL says then."""

    def outrun_(times: int) -> None:
        left, store = [None] * times, intake._store

        def slow(*given: object) -> Message:
            if left:
                left.pop()
                raise IntegrityError("INSERT", {}, Exception("duplicate key"))
            return store(*given)  # type: ignore[arg-type]

        monkeypatch.setattr(intake, "_store", slow)

    return outrun_


def test_who_comes_second_tries_again(shop: Shop, outrun: Callable[[int], None]) -> None:
    outrun(intake.TRIES - 1)
    pass_ = Pass("somebody", issued_at=shop.chat.signer.read(shop.customer().token).issued_at)
    first = intake.store(shop.chat, pass_, Entry("a", "zitto"))
    assert intake.store(shop.chat, pass_, Entry("a", "zitto")).id == first.id


def test_but_not_for_ever(shop: Shop, outrun: Callable[[int], None]) -> None:
    outrun(intake.TRIES)
    with pytest.raises(IntegrityError):
        intake.store(shop.chat, Pass("somebody else"), Entry("a", "zitto"))


@pytest.mark.parametrize("text", ["", "perché", "👩🏽‍🔬", "a\tb\n", "\u202e"])
def test_what_can_be_stored_stays_as_it_is(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize("text", ["\x00", "\ud83d", "\udc00"])
def test_what_cannot_is_replaced(text: str) -> None:
    assert clean(f"a{text}b") == "a\ufffdb"
