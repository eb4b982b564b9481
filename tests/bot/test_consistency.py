"""What is written in several places agrees: domain, rules, actions, texts."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from actions.handoff import OFFERED
from actions.order import WISHES
from actions.phrases import Phrases, language_of
from actions.registry import ACTIONS
from app.settings import ROOT
from crm.conversation.buttons import SHARE_CONTACT
from crm.moment.declared import read_moments
from crm.order.models import OrderStatus
from crm.ticket.models import TicketStatus

DOMAIN = ROOT / "bot" / "domain"
DIALOGUE = ROOT / "bot" / "dialogue"
PLACEHOLDER = re.compile(r"\{(\w+)\}")
UTTER = re.compile(r"utter_\w+")


def read(folder: Path, section: str) -> list[Any]:
    """One section of all YAML files of a folder, as a list of entries or of (name, value)."""
    entries: list[Any] = []
    for path in sorted(folder.glob("*.yml")):
        content = (yaml.safe_load(path.read_text()) or {}).get(section) or []
        entries += list(content.items()) if isinstance(content, dict) else list(content)
    return entries


def steps(key: str) -> set[str]:
    return {
        step[key]
        for rule in read(DIALOGUE, "rules")
        for step in rule["steps"]
        if isinstance(step, dict) and step.get(key)
    }


RESPONSES: dict[str, list[dict[str, Any]]] = dict(read(DOMAIN, "responses"))
INTENTS = set(read(DOMAIN, "intents"))
SLOTS = dict(read(DOMAIN, "slots"))
FORMS = dict(read(DOMAIN, "forms"))
PYTHON = "\n".join(
    path.read_text()
    for folder in ("actions", "app", "crm", "desk", "integrations")
    for path in sorted((ROOT / folder).rglob("*.py"))
)


def test_every_action_of_the_domain_has_a_class_and_the_reverse() -> None:
    assert set(read(DOMAIN, "actions")) == {action.action for action in ACTIONS}


def test_rules_name_known_intents_and_actions() -> None:
    assert steps("intent") <= INTENTS
    known = set(read(DOMAIN, "actions")) | set(RESPONSES) | set(FORMS) | {"action_deactivate_loop"}
    assert steps("action") <= known


def test_every_intent_has_a_rule() -> None:
    """In the middle of a form a message without a rule would be met with silence."""
    assert INTENTS - steps("intent") == set()


@pytest.mark.parametrize("name", sorted(RESPONSES))
def test_every_response_speaks_both_languages(name: str) -> None:
    variants = RESPONSES[name]
    assert [language_of(variant) for variant in variants] == ["en", "it"]
    english, italian = variants
    assert set(PLACEHOLDER.findall(english["text"])) == set(PLACEHOLDER.findall(italian["text"]))
    payloads = [[b["payload"] for b in variant.get("buttons", ())] for variant in variants]
    assert payloads[0] == payloads[1]


def test_buttons_name_known_intents() -> None:
    for variants in RESPONSES.values():
        for button in (button for variant in variants for button in variant.get("buttons", ())):
            name = button["payload"].removeprefix("/").split("{")[0]
            assert name in INTENTS or button["payload"] == SHARE_CONTACT


def built_names() -> set[str]:
    """Responses whose names are put together in Python from a known set of words."""
    forms = {slot for form in FORMS.values() for slot in form["required_slots"]}
    return {
        *(f"utter_status_{status}" for status in OrderStatus),
        *(f"utter_ticket_{status}" for status in TicketStatus),
        *(f"utter_name_{intent}" for intent in OFFERED),
        *(f"utter_wish_{intent}" for intent in WISHES),
        *(f"utter_subject_{intent}" for intent in (*WISHES, "export_data", "erase_data")),
        *(f"utter_about_{intent}" for intent in ("export_data", "erase_data")),
        *(f"utter_weekday_{day}" for day in range(7)),
        *(f"utter_invalid_{slot}" for slot in forms),
        *(f"utter_explain_{slot}" for slot in forms),
        *(f"utter_ask_{form}_{slot}" for form in FORMS for slot in FORMS[form]["required_slots"]),
        *(name for name in RESPONSES if name.startswith("utter_not_yet_")),
        *(moment.say for moment in read_moments()),
        *(f"utter_by_{author}" for author in ("customer", "staff")),
    }


def test_every_response_is_used_and_every_one_used_exists() -> None:
    named = set(UTTER.findall(PYTHON)) - {"utter_message", "utter_action"} | steps("action") & set(
        RESPONSES
    )
    named = {name for name in named if not name.endswith("_")}
    required = named | (built_names() - optional_names())
    assert required - set(RESPONSES) == set(), "named but not written"
    assert set(RESPONSES) - named - built_names() == set(), "written but never said"


def optional_names() -> set[str]:
    """Slots that are never answered wrongly need no explanation."""
    return {
        "utter_invalid_ticket_product",
        "utter_explain_ticket_product",
        "utter_ask_identify_form_email",
    }


def test_what_is_not_done_yet_is_said_for_each_intent() -> None:
    not_done = {
        step["intent"]
        for rule in read(DIALOGUE, "rules")
        for step in rule["steps"]
        if {"action": "action_not_yet"} in rule["steps"] and "intent" in step
    }
    assert {f"utter_not_yet_{intent}" for intent in not_done} <= set(RESPONSES)


def test_no_customer_facing_text_in_python() -> None:
    literal = re.compile(r"utter_message\(\s*(?:text=)?f?[\"']")
    assert not literal.search(PYTHON)


def test_slots_set_in_python_are_in_the_domain() -> None:
    set_in_python = {
        name
        for call in re.findall(r"\b(?:turn\.set|form\.accept|form\.finish)\(([^()]*)\)", PYTHON)
        for name in re.findall(r"(?:^|[\s(,])(\w+)=", call)
    }
    assert set_in_python - set(SLOTS) - {"requested_slot"} == set()


def test_phrases_prefer_the_language_and_fall_back_to_italian() -> None:
    phrases = Phrases.load(DOMAIN)
    assert phrases.text("utter_goodbye", "en").startswith("Goodbye")
    assert phrases.text("utter_goodbye", "it").startswith("Ciao")
    assert phrases.text("utter_goodbye", "de").startswith("Ciao")
