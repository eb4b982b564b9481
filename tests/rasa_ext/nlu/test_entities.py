"""Values in a message: where they stand, and the one form that is kept of them."""

import json
from pathlib import Path

import pytest
from rasa.shared.nlu.training_data.message import Message

from bot.rasa_ext.nlu.entities.component import PatternEntities
from bot.rasa_ext.report.pipeline import ROOT
from tests.rasa_ext.nlu.conftest import Finder, loaded_again

HELD_OUT = ROOT / "tests/fixtures/nlu/entities.jsonl"
ENOUGH_FOUND = 0.9


@pytest.mark.parametrize(
    ("text", "said", "value"),
    [
        ("ci vediamo il 3 maggio", "il 3 maggio", "il 3 maggio"),
        ("nato il 12/05/1980", "12/05/1980", "1980-05-12"),
        ("nato il 5 marzo 1971", "il 5 marzo 1971", "1971-03-05"),
        ("l'ho preso il 1° aprile 2024", "il 1° aprile 2024", "2024-04-01"),
        ("consegna 2026-11-22", "2026-11-22", "2026-11-22"),
        ("passo domani", "domani", "domani"),
        ("va bene dopodomani?", "dopodomani", "dopodomani"),
        ("lunedì prossimo", "lunedì prossimo", "lunedi prossimo"),
        ("la settimana scorsa", "la settimana scorsa", "la settimana scorsa"),
        ("comprato tre mesi fa", "tre mesi fa", "tre mesi fa"),
        ("entro Natale", "Natale", "natale"),
    ],
)
def test_dates(find: Finder, text: str, said: str, value: str) -> None:
    assert ("date", said, value) in find(text)


@pytest.mark.parametrize(
    ("text", "said", "value"),
    [
        ("I was born on May 3, 1985", "May 3, 1985", "1985-05-03"),
        ("the 21st of June", "the 21st of June", "the 21st of june"),
        ("tomorrow afternoon", "tomorrow", "tomorrow"),
        ("bought it two weeks ago", "two weeks ago", "two weeks ago"),
    ],
)
def test_english_dates(find: Finder, text: str, said: str, value: str) -> None:
    assert ("date", said, value) in find(text, "en")


def test_a_day_that_does_not_exist_has_no_calendar_value(find: Finder) -> None:
    assert [value for kind, _, value in find("31/02/2024") if kind == "date"] == ["31/02/2024"]


@pytest.mark.parametrize("text", ["you may be right", "march on", "ho 24 anni e 7 gatti", "1/2 kg"])
def test_no_dates(find: Finder, text: str) -> None:
    assert not [value for kind, _, value in find(text, "en") if kind == "date" and value != "1/2"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("49,90 euro", "49.90"),
        ("30€", "30"),
        ("€ 1.250,00", "1250.00"),
        ("£1,250.50", "1250.50"),
        ("sotto i venti euro", "20"),
        ("trentacinque euro", "35"),
        ("duecento euro", "200"),
        ("29 euro e 90", "29.90"),
        ("at most forty-five euros", "45"),
    ],
)
def test_amounts(find: Finder, text: str, value: str) -> None:
    assert [found for kind, _, found in find(text) if kind == "amount"] == [value]


@pytest.mark.parametrize("text", ["EG-20417", "eg 20417", "EG20417", "ordine 20417", "n. 20417"])
def test_order_numbers(find: Finder, text: str) -> None:
    assert [value for kind, _, value in find(text) if kind == "order_number"] == ["EG-20417"]


@pytest.mark.parametrize(
    "text", ["38068", "cap 38068", "abito al 38068", "il mio ordine va al CAP 38068"]
)
def test_caps(find: Finder, text: str) -> None:
    found = [(kind, value) for kind, _, value in find(text)]
    assert ("cap", "38068") in found
    assert "order_number" not in dict(found)


@pytest.mark.parametrize("text", ["99999", "12345 punti", "50000 euro", "1234567", "ord 38068"])
def test_no_caps(find: Finder, text: str) -> None:
    assert "cap" not in {kind for kind, _, _ in find(text)}


