"""What the figures of a page look up for one another."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from crm.insights.shared import Shared

THREADS = 4


def test_several_at_a_time_look_up_once() -> None:
    shared, all_there, looked = Shared(), Barrier(THREADS), list[int]()

    def look_up() -> int:
        looked.append(1)
        return 7

    def ask(_: int) -> int:
        all_there.wait(10)
        return shared.once("talks", look_up)

    with ThreadPoolExecutor(THREADS) as threads:
        assert list(threads.map(ask, range(THREADS))) == [7] * THREADS
    assert looked == [1]
    assert shared.once("places", lambda: 8) == 8


def test_what_failed_is_tried_again() -> None:
    shared = Shared()
    with pytest.raises(ZeroDivisionError):
        shared.once("talks", lambda: 1 // 0)
    assert shared.once("talks", lambda: 7) == 7
