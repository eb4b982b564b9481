"""What the OpenAPI document promises holds for whatever is sent, tried from outside."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from .conftest import Login

SCHEMATHESIS = Path(sys.executable).with_name("st")
RUN = ["--max-examples", "10", "--seed", "7", "--continue-on-failure", "--warnings", "off",
       "--suppress-health-check", "all"]  # fmt: skip

# Whether a telephone number exists, or a period ends after it began, cannot be said in JSON Schema.
CANNOT_BE_SAID = "positive_data_acceptance"
WITH_SUCH_RULES = ("change_customer", "get_figure", "get_conversations_behind", "reply",
                   "keep_segment")  # fmt: skip


def attack(client: httpx.Client, folder: Path, *options: str) -> None:
    """Send whatever the document allows and forbids, and fail on any answer it does not tell."""
    address = f"{client.base_url}openapi.json"
    header = f"Authorization: {client.headers['authorization']}"
    run = subprocess.run(
        [SCHEMATHESIS, "run", address, "-H", header, *RUN, *options],
        cwd=folder, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert run.returncode == 0, story(run.stdout) + run.stderr


def story(output: str) -> str:
    """What went wrong, without the generated texts in full length."""
    lines = output.partition("FAILURES")[2].splitlines()
    return "\n".join(line[:400] for line in lines)


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("role", "phases"), [("admin", "coverage,fuzzing"), ("marketer", "fuzzing")]
)
def test_no_answer_is_a_surprise(login: Login, tmp_path: Path, role: str, phases: str) -> None:
    client = login(role, "Anna")
    others = [part for name in WITH_SUCH_RULES for part in ("--exclude-operation-id", name)]
    attack(client, tmp_path, "--phases", phases, *others)
    those = [part for name in WITH_SUCH_RULES for part in ("--include-operation-id", name)]
    attack(client, tmp_path, "--phases", phases, *those, "--exclude-checks", CANNOT_BE_SAID)


def test_the_document_describes_every_call(address: str) -> None:
    document = httpx.get(f"{address}/api/v1/openapi.json", trust_env=False, timeout=30).json()
    calls = {
        f"{method.upper()} {path}"
        for path, operations in document["paths"].items()
        for method in operations
    }
    assert calls == {
        "GET /community/questions",
        "POST /community/answers/{answer_id}/approve",
        "POST /community/answers/{answer_id}/refuse",
        "POST /community/questions/{question_id}/answers",
        "POST /community/questions/{question_id}/close",
        "POST /community/questions/{question_id}/forward",
        "GET /moments",
        "POST /moments/{moment_id}/withdraw",
        "GET /conversations",
        "GET /conversations/{conversation_id}",
        "POST /conversations/{conversation_id}/takeover",
        "POST /conversations/{conversation_id}/reply",
        "POST /conversations/{conversation_id}/release",
        "POST /conversations/{conversation_id}/close",
        "POST /conversations/{conversation_id}/tags",
        "DELETE /conversations/{conversation_id}/tags/{tag}",
        "GET /dead-letters",
        "POST /dead-letters/{message_id}/retry",
        "GET /customers",
        "GET /customers/{customer_id}",
        "PATCH /customers/{customer_id}",
        "GET /customers/{customer_id}/timeline",
        "GET /customers/{customer_id}/duplicates",
        "POST /customers/{customer_id}/merge",
        "POST /customers/{customer_id}/apart",
        "GET /customers/{customer_id}/consents",
        "POST /customers/{customer_id}/consents",
        "POST /customers/{customer_id}/relations",
        "DELETE /customers/{customer_id}/relations/{relation_id}",
        "GET /customers/{customer_id}/export",
        "DELETE /customers/{customer_id}",
        "GET /erasures",
        "GET /duplicates",
        "GET /insights",
        "GET /insights/segments",
        "GET /insights/{figure}",
        "GET /insights/{figure}/conversations",
        "GET /merges",
        "POST /merges/{merge_id}/undo",
        "POST /offers/decide",
        "GET /segments",
        "POST /segments",
        "GET /segments/discovered",
        "POST /signals",
        "GET /tickets",
        "GET /tickets/{key}",
        "PATCH /tickets/{key}",
        "POST /tickets/{key}/merge",
        "POST /ticket-merges/{merge_id}/undo",
    }
    assert document["servers"] == [{"url": "/api/v1"}]


def test_every_error_is_described_in_one_form(address: str) -> None:
    document: dict[str, Any] = httpx.get(
        f"{address}/api/v1/openapi.json", trust_env=False, timeout=30
    ).json()
    for operations in document["paths"].values():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                schema = answer["content"]["application/json"]["schema"]
                is_error = schema == {"$ref": "#/components/schemas/Error"}
                assert is_error == (not status.startswith("2")), (operation["operationId"], status)
            assert {"401", "403", "413", "422", "503"} <= set(operation["responses"])
            door = "APIKeyHeader" if operation["operationId"] == "take_signal" else "HTTPBearer"
            assert operation["security"] == [{door: []}]
