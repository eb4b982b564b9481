"""Who gets in, and what a marketer never sees."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from crm.staff.models import StaffSession
from tests.browser.desk.conftest import Clerk, Hire, Place

PAGES = ("/", "/conversations/1")


class TestStranger:
    @pytest.mark.parametrize("path", PAGES)
    def test_a_stranger_opens_nothing(
        self, open_page: Callable[..., Page], place: Place, path: str
    ) -> None:
        page = open_page()
        page.goto(place.url + path)
        expect(page.get_by_role("button", name="Entra")).to_be_visible()
        assert "/desk/login" in page.url
        expect(page.locator(".desk-page")).to_have_count(0)

    def test_a_wrong_password_says_so(self, open_page: Callable[..., Page], place: Place) -> None:
        page = open_page()
        Clerk(page, place).sign_in("Anna", "sbagliata davvero")
        expect(page.get_by_role("alert")).to_have_text("Nome o password non corretti.")

    def test_the_way_is_remembered(self, clerk: Hire, place: Place) -> None:
        talk = place.conversation(place.visitor("ciao"))
        anna = clerk("Anna", path=f"/conversations/{talk}")
        expect(anna.thread).to_contain_text("eco: ciao")


class TestLeaving:
    def test_signing_out(self, clerk: Hire, place: Place) -> None:
        anna = clerk("Anna")
        anna.page.get_by_role("button", name="Il tuo profilo, Anna").click()
        anna.page.get_by_role("button", name="Esci").click()
        expect(anna.page.get_by_role("button", name="Entra")).to_be_visible()
        anna.go("/")
        expect(anna.page.get_by_role("button", name="Entra")).to_be_visible()

    def test_a_page_left_open_closes_when_the_session_ends(self, clerk: Hire, place: Place) -> None:
        anna = clerk("Anna").open(place.conversation(place.visitor("ciao")))
        with place.shop.database.writing() as session:
            newest = session.query(StaffSession).order_by(StaffSession.id.desc()).first()
            assert newest is not None
            newest.ended_at = newest.created_at
        expect(anna.page.get_by_role("button", name="Entra")).to_be_visible()


class TestMarketer:
    def test_never_a_full_name(self, clerk: Hire, place: Place) -> None:
        """Nowhere in a page, neither shown nor hidden."""
        visitor = place.visitor("sono Ermenegilda Quattrocchi, erme@quattrocchi.example, 38068")
        talk = place.conversation(visitor)
        customer = place.recognise(
            visitor,
            given_name="Ermenegilda",
            family_name="Quattrocchi",
            email="erme@quattrocchi.example",
            phone="+393401234567",
            cap="38068",
        )
        marco = clerk("Marco")
        expect(marco.line(talk)).to_contain_text("E. Q.")
        for path in ("/", f"/conversations/{talk}", *paths_of(customer)):
            marco.go(path)
            expect(marco.page.locator(".desk-page")).to_be_visible()
            marco.page.wait_for_timeout(800)
            source = marco.page.content()
            for secret in ("Ermenegilda", "Quattrocchi", "erme@", "3401234567"):
                assert secret not in source, f"{secret} on {path}"

    def test_can_change_nothing(self, clerk: Hire, place: Place) -> None:
        talk = place.call_person(place.visitor("aiuto"))
        marco = clerk("Marco").open(talk)
        expect(marco.page.get_by_text("Il tuo ruolo legge soltanto")).to_be_visible()
        for name in ("Prendi in carico", "Invia", "Chiudi"):
            expect(marco.page.get_by_role("button", name=name)).to_have_count(0)
        for area in ("Personale", "Registro", "Risposte pronte"):
            expect(marco.page.get_by_role("link", name=area)).to_have_count(0)


def paths_of(customer: int) -> tuple[str, ...]:
    return (f"/customers/{customer}", "/customers", "/tickets")


class TestLanguage:
    def test_english_and_dark_are_remembered(self, clerk: Hire) -> None:
        carla = clerk("Carla")
        page = carla.page
        page.get_by_role("button", name="Il tuo profilo, Carla").click()
        page.get_by_label("Lingua").click()
        page.get_by_role("option", name="English").click()
        expect(page.get_by_text("Conversations").first).to_be_visible()
        assert page.evaluate("document.documentElement.lang") == "en"
        page.get_by_role("button", name="Your profile, Carla").click()
        page.get_by_label("Appearance").click()
        page.get_by_role("option", name="Dark").click()
        expect(page.locator("body")).to_have_class("desktop no-touch body--dark")
        page.get_by_role("button", name="Your profile, Carla").click()
        page.get_by_label("Language").click()
        page.get_by_role("option", name="Italiano").click()
        expect(page.get_by_text("Conversazioni").first).to_be_visible()
