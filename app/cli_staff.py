"""`bottega staff`: who may sign in to the desk."""

from pathlib import Path
from typing import Annotated

import typer

from app.errors import BadArgument
from app.settings import load_settings
from crm.db import Database
from crm.staff import users
from crm.staff.models import Role

staff_cli = typer.Typer(no_args_is_help=True, help="Who may sign in to the desk.")
PasswordFile = Annotated[
    Path | None, typer.Option(help="A file with the password on its first line; else it is asked.")
]


@staff_cli.command()
def add(
    name: Annotated[str, typer.Argument(help="The name under which this person works.")],
    role: Annotated[str, typer.Option(help="agent, marketer or admin.")],
    language: Annotated[str, typer.Option(help="Language of the desk: it or en.")] = "it",
    password_file: PasswordFile = None,
) -> None:
    """Add somebody to the staff; the first admin is made this way."""
    if role not in set(Role):
        raise BadArgument(f"--role is {role!r}; use one of {', '.join(Role)}.")
    if language not in ("it", "en"):
        raise BadArgument(f"--language is {language!r}; use it or en.")
    password = read_password(password_file)
    with _database().writing() as session:
        user = users.add_user(session, name, Role(role), password, language)
        print(f"{user.name} can sign in as {user.role}.")


@staff_cli.command("list")
def list_staff() -> None:
    """Print everybody, with role and whether they may sign in."""
    with _database().reading() as session:
        for user in users.users(session):
            print(f"{user.name}\t{user.role}\t{'disabled' if user.disabled_at else 'active'}")


@staff_cli.command()
def password(
    name: Annotated[str, typer.Argument(help="Whose password it is.")],
    password_file: PasswordFile = None,
) -> None:
    """Give somebody another password and sign them out everywhere."""
    text = read_password(password_file)
    with _database().writing() as session:
        users.change_password(session, users.find_user(session, name), text)


@staff_cli.command()
def disable(name: Annotated[str, typer.Argument(help="Who may no longer sign in.")]) -> None:
    """Shut somebody out at once; what they did stays theirs."""
    with _database().writing() as session:
        users.disable_user(session, users.find_user(session, name))


@staff_cli.command()
def enable(name: Annotated[str, typer.Argument(help="Who may sign in again.")]) -> None:
    """Let somebody in again."""
    with _database().writing() as session:
        users.enable_user(users.find_user(session, name))


def read_password(path: Path | None) -> str:
    """The password from a file, or typed twice.

    Raises:
        BadArgument: the file cannot be read.
    """
    if path is None:
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise BadArgument(
            f"--password-file is {str(path)!r}, which cannot be read: {problem}."
        ) from None
    return lines[0] if lines else ""


def _database() -> Database:
    from app.bootstrap import open_database  # noqa: PLC0415 - quick start

    return open_database(load_settings())
