"""/healthz, /readyz and /metrics: for whoever watches over the process."""

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from sqlalchemy import select

from crm.conversation.models import Conversation
from crm.db import Database
from desk.api.metrics import make_registry

logger = logging.getLogger(__name__)
PATIENCE_SECONDS = 3.0
Check = Callable[[], bool | Awaitable[bool]]


def health_router(
    database: Database,
    checks: Mapping[str, Check] | None = None,
    registry: CollectorRegistry | None = None,
) -> APIRouter:
    """Serve liveness, readiness and figures, without a token and without personal data.

    Args:
        checks: what else must be there, by name; plain functions run in a thread.
        registry: where the figures come from; made here when none is given.
    """
    router = APIRouter(include_in_schema=False)
    needed = {"database": lambda: _answers(database), **(checks or {})}
    figures = registry or make_registry(database)

    @router.get("/healthz")
    async def alive() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/readyz")
    async def ready() -> Response:
        outcomes = await asyncio.gather(*(_passes(*check) for check in needed.items()))
        return _readiness(dict(zip(needed, outcomes, strict=True)))

    @router.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(figures), media_type=CONTENT_TYPE_LATEST)

    return router


def _answers(database: Database) -> bool:
    with database.reading() as session:
        session.execute(select(Conversation.id).limit(1))
    return True


async def _passes(name: str, check: Check) -> bool:
    """Whether a check says yes in time; one that breaks says no."""
    try:
        return bool(await asyncio.wait_for(_run(check), PATIENCE_SECONDS))
    except Exception as problem:
        logger.warning("%s is not ready: %s", name, type(problem).__name__)
        return False


async def _run(check: Check) -> bool:
    if inspect.iscoroutinefunction(check):
        answer: bool = await check()
        return answer
    outcome = await asyncio.to_thread(check)
    return await outcome if inspect.isawaitable(outcome) else outcome


def _readiness(outcomes: Mapping[str, bool]) -> JSONResponse:
    missing = [name for name, passed in outcomes.items() if not passed]
    if not missing:
        return JSONResponse({"status": "ready", "checks": dict(outcomes)})
    sentence = f"Not ready: {', '.join(missing)}; wait, or look into the log of the app."
    body = {
        "code": "not_ready",
        "message": sentence,
        "missing": missing,
        "checks": dict(outcomes),
    }
    return JSONResponse(body, status_code=503)
