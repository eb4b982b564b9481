"""The rate limit, with a clock that the test turns."""

import pytest

from integrations.channels.webchat import limits
from integrations.channels.webchat.errors import TooMany
from integrations.channels.webchat.limits import RateLimit


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_so_many_at_once_and_then_at_that_pace(clock: Clock) -> None:
    limit = RateLimit("messages", 6, clock)
    for _ in range(6):
        limit.take("ada")
    with pytest.raises(TooMany) as refusal:
        limit.take("ada")
    assert refusal.value.headers == {"Retry-After": "10"}
    clock.now += 10
    limit.take("ada")
    with pytest.raises(TooMany):
        limit.take("ada")


def test_each_key_has_its_own(clock: Clock) -> None:
    limit = RateLimit("messages", 1, clock)
    limit.take("ada")
    limit.take("berta")
    with pytest.raises(TooMany):
        limit.take("ada")


def test_old_keys_are_forgotten(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REMEMBERED", 10)
    limit = RateLimit("messages", 60, clock)
    for number in range(500):
        clock.now += 1
        limit.take(f"somebody {number}")
    assert len(limit._buckets) <= 12
