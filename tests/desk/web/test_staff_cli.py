"""`bottega staff`: the first admin comes in from the command line."""

import subprocess
import sys
from pathlib import Path

import pytest

from app.demo.staff import demo_staff, load_staff
from crm.db import Database
from crm.db.tables import metadata
from crm.staff.canned import canned_replies
from crm.staff.models import Role
from crm.staff.users import check_password

BOTTEGA = Path(sys.executable).with_name("bottega")
PASSWORD = "una password lunga"


def bottega(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BOTTEGA, "staff", *words], cwd=home, capture_output=True, text=True, check=False,
        timeout=60, env={"BOTTEGA_HOME": str(home), "BOTTEGA_DURABLE": "false", "PATH": ""},
    )  # fmt: skip


def test_added_listed_and_shut_out(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text(f"{PASSWORD}\nnot this line\n")
    added = bottega(tmp_path, "add", "Ada", "--role", "admin", "--password-file", str(secret))
    assert (added.returncode, added.stdout) == (0, "Ada can sign in as admin.\n")
    database = Database(f"sqlite:///{tmp_path / 'bottega.db'}")
    with database.reading() as session:
        user = check_password(session, "ada", PASSWORD)
        assert user is not None and user.role == Role.ADMIN
    again = bottega(tmp_path, "add", "ada", "--role", "agent", "--password-file", str(secret))
    assert again.returncode == 2
    assert again.stderr == "bottega: There is already somebody called 'ada'; choose another name.\n"
    assert bottega(tmp_path, "disable", "ADA").returncode == 0
    assert bottega(tmp_path, "list").stdout == "Ada\tadmin\tdisabled\n"
    with database.reading() as session:
        assert check_password(session, "ada", PASSWORD) is None
    database.close()


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("add", "Bo", "--role", "boss", "--password-file", "x"), "--role is 'boss'; use one of"),
        (("add", "Bo", "--role", "agent", "--password-file", "nowhere"), "'nowhere', which cannot"),
        (("disable", "Nessuno"), "Nobody is called 'Nessuno'"),
    ],
)
def test_a_mistake_ends_in_one_sentence(
    tmp_path: Path, words: tuple[str, ...], complaint: str
) -> None:
    run = bottega(tmp_path, *words)
    assert (run.returncode, run.stdout) == (2, "")
    assert complaint in run.stderr and len(run.stderr.splitlines()) == 1


def test_the_demos_people_keep_their_passwords(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'demo.db'}", durable=False)
    metadata.create_all(database.engine)
    load_staff(database, tmp_path)
    first = demo_staff(tmp_path)
    load_staff(database, tmp_path)
    assert demo_staff(tmp_path) == first
    assert {person["role"] for person in first} == set(Role)
    with database.reading() as session:
        for person in first:
            user = check_password(session, person["name"], person["password"])
            assert user is not None and user.role == person["role"]
        assert {reply.shortcut for reply in canned_replies(session)} >= {"ciao", "grazie"}
    assert (tmp_path / "demo-staff.json").stat().st_mode & 0o077 == 0
    database.close()