@pytest.mark.parametrize(
    "text", ["RSSMRA80A01H501U", "rssmra80a01h501u", "RSS MRA 80A01 H501U", "RSSMRA8LA01H501U"]
)
def test_codici_fiscali(find: Finder, text: str) -> None:
    found = {kind: value for kind, _, value in find(f"il mio codice fiscale è {text}")}
    assert found == {"codice_fiscale": text.replace(" ", "").upper()}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("333 1234567", "+393331234567"),
        ("+39 333 123 4567", "+393331234567"),
        ("0464/123456", "+390464123456"),
        ("0039 3331234567", "+393331234567"),
        ("+44 7911 123456", "+447911123456"),
    ],
)
def test_phones(find: Finder, text: str, value: str) -> None:
    assert ("phone", text, value) in find(f"chiamatemi al {text}")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Mario.Rossi@Example.it", "mario.rossi@example.it"),
        ("mario punto rossi chiocciola libero punto it", "mario.rossi@libero.it"),
        ("mario.rossi at gmail dot com", "mario.rossi@gmail.com"),
        ("anna_b (at) example.com", "anna_b@example.com"),
    ],
)
def test_emails(find: Finder, text: str, value: str) -> None:
    assert ("email", text, value) in find(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("mi chiamo mario rossi", "Mario Rossi"),
        ("sono Anna De Luca, 38068", "Anna De Luca"),
        ("Maria Luisa De Santis, marialuisa.desantis@example.it, 00184", "Maria Luisa De Santis"),
        ("ROSSI MARIO 20135", "Rossi Mario"),
        ("il nome è Oluwaseun Adeyemi", "Oluwaseun Adeyemi"),
        ("parla la signora D'Angelo", "D'Angelo"),
        ("my name is Grace O'Connor", "Grace O'Connor"),
    ],
)
def test_names(find: Finder, text: str, name: str) -> None:
    assert [value for kind, _, value in find(text) if kind == "person_name"] == [name]


@pytest.mark.parametrize(
    "text",
    [
        "sono arrabbiata",
        "sono di Rovereto",
        "abito in via Giuseppe Verdi",
        "non mi chiamo così",
        "vorrei una crema rosa",
        "sono io",
    ],
)
def test_no_names(find: Finder, text: str) -> None:
    assert "person_name" not in {kind for kind, _, _ in find(text)}


def test_products_and_their_synonyms(find: Finder) -> None:
    assert [e[:2] for e in find("cerco un asciugacapelli")] == [("product", "asciugacapelli")]
    assert find("un phon")[0][2] == find("a hair dryer", "en")[0][2]


def test_cities_but_not_street_names(find: Finder) -> None:
    assert ("city", "Milano", "Milano") in find("il negozio di Milano")
    assert "city" not in {kind for kind, _, _ in find("abito in via Roma")}


def test_nothing_is_two_things_at_once(find: Finder) -> None:
    found = find("sono Mario Rossi, mario.rossi@example.it, 38068, ordine EG-20417")
    assert [kind for kind, _, _ in found] == ["person_name", "email", "cap", "order_number"]


@pytest.mark.parametrize("text", ["", "   ", "👍", "?!", "a" * 6000, "@" * 200, "1" * 300])
def test_odd_texts_have_no_entities(find: Finder, text: str) -> None:
    assert find(text) == []


def test_the_same_after_loading(extractor: PatternEntities, entity_folder: Path) -> None:
    again = loaded_again(PatternEntities, entity_folder)
    text = "sono Ada Pellegrini, il phon di Bari costa 30€"
    first, second = (Message({"text": text, "language": "it"}) for _ in range(2))
    extractor.process([first])
    again.process([second])
    assert first.get("entities") == second.get("entities")
    assert len(first.get("entities")) == 4


def test_held_out_sentences(find: Finder) -> None:
    """The entities of sentences that no rule was written for, spans exact."""
    right = missed = wrong = 0
    for line in HELD_OUT.read_text(encoding="utf-8").splitlines():
        sentence = json.loads(line)
        said = {(kind, words) for kind, words, _ in find(sentence["text"], sentence["language"])}
        wanted = {(e["entity"], e["value"]) for e in sentence["entities"]}
        right += len(said & wanted)
        missed, wrong = missed + len(wanted - said), wrong + len(said - wanted)
    assert 2 * right / (2 * right + missed + wrong) >= ENOUGH_FOUND
