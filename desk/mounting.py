"""Puts the desk into the app, under its own path."""

from pathlib import Path

from fastapi import FastAPI
from nicegui import app as desk_app
from nicegui import ui

from desk.door.doorkeeper import Doorkeeper
from desk.door.sign_in import sign_in_router
from desk.office import Office
from desk.pages.register import register_pages
from desk.pulse import Pulse

PATH = "/desk"
RECONNECT_SECONDS = 15.0


def mount_desk(app: FastAPI, office: Office) -> None:
    """Serve the desk of an office under /desk. NiceGUI allows one desk a process."""
    desk_app.state.office = office
    desk_app.state.pulse = Pulse(office.database)
    desk_app.include_router(sign_in_router(office))
    register_pages(office)
    desk_app.add_middleware(Doorkeeper, office=office)
    ui.run_with(
        app,
        mount_path=PATH,
        title="Bottega",
        favicon=_icon(),
        language=None,  # each page says its own
        reconnect_timeout=RECONNECT_SECONDS,
        show_welcome_message=False,
    )


def _icon() -> str:
    return (Path(__file__).parent / "static" / "icon.svg").read_text("utf-8")
