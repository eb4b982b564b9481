"""Liveness, readiness, figures."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from crm.db import Database
from desk.api import health_router

from .conftest import serving


def ask(database: Database, path: str, checks: dict[str, Any] | None = None) -> httpx.Response:
    app = FastAPI()
    app.include_router(health_router(database, checks))
    with serving(app) as url:
        return httpx.get(url + path, trust_env=False, timeout=30)


def test_the_process_lives(database: Database) -> None:
    answer = ask(database, "/healthz", {"rasa": lambda: False})
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def comes() -> bool:
    return True


async def stays_away() -> bool:
    return False


def hands_on() -> Awaitable[bool]:
    return stays_away()


def breaks() -> bool:
    raise RuntimeError("no index")


def test_ready_when_everything_is_there(database: Database) -> None:
    answer = ask(database, "/readyz", {"rasa": comes, "knowledge": lambda: True})
    assert answer.status_code == 200
    assert answer.json()["checks"] == {"database": True, "rasa": True, "knowledge": True}


@pytest.mark.parametrize("check", [stays_away, lambda: False, hands_on, breaks])
def test_not_ready_names_what_is_missing(
    database: Database, check: Callable[[], bool | Awaitable[bool]]
) -> None:
    answer = ask(database, "/readyz", {"rasa": check, "knowledge": comes})
    assert answer.status_code == 503
    assert answer.json()["code"] == "not_ready"
    assert answer.json()["missing"] == ["rasa"]
    assert "rasa" in answer.json()["message"]


def test_a_check_that_hangs_counts_as_missing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.api.health.PATIENCE_SECONDS", 0.1)
    answer = ask(database, "/readyz", {"rasa": lambda: time.sleep(0.4) is None})
    assert (answer.status_code, answer.json()["missing"]) == (503, ["rasa"])


def test_not_ready_without_a_database(database: Database) -> None:
    with database.writing() as session:
        session.connection().exec_driver_sql("ALTER TABLE conversation RENAME TO gone")
    answer = ask(database, "/readyz")
    assert (answer.status_code, answer.json()["missing"]) == (503, ["database"])


def figures(answer: httpx.Response) -> dict[str, float]:
    assert answer.status_code == 200
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


@pytest.mark.usefixtures("shop")
def test_figures_count_what_is_there(database: Database) -> None:
    answer = ask(database, "/metrics")
    found = figures(answer)
    assert found["bottega_database_up"] == 1
    assert found["bottega_conversations webchat waiting"] == 1
    assert found["bottega_conversations telegram bot"] == 1
    assert found["bottega_messages customer handled"] == 2
    assert found["bottega_messages bot queued"] == 2
    assert found["bottega_deliveries_waiting telegram"] == 1
    assert found["bottega_tickets open"] == 2
    assert found["bottega_turns_total answered"] == 2
    assert found["bottega_turns_total given_up"] == 0
    assert found["bottega_turns_waiting"] == 0
    assert 0 <= found["bottega_oldest_handoff_seconds"] < 60
    assert found["process_cpu_seconds_total"] > 0
    for trace in ("mario", "rossi", "pasquale", "example.it", "394195"):
        assert trace not in answer.text.lower()


def test_figures_without_a_database_say_so(database: Database) -> None:
    with database.writing() as session:
        session.connection().exec_driver_sql("ALTER TABLE message RENAME TO gone")
    found = figures(ask(database, "/metrics"))
    assert found["bottega_database_up"] == 0
    assert not any(name.startswith("bottega_messages") for name in found)
