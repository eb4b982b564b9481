"""One writer at a time, the urgent first."""

import threading
import time

from crm.db.write_queue import WriteQueue


def test_one_at_a_time() -> None:
    queue, inside, most = WriteQueue(), 0, 0

    def write() -> None:
        nonlocal inside, most
        for _ in range(50):
            with queue.turn(urgent=threading.get_ident() % 2 == 0):
                inside += 1
                most = max(most, inside)
                time.sleep(0)
                inside -= 1

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (most, inside) == (1, 0)


def test_the_urgent_go_first() -> None:
    queue, order = WriteQueue(), []

    def write(name: str, urgent: bool) -> None:
        with queue.turn(urgent=urgent):
            order.append(name)

    with queue.turn():
        threads = [
            threading.Thread(target=write, args=(name, name.startswith("urgent")))
            for name in ("first", "second", "urgent one", "urgent two")
        ]
        for thread in threads:
            thread.start()
            time.sleep(0.05)
    for thread in threads:
        thread.join(30)
    assert sorted(order[:2]) == ["urgent one", "urgent two"]
    assert sorted(order[2:]) == ["first", "second"]


def test_a_writer_that_fails_lets_the_next_one_in() -> None:
    queue = WriteQueue()
    for _ in range(2):
        try:
            with queue.turn(urgent=True):
                raise RuntimeError
        except RuntimeError:
            pass
    with queue.turn():
        pass
