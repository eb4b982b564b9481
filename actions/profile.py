"""The customer's own data: shown, changed, allowed, forbidden, taken along, erased."""

from typing import Any, ClassVar

from actions.forms import FormTurn, digresses, is_no, is_yes
from actions.identity import require
from actions.skill import SkillAction
from actions.turn import Turn
from crm.consent.models import Purpose
from crm.consent.register import current_consents, record_consent, withdraw_all
from crm.db import now
from crm.profile.facts import read_facts
from crm.profile.keys import index_customer
from crm.profile.models import Customer, Level, TraitKind
from crm.profile.names import split_name
from crm.profile.places import place_name
from crm.profile.traits import Origin, current, record
from crm.ticket.desk import NewTicket, open_ticket
from crm.ticket.models import TicketCategory

UPDATE_FORM = "update_form"
PRIVACY_FORM = "privacy_form"

# What can be changed in conversation, the words that name it, the fact that carries it.
FIELDS: dict[str, tuple[str, ...]] = {
    "email": ("email", "e-mail", "mail", "posta"),
    "phone": ("telefono", "cellulare", "numero", "phone", "mobile"),
    "cap": ("cap", "postal", "postcode", "zip", "citt", "indirizzo", "address", "moved"),
    "person_name": ("nome", "cognome", "name", "surname"),
}
MAILINGS = ("email", "sms", "whatsapp", "telegram")


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


class Subscribe(SkillAction):
    """Gives consent to news and offers, on the channels named or by e-mail."""

    action: ClassVar[str] = "action_subscribe"

    def perform(self, turn: Turn) -> None:
        evidence = _consent_words(turn, "subscribe")
        if not require(turn, Level.CLAIMED, self.action):
            return
        assert turn.customer is not None
        channels = [name for name in MAILINGS if name in evidence.lower()] or ["email"]
        for channel in channels:
            _record(turn, turn.customer.id, channel, evidence)
        turn.set(consent_words=None)
        turn.say("utter_subscribed", channels=", ".join(channels))


def _consent_words(turn: Turn, wish: str) -> str:
    """The words of the wish itself, also when an identification came in between."""
    if turn.intent == wish:
        turn.set(consent_words=turn.message.text)
    return turn.slot("consent_words") or turn.message.text


def _record(turn: Turn, customer_id: int, channel: str, evidence: str) -> None:
    record_consent(
        turn.session, customer_id, Purpose.MARKETING, channel, True,
        source=f"conversation:{turn.conversation.id}", evidence=evidence,
    )  # fmt: skip


class Unsubscribe(SkillAction):
    """Withdraws consent, on the channel named or on all."""

    action: ClassVar[str] = "action_unsubscribe"

    def perform(self, turn: Turn) -> None:
        evidence = _consent_words(turn, "unsubscribe")
        if not require(turn, Level.CLAIMED, self.action):
            return
        assert turn.customer is not None
        source = f"conversation:{turn.conversation.id}"
        withdraw_all(
            turn.session, turn.customer.id, Purpose.MARKETING, source=source, evidence=evidence
        )
        turn.set(consent_words=None)
        turn.say("utter_unsubscribed")


class StartPrivacyRequest(SkillAction):
    """A copy of one's data or its erasure: proved first, read back, then passed on."""

    action: ClassVar[str] = "action_start_privacy"

    def perform(self, turn: Turn) -> None:
        if turn.intent in ("export_data", "erase_data"):
            turn.set(privacy_wish=turn.intent, privacy_confirmed=None)
        if require(turn, Level.VERIFIED, self.action):
            turn.say(f"utter_about_{turn.slot('privacy_wish')}")
            turn.then(PRIVACY_FORM)


class ValidatePrivacyForm(SkillAction):
    """Only an explicit yes counts."""

    action: ClassVar[str] = f"validate_{PRIVACY_FORM}"

    def perform(self, turn: Turn) -> None:
        form = FormTurn(turn)
        if turn.requested is None or digresses(turn):
            return
        if is_yes(turn):
            form.accept(privacy_confirmed=True)
        elif is_no(turn):
            form.finish(privacy_confirmed=False)
        else:
            form.try_again("privacy_confirmed")


class PrivacyRequest(SkillAction):
    """Writes the request down for the people who answer for personal data."""

    action: ClassVar[str] = "action_privacy_request"

    def perform(self, turn: Turn) -> None:
        wish, agreed = turn.slot("privacy_wish"), turn.slot("privacy_confirmed") is True
        turn.set(privacy_wish=None, privacy_confirmed=None)
        if not agreed or turn.customer is None:
            turn.say("utter_nothing_changed")
            return
        ticket = open_ticket(
            turn.session,
            NewTicket(
                category=TicketCategory.ACCOUNT,
                description=turn.phrase(f"utter_subject_{wish}"),
                customer_id=turn.customer.id,
                conversation_id=turn.conversation.id,
                actor="bot",
            ),
        )
        turn.say("utter_privacy_request_opened", ticket_number=ticket.number)


class GiveFeedback(SkillAction):
    """Thanks for praise; an unhappy word is taken as a complaint."""

    action: ClassVar[str] = "action_give_feedback"

    def perform(self, turn: Turn) -> None:
        if turn.mood in ("angry", "unhappy"):
            turn.then("action_complain")
        else:
            turn.say("utter_feedback_thanks")


class NotYet(SkillAction):
    """What the bot does not do by itself: it says so and opens another way."""

    action: ClassVar[str] = "action_not_yet"

    def perform(self, turn: Turn) -> None:
        turn.say(f"utter_not_yet_{turn.intent}")


ACTIONS = (
    ViewProfile,
    GiveFeedback,
    NotYet,
    LoyaltyPoints,
    StartUpdate,
    ValidateUpdateForm,
    UpdateProfile,
    Subscribe,
    Unsubscribe,
    StartPrivacyRequest,
    ValidatePrivacyForm,
    PrivacyRequest,
)
