"""Signing in with the company's own accounts, from the desk's button to the provider and back."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from crm.staff.users import disable_user, find_user
from tests.browser.desk.conftest import Place
from tests.desk.web.oidc_provider import LocalProvider


@pytest.fixture
def come(
    open_page: Callable[..., Page], place: Place, accounts: LocalProvider
) -> Iterator[Callable[..., Page]]:
    """Somebody with an account of the company presses the button, from a page of the desk."""
    before = dict(accounts.claims)

    def come_(subject: str, name: str, *groups: str, path: str = "/") -> Page:
        accounts.claims = {"sub": subject, "name": name, "groups": list(groups)}
        page = open_page()
        page.goto(place.url + path)
        page.get_by_role("link", name="Entra con gli account Ginestra").click()
        page.get_by_role("link", name=f"Continua come {name}").click()
        page.wait_for_url(f"{place.url}/**")
        return page

    yield come_
    accounts.claims = before


def test_somebody_new_comes_in_where_they_wanted_to_go(
    come: Callable[..., Page], place: Place
) -> None:
    page = come("u-10", "Carla Neri", "support", path="/tickets")
    expect(page.get_by_role("button", name="Il tuo profilo, Carla Neri")).to_be_visible()
    assert page.url == f"{place.url}/tickets"
    page.goto(f"{place.url}/staff")
    expect(page.get_by_text("Il tuo ruolo non può farlo.")).to_be_visible()  # an agent is no admin


def test_who_came_before_is_the_same_and_has_the_role_of_today(come: Callable[..., Page]) -> None:
    come("u-11", "Dario Blu", "support")
    page = come("u-11", "Dario Blu", "web", path="/insights")
    expect(page.get_by_role("button", name="Il tuo profilo, Dario Blu")).to_be_visible()
    expect(page.get_by_text("meno di cinque").first).to_be_visible()  # what marketers are told


def test_nobody_becomes_somebody_of_the_desk_by_their_name(come: Callable[..., Page]) -> None:
    page = come("u-12", "Anna", "support")
    expect(page.get_by_role("button", name="Il tuo profilo, Anna 2")).to_be_visible()


def test_without_a_role_there_is_a_reason_and_no_desk(
    come: Callable[..., Page], place: Place
) -> None:
    page = come("u-13", "Elio Verdi", "cleaning")
    expect(page.get_by_role("alert")).to_contain_text("non ha un ruolo")
    page.goto(place.url)
    expect(page.get_by_role("button", name="Entra", exact=True)).to_be_visible()


def test_who_was_shut_out_here_stays_out(come: Callable[..., Page], place: Place) -> None:
    come("u-14", "Franca Rosa", "support")
    with place.shop.database.writing() as session:
        disable_user(session, find_user(session, "Franca Rosa"))
    page = come("u-14", "Franca Rosa", "support")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator(".desk-header")).to_have_count(0)


def test_signing_out_ends_it_here(come: Callable[..., Page], place: Place) -> None:
    page = come("u-15", "Gino Viola", "support")
    page.get_by_role("button", name="Il tuo profilo, Gino Viola").click()
    page.get_by_role("button", name="Esci").click()
    expect(page.get_by_role("button", name="Entra", exact=True)).to_be_visible()
    page.goto(place.url)
    expect(page.get_by_role("button", name="Entra", exact=True)).to_be_visible()
