"""What is not wanted is not done."""

from pathlib import Path

import pytest
import yaml
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.rasa_ext.nlu.intents.component import FALLBACK
from bot.rasa_ext.nlu.intents.refused import REFUSED, RefusalReader
from bot.rasa_ext.report.pipeline import CONFIG
from tests.rasa_ext.nlu.conftest import loaded_again, made

WORDS = {"refused": "nlu_data/refused.txt"}


@pytest.fixture
def reader(tmp_path: Path) -> RefusalReader:
    component = made(RefusalReader, tmp_path, **WORDS)
    component.train(TrainingData())
    return component


def read(reader: RefusalReader, text: str, intent: str) -> Message:
    wish = {"name": intent, "confidence": 0.9}
    message = Message({"text": text, "intent": wish, "intent_ranking": [wish]})
    reader.process([message])
    assert message.get("intent") == message.get("intent_ranking")[0]
    assert message.get("intent_ranking")[-1] == wish
    return message


def intent_of(reader: RefusalReader, text: str, intent: str) -> str:
    return str(read(reader, text, intent).get("intent")["name"])


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("non voglio parlare con una persona", "request_human"),
        ("nn voglio un operatore!", "request_human"),
        ("non ho bisogno di parlare con qualcuno, grazie", "request_human"),
        ("I don't want to talk to a person", "request_human"),
        ("please don't put me through to an agent", "request_human"),
        ("Non voglio annullare l'ordine", "cancel_order"),
        ("non annullarlo", "cancel_order"),
        ("non mi cancellate l'ordine!", "cancel_order"),
        ("dont cancel my order pls", "cancel_order"),
        ("I never asked you to cancel it", "cancel_order"),
        ("non voglio più fare il reso", "return_order"),
        ("guarda che non voglio cancellare i miei dati", "erase_data"),
        ("do not delete my data", "erase_data"),
        ("non mi serve un rimborso", "refund_status"),
        ("non voglio iscrivermi alla newsletter", "subscribe"),
    ],
)
def test_a_refused_wish_is_none(reader: RefusalReader, text: str, wish: str) -> None:
    message = read(reader, text, wish)
    assert (message.get("intent")["name"], message.get(REFUSED)) == ("stop", wish)


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("voglio annullare l'ordine", "cancel_order"),
        ("non riesco ad annullare l'ordine", "cancel_order"),
        ("perché non annullate il mio ordine?", "cancel_order"),
        ("non lo voglio più, annullate l'ordine", "cancel_order"),
        ("why don't you cancel my order", "cancel_order"),
        ("I can't cancel my order", "cancel_order"),
        ("I don't want it any more, cancel it", "cancel_order"),
        ("non voglio parlare con un bot", "request_human"),
        ("non voglio più parlare con te, passami un operatore", "request_human"),
        ("non c'è una persona con cui parlare", "request_human"),
        ("non posso parlare con qualcuno?", "request_human"),
        ("I don't want to talk to a bot, get me a human", "request_human"),
        ("i miei dati non li avete ancora cancellati", "erase_data"),
        ("non voglio lamentarmi, il phon è rotto", "complain"),
    ],
)
def test_a_wish_with_a_not_in_it_is_a_wish(reader: RefusalReader, text: str, wish: str) -> None:
    message = read(reader, text, wish)
    assert (message.get("intent")["name"], message.get(REFUSED)) == (wish, None)


@pytest.mark.parametrize(
    "text",
    ["non voglio annullare l'ordine ma solo l'indirizzo", "don't cancel it but only the cream"],
)
def test_with_a_but_it_is_asked_what_is_wanted(reader: RefusalReader, text: str) -> None:
    assert intent_of(reader, text, "cancel_order") == FALLBACK


def test_the_same_after_loading(reader: RefusalReader, tmp_path: Path) -> None:
    again = loaded_again(RefusalReader, tmp_path, **WORDS)
    assert intent_of(again, "don't cancel my order", "cancel_order") == "stop"


def test_without_words_nothing_is_refused(tmp_path: Path) -> None:
    component = made(RefusalReader, tmp_path)
    component.train(TrainingData())
    assert intent_of(component, "don't cancel my order", "cancel_order") == "cancel_order"


def test_whatever_costs_something_can_be_refused(reader: RefusalReader) -> None:
    """But for an offer: its yes has a guard of its own, for which any word of refusal is enough."""
    parts = {p["name"].split(".")[-1]: p for p in yaml.safe_load(CONFIG.read_text())["pipeline"]}
    lines = Path(parts["RefusalReader"]["refused"]).read_text(encoding="utf-8").splitlines()
    named = {line.split(":")[0] for line in lines if not line.startswith("#")}
    assert set(parts["IntentClassifier"]["costly"]) - named == {"accept_offer"}
