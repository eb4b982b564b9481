"""The inbox narrowed by a tag, and a customer's relations, in a real browser."""

from playwright.sync_api import expect

from tests.browser.desk.conftest import Hire, Place


def test_a_tag_narrows_the_inbox(clerk: Hire, place: Place) -> None:
    one = place.conversation(place.visitor("vorrei rendere il phon"))
    other = place.conversation(place.visitor("avete le spazzole?"))
    anna = clerk("Anna").open(one)
    field = anna.page.get_by_label("Etichette")
    field.fill("Reso phon")
    field.press("Enter")
    expect(anna.thread).to_contain_text("Anna ha messo l'etichetta «reso phon»")
    anna.go("/")
    expect(anna.line(one)).to_contain_text("reso phon")
    anna.page.get_by_label("Etichetta").click()
    anna.page.get_by_role("option", name="reso phon").click()
    expect(anna.line(other)).to_be_hidden()
    expect(anna.line(one)).to_be_visible()


def test_a_tag_that_is_refused_goes_away(clerk: Hire, place: Place) -> None:
    anna = clerk("Anna").open(place.conversation(place.visitor("vorrei rendere il phon")))
    field = anna.page.get_by_label("Etichette")
    field.fill("una etichetta troppo lunga per tutti")
    field.press("Enter")
    expect(anna.page.get_by_text("Questa etichetta non va")).to_be_visible()
    expect(anna.page.locator(".q-field .q-chip")).to_have_count(0)
    field.fill("reso")
    field.press("Enter")
    expect(anna.thread).to_contain_text("Anna ha messo l'etichetta «reso»")
    expect(anna.page.locator(".q-field .q-chip")).to_contain_text(["reso"])


def test_relations_are_said_and_taken_back(clerk: Hire, place: Place) -> None:
    ids = []
    for name in ("Fabiola", "Ermanno"):
        visitor = place.visitor(f"sono {name}")
        known = {"given_name": name, "family_name": "Zanella", "email": f"{name}@example.it"}
        ids.append(place.recognise(visitor, **known))
    anna = clerk("Anna", path=f"/customers/{ids[0]}")
    expect(anna.page.get_by_text("chiedi il consenso")).to_be_visible()
    anna.page.get_by_label("Cerca l'altro cliente").fill("Ermanno Zanella")
    anna.page.get_by_role("button", name="Aggiungi Ermanno Zanella").click()
    relation = anna.page.get_by_role("button", name="Togli la relazione con Ermanno Zanella")
    expect(relation).to_be_visible()
    printed = clerk("Bruno", path=f"/customers/{ids[1]}")
    expect(printed.page.get_by_role("link", name="Fabiola Zanella").first).to_be_visible()
    relation.click()
    expect(anna.page.get_by_text("Nessuna relazione nota.")).to_be_visible()
