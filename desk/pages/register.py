"""The address of every page."""

from desk.office import Office
from desk.pages import community, inbox, teaching
from desk.pages.insights import page as insights
from desk.pages.office import audit, failures, replies, staff
from desk.pages.people import page as people
from desk.pages.talk import page as talk
from desk.pages.tickets import page as tickets

PAGES = (
    inbox,
    insights,
    people,
    talk,
    tickets,
    teaching,
    community,
    failures,
    replies,
    staff,
    audit,
)


def register_pages(office: Office) -> None:
    """Let every area add its pages and its other addresses."""
    for area in PAGES:
        area.register(office)
