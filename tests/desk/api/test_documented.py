"""`docs/staff-api.md` tells every call, error code and figure."""

import re
from pathlib import Path

import httpx
import pytest

from crm.conversation.handoff import AlreadyTaken, HandoffError, NotTakenOver
from crm.db import Database
from crm.profile.timeline import TouchKind
from crm.staff.models import Role
from desk import api
from desk.api.metrics import DeskCollector

ROOT = Path(__file__).resolve().parents[3]
GUIDE = (ROOT / "docs" / "staff-api.md").read_text()
CODE = re.compile(r'(?:Problem\(|conflict\(|\d{3}: \()\s*(?:\d+,\s*)?"([a-z_]+)"')


def codes() -> set[str]:
    """Every error code that the sources hold."""
    sources = Path(api.__file__).parent.glob("*.py")
    found = {code for path in sources for code in CODE.findall(path.read_text())}
    found |= {f"{what}_not_found" for what in ("conversation", "customer", "ticket")}
    return found | {error.code for error in (AlreadyTaken, NotTakenOver)}


def test_the_codes_are_found_at_all() -> None:
    assert {"missing_token", "role_not_allowed", "customer_merged", "no_such_path"} <= codes()
    assert set(HandoffError.__subclasses__()) == {AlreadyTaken, NotTakenOver}


@pytest.mark.parametrize("code", sorted(codes()))
def test_every_error_code_is_documented(code: str) -> None:
    assert f"`{code}`" in GUIDE


def test_every_call_is_documented(address: str) -> None:
    document = httpx.get(f"{address}/api/v1/openapi.json", trust_env=False, timeout=30).json()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            call = f"{method.upper()} {re.sub(r'{[a-z]+_id}', '{id}', path)}"
            row = next((line for line in GUIDE.splitlines() if f"`{call}" in line), "")
            assert row, call
            for parameter in operation.get("parameters", ()):
                assert parameter["in"] == "path" or f"{parameter['name']}=" in row, call


def test_every_figure_role_and_touch_is_documented(database: Database) -> None:
    for figure in DeskCollector(database).collect():
        name = f"{figure.name}_total" if figure.type == "counter" else figure.name
        assert f"`{name}`" in GUIDE
    for word in (*Role, *TouchKind):
        assert f"| `{word}` |" in GUIDE
