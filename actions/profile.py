"""The customer's own data: shown and changed."""

from typing import Any, ClassVar

from actions.care import answers_care
from actions.forms import FormTurn, digresses, is_no, is_yes
from actions.identity import require
from actions.skill import SkillAction
from actions.ticket import keep_for_ticket
from actions.turn import Turn
from crm.consent.models import Purpose
from crm.consent.register import current_consents
from crm.db import now
from crm.profile.facts import read_facts
from crm.profile.keys import index_customer
from crm.profile.models import Customer, Level, TraitKind
from crm.profile.names import split_name
from crm.profile.places import place_name
from crm.profile.traits import Origin, current, record

UPDATE_FORM = "update_form"

# What can be changed in conversation, the words that name it, the fact that carries it.
FIELDS: dict[str, tuple[str, ...]] = {
    "email": ("email", "e-mail", "mail", "posta"),
    "phone": ("telefono", "cellulare", "numero", "phone", "mobile"),
    "cap": ("cap", "postal", "postcode", "zip", "citt", "indirizzo", "address", "moved"),
    "person_name": ("nome", "cognome", "name", "surname"),
}


class ViewProfile(SkillAction):
    """Reads the stored data out, only to who has proved who they are."""

    action: ClassVar[str] = "action_view_profile"

    def perform(self, turn: Turn) -> None:
        if not require(turn, Level.VERIFIED, self.action):
            return
        assert turn.customer is not None
        turn.say("utter_profile", **_shown(turn, turn.customer))


def _shown(turn: Turn, customer: Customer) -> dict[str, Any]:
    cap = f"{customer.cap} ({place_name(customer.cap)})" if customer.cap else "–"
    return {
        "full_name": customer.full_name or "–",
        "shown_email": customer.email or "–",
        "shown_phone": customer.phone or "–",
        "shown_cap": cap,
        "shown_consents": _consents(turn, customer),
    }


def _consents(turn: Turn, customer: Customer) -> str:
    held = current_consents(turn.session, customer.id)
    granted = sorted(
        channel for (purpose, channel), consent in held.items()
        if purpose == Purpose.MARKETING and consent.granted
    )  # fmt: skip
    return ", ".join(granted) or turn.phrase("utter_no_consents")


class LoyaltyPoints(SkillAction):
    """Tells the balance of the loyalty card."""

    action: ClassVar[str] = "action_loyalty_points"

    def perform(self, turn: Turn) -> None:
        if not require(turn, Level.VERIFIED, self.action):
            return
        assert turn.customer is not None
        points = current(turn.session, turn.customer.id).get("loyalty_points")
        if points is None:
            turn.say("utter_no_card")
        else:
            turn.say("utter_points", points=points.value)


class StartUpdate(SkillAction):
    """Begins a change of data, with what the message already says."""

    action: ClassVar[str] = "action_start_update"

    def perform(self, turn: Turn) -> None:
        if turn.intent == "update_profile":
            field, value = _change_told(turn.text, _field(turn.text))
            turn.set(profile_field=field, profile_value=value, profile_confirmed=None)
        if require(turn, Level.VERIFIED, self.action):
            turn.then(UPDATE_FORM)


def _field(text: str) -> str | None:
    lowered = text.lower()
    for field, names in FIELDS.items():
        if any(name in lowered for name in names):
            return field
    return None


def _change_told(text: str, field: str | None) -> tuple[str | None, str | None]:
    """Which value is to change, and to what, as far as a text says it."""
    facts = read_facts(text, expected=field)
    values = {"email": facts.email, "phone": facts.phone, "cap": facts.cap}
    if field == "person_name":
        return field, facts.name
    told = [name for name, value in values.items() if value]
    if field is None and len(told) == 1:
        field = told[0]
    return field, values.get(field) if field else None


class ValidateUpdateForm(SkillAction):
    """Reads which value changes to what, and an explicit yes."""

    action: ClassVar[str] = f"validate_{UPDATE_FORM}"

    def perform(self, turn: Turn) -> None:
        form = FormTurn(turn)
        if turn.requested == "profile_field":
            self._read_field(turn, form)
        elif turn.requested == "profile_value":
            self._read_value(turn, form, required=True)
        elif turn.requested == "profile_confirmed":
            self._read_answer(turn, form)

    def _read_field(self, turn: Turn, form: FormTurn) -> None:
        field, value = _change_told(turn.text, turn.entity("profile_field") or _field(turn.text))
        if field:
            form.accept(profile_field=field, profile_value=value, profile_confirmed=None)
        elif is_no(turn):
            form.finish(profile_confirmed=False)
        elif not digresses(turn):
            form.try_again("profile_field")

    def _read_value(self, turn: Turn, form: FormTurn, *, required: bool) -> bool:
        _, value = _change_told(turn.text, turn.slot("profile_field"))
        if value:
            form.accept(profile_value=value, profile_confirmed=None)
        elif required and not digresses(turn):
            form.try_again("profile_value")
        return bool(value)

    def _read_answer(self, turn: Turn, form: FormTurn) -> None:
        if is_yes(turn):
            form.accept(profile_confirmed=True)
        elif is_no(turn) and not self._read_value(turn, form, required=False):
            form.finish(profile_confirmed=False)
        elif not digresses(turn) and not self._read_value(turn, form, required=False):
            form.try_again("profile_confirmed")


class UpdateProfile(SkillAction):
    """Writes the change, after the yes."""

    action: ClassVar[str] = "action_update_profile"

    def perform(self, turn: Turn) -> None:
        field, value = turn.slot("profile_field"), turn.slot("profile_value")
        agreed = turn.slot("profile_confirmed") is True
        turn.set(profile_field=None, profile_value=None, profile_confirmed=None)
        if not agreed or not field or not value:
            turn.say("utter_nothing_changed")
            return
        if require(turn, Level.VERIFIED, "action_start_update") and turn.customer:
            self._write(turn, turn.customer, field, value)
            turn.say("utter_profile_changed")

    def _write(self, turn: Turn, customer: Customer, field: str, value: str) -> None:
        values: dict[str, Any] = {field: value}
        if field == "person_name":
            given, family = split_name(value)
            values = {"given_name": given, "family_name": family}
        origin = Origin(TraitKind.EXPLICIT, f"conversation:{turn.conversation.id}", now())
        record(turn.session, customer, values, origin)
        index_customer(turn.session, customer.id)


class GiveFeedback(SkillAction):
    """Thanks for praise; an unhappy word is taken as a complaint."""

    action: ClassVar[str] = "action_give_feedback"

    def perform(self, turn: Turn) -> None:
        is_unhappy = turn.mood in ("angry", "unhappy")
        if answers_care(turn):
            turn.then("action_care_bad" if is_unhappy else "action_care_good")
        elif is_unhappy:
            turn.then("action_complain")
        else:
            turn.say("utter_feedback_thanks")


class NotYet(SkillAction):
    """What the bot does not do by itself: it says so and opens another way."""

    action: ClassVar[str] = "action_not_yet"

    def perform(self, turn: Turn) -> None:
        keep_for_ticket(turn)
        turn.say(f"utter_not_yet_{turn.intent}")


ACTIONS = (
    ViewProfile,
    GiveFeedback,
    NotYet,
    LoyaltyPoints,
    StartUpdate,
    ValidateUpdateForm,
    UpdateProfile,
)
