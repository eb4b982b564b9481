"""Who is speaking: asks for what is missing, reads it however it comes, proves it by a code."""

import re
from typing import Any, ClassVar

from actions.forms import FormTurn, digresses, is_no, is_yes, refuses
from actions.skill import SkillAction
from actions.turn import Turn
from crm.mail.outbox import queue_mail
from crm.profile import codes
from crm.profile.assurance import forget, reaches
from crm.profile.channel_proof import CHANNELS_WITH_CONTACTS, PROVED_COMMAND, UNPROVED_COMMAND
from crm.profile.facts import Facts, read_facts
from crm.profile.models import Level
from crm.profile.names import split_name
from crm.profile.places import place_name
from crm.profile.recognition import recognise

FORM = "identify_form"
FACT_SLOTS = ("email", "person_name", "cap")
CONFIRMED = "identity_confirmed"

# What has to wait while something else is asked for is begun again by these.
BEGUN_BY = {
    "action_order_status": "/order_status",
    "action_ticket_status": "/ticket_status",
    "action_loyalty_points": "/loyalty_points",
    "action_view_profile": "/view_profile",
    "action_start_update": "/update_profile",
}

# Who says so could tell and does not want to.
WILL_NOT = re.compile(
    r"\b(?:non\s+(?:(?:ve|te|glie)l[oaie]\s+|vi\s+|ti\s+|lo\s+|li\s+)?(?:voglio|vorrei|intendo|do|dico)"
    r"|preferi\w+\s+non|rather\s+not|prefer\s+not|(?:do\s+not|don.?t|won.?t)\s+(?:want|give|tell))\b",
    re.IGNORECASE,
)

# A fact that the customer does not have or does not know.
SKIPPED = "–"


def require(turn: Turn, level: Level, resume: str) -> bool:
    """Whether the speaker is known well enough; if not, begin to find out and come back.

    Args:
        level: what the action needs.
        resume: the action to run once the level is reached.
    """
    if reaches(turn.level, level):
        return True
    waiting = turn.slot("pending_action")
    if waiting and waiting != resume:
        if turn.form in (FORM, "verify_form"):
            _put_off(turn, _wish(turn))
            turn.say("utter_then_the_rest")
            return False
        if waiting in BEGUN_BY:
            _put_off(turn, BEGUN_BY[waiting])
    turn.set(pending_action=resume, pending_level=str(level))
    turn.then("action_send_code" if turn.level == Level.CLAIMED else FORM)
    return False


def _wish(turn: Turn) -> str:
    """What is wanted, so that it is read the same later: a button as such, words as written.

    A button that refers to the message before it ("said") would later refer to another one.
    """
    if turn.entity("said"):
        return f"/{turn.intent}"
    return turn.command or turn.text


def _put_off(turn: Turn, wish: str) -> None:
    """Keep a wish for when nothing is asked for any more; Rasa's turn processor takes it up."""
    turn.set(later_wishes=[*(turn.slot("later_wishes") or ()), wish])


def go_on(turn: Turn) -> None:
    """Return to what the identification was for, or prove first what it still lacks."""
    resume, needed = turn.slot("pending_action"), turn.slot("pending_level")
    if not resume:
        turn.say("utter_anything_else")
        return
    if reaches(turn.level, Level(needed or Level.CLAIMED)):
        turn.set(pending_action=None, pending_level=None)
        turn.then(resume)
    else:
        turn.then("action_send_code")


class StartIdentification(SkillAction):
    """The customer says who they are without being asked."""

    action: ClassVar[str] = "action_start_identification"

    def perform(self, turn: Turn) -> None:
        facts = read_facts(turn.text)
        is_unproved = proves_nothing(turn)
        if turn.level != Level.ANONYMOUS and not facts:
            if is_unproved:
                return
            turn.say("utter_already_known", name=first_name(turn))
            return
        turn.set(identity_confirmed=None)
        if facts.name and facts.email:  # somebody else, not a correction
            turn.set(email=None, person_name=None, cap=None)
        turn.then(FORM)


class ValidateIdentifyForm(SkillAction):
    """Reads email, name and CAP from whatever the customer writes, in one go or one by one."""

    action: ClassVar[str] = f"validate_{FORM}"

    def perform(self, turn: Turn) -> None:
        form = FormTurn(turn)
        if proves_nothing(turn):
            return
        if is_proved_now(turn):
            form.finish(identity_confirmed=None)
            return
        found = self._read(turn)
        if found:
            form.accept(**found, identity_confirmed=None)
            _sum_up(turn)
        elif turn.requested == CONFIRMED:
            self._read_answer(turn, form)
        elif turn.requested is None or digresses(turn):
            return
        elif turn.intent == "cannot_provide":
            self._skip(turn, form, turn.requested)
        elif refuses(turn):
            form.finish(identity_declined=True)
        elif number := turn.entity("order_number"):
            _note_order(turn, form, number)
        else:
            form.try_again(turn.requested)

    def _read(self, turn: Turn) -> dict[str, Any]:
        expected = turn.requested if turn.requested in FACT_SLOTS else None
        if turn.intent == "update_profile":  # the address told is the new one, not who they are
            return {}
        if turn.command or (expected is None and digresses(turn) and turn.requested):
            return {}
        if turn.requested is None:
            return facts_told(turn, text=turn.whole_text)
        return facts_told(turn, expected)

    def _skip(self, turn: Turn, form: FormTurn, slot: str) -> None:
        others = [name for name in FACT_SLOTS if name != slot]
        is_second = SKIPPED in (turn.slot(name) for name in others)
        if WILL_NOT.search(turn.text) or slot == "person_name" or is_second:
            form.finish(identity_declined=True)
        else:
            form.accept(**{slot: SKIPPED})

    def _read_answer(self, turn: Turn, form: FormTurn) -> None:
        if is_yes(turn):
            form.accept(identity_confirmed=True)
        elif is_no(turn):
            turn.say("utter_ask_correction")
            form.accept(identity_confirmed=None)
            turn.set(requested_slot=CONFIRMED)
        elif not digresses(turn):
            form.try_again(CONFIRMED)


def _note_order(turn: Turn, form: FormTurn, number: str) -> None:
    """An order's number before who it belongs to: kept, and what is to be shown."""
    form.accept(order_number=number)
    if not turn.slot("pending_action"):
        turn.set(pending_action="action_order_status", pending_level=str(Level.VERIFIED))


def facts_told(
    turn: Turn, expected: str | None = None, *, text: str | None = None
) -> dict[str, Any]:
    """Who the customer says to be in this message, as slots; only what was read."""
    told = turn.text if text is None else text
    facts = read_facts(told, expected=expected, names=list(turn.entities("person_name")))
    found = {"email": facts.email, "person_name": facts.name, "cap": facts.cap}
    return {slot: value for slot, value in found.items() if value}


def known_facts(turn: Turn) -> dict[str, str]:
    """What the customer has said of themselves in this conversation, claimed or not."""
    return {slot: value for slot in FACT_SLOTS if (value := _told(turn, slot)) is not None}


def _told(turn: Turn, slot: str) -> str | None:
    value = turn.slot(slot)
    return None if value in (None, SKIPPED) else str(value)


def _sum_up(turn: Turn) -> None:
    """Put together what is to be confirmed: the facts told, the place beside the CAP."""
    cap = _told(turn, "cap")
    place = place_name(cap) if cap else None
    code = turn.phrase("utter_cap", cap=f"{cap} ({place})" if place else cap) if cap else None
    told = [_told(turn, "person_name"), _told(turn, "email"), code]
    turn.set(identity_told=", ".join(fact for fact in told if fact))


class Identify(SkillAction):
    """All is told and confirmed: find the profile, or make one. The words are the same."""

    action: ClassVar[str] = "action_identify"

    def perform(self, turn: Turn) -> None:
        if turn.slot("identity_declined"):
            self._go_on_without(turn)
            return
        if is_proved_now(turn):
            turn.say("utter_recognised", name=first_name(turn))
            go_on(turn)
            return
        given, family = split_name(turn.slot("person_name"))
        facts = Facts(
            email=_told(turn, "email"),
            given_name=given,
            family_name=family,
            cap=_told(turn, "cap"),
        )
        customer = recognise(
            turn.session,
            turn.identity,
            facts,
            turn.language,
            f"conversation:{turn.conversation.id}",
        )
        turn.say("utter_recognised", name=given or customer.given_name or "")
        turn.set(tries=0, identity_confirmed=None)
        go_on(turn)

    def _go_on_without(self, turn: Turn) -> None:
        resume = turn.slot("pending_action")
        turn.set(pending_action=None, pending_level=None, tries=0)
        if resume == "action_open_ticket":
            turn.then(resume)
            return
        turn.set(identity_declined=None, later_wishes=None)
        turn.say("utter_cannot_without_identity")


class SendCode(SkillAction):
    """Sends a one-time code to the address on file and asks for it."""

    action: ClassVar[str] = "action_send_code"

    def perform(self, turn: Turn) -> None:
        customer = turn.customer
        if customer is None:
            turn.then(FORM)
            return
        try:
            code = codes.issue(turn.session, turn.identity, customer, self.tools.code_rules)
        except codes.CodesLocked:
            turn.say("utter_code_locked")
        except codes.TooManyCodes:
            turn.say("utter_too_many_codes")
        except codes.NoContact:
            turn.say("utter_no_contact_for_code")
            offer_contact(turn)
        else:
            minutes = int(self.tools.code_rules.lasting.total_seconds() // 60)
            queue_mail(
                turn.session,
                customer.email or "",
                turn.phrase("utter_mail_code_subject"),
                turn.phrase("utter_mail_code", code=code, minutes=minutes),
            )
            turn.set(otp_code=None, tries=0)
            turn.say("utter_code_sent", minutes=minutes)
            offer_contact(turn)
            turn.then("verify_form")
            return
        if turn.form != "verify_form":  # there, a code that was sent before may still come
            turn.set(pending_action=None, pending_level=None)


class ValidateVerifyForm(SkillAction):
    """Checks the code that the customer types."""

    action: ClassVar[str] = "validate_verify_form"

    def perform(self, turn: Turn) -> None:
        form = FormTurn(turn)
        code = "".join(character for character in turn.text if character.isdigit())
        if turn.requested is None or proves_nothing(turn):
            return
        if is_proved_now(turn):
            form.finish(code_outcome="accepted")
        elif len(code) == codes.DIGITS:
            self._check(turn, form, code)
        elif corrected := _corrected(turn):
            form.finish(**corrected, code_outcome="corrected")
        elif turn.intent in ("cannot_provide", "deny"):
            turn.say("utter_code_unreachable")
            form.accept(otp_code=None)
        elif not digresses(turn):
            form.try_again("otp_code")

    def _check(self, turn: Turn, form: FormTurn, code: str) -> None:
        try:
            codes.check(turn.session, turn.identity, code, self.tools.code_rules)
        except codes.CodesLocked:
            form.finish(code_outcome="locked")
        except codes.CodeExpired:
            form.finish(code_outcome="expired")
        except codes.WrongCode as wrong:
            turn.say("utter_wrong_code", left=wrong.left)
            form.accept(otp_code=None)
        else:
            form.accept(otp_code="accepted", code_outcome="accepted")


def _corrected(turn: Turn) -> dict[str, Any]:
    """Another address or name than the one the code was sent for; a bare number is a code."""
    if turn.command or (digresses(turn) and turn.intent != "update_profile"):
        return {}
    told = facts_told(turn)
    return told if told.keys() & {"email", "person_name"} or "cap" in turn.text.lower() else {}


class Verified(SkillAction):
    """What follows the code: on with the matter, or a way out."""

    action: ClassVar[str] = "action_verified"

    def perform(self, turn: Turn) -> None:
        outcome = turn.slot("code_outcome")
        turn.set(code_outcome=None, otp_code=None)
        if outcome == "accepted":
            go_on(turn)
            return
        if outcome == "corrected":
            turn.set(identity_confirmed=None)
            _sum_up(turn)
            turn.then(FORM)
            return
        turn.set(pending_action=None, pending_level=None, later_wishes=None)
        turn.say("utter_code_expired" if outcome == "expired" else "utter_code_locked")


def is_proved_now(turn: Turn) -> bool:
    """Whether the platform itself has just proved who speaks: they shared their own contact."""
    return turn.message.command == PROVED_COMMAND and turn.level == Level.VERIFIED


def proves_nothing(turn: Turn) -> bool:
    """Whether a contact was shared that is not on file; then it is said."""
    if turn.message.command != UNPROVED_COMMAND:
        return False
    turn.say("utter_contact_unknown")
    return True


def offer_contact(turn: Turn) -> None:
    """Where the platform can prove a number, a key is quicker than a code."""
    if turn.conversation.channel in CHANNELS_WITH_CONTACTS:
        turn.say("utter_share_contact")


class ForgetMe(SkillAction):
    """Somebody else uses this device now, or the customer wants to leave."""

    action: ClassVar[str] = "action_forget_me"

    def perform(self, turn: Turn) -> None:
        if turn.level == Level.ANONYMOUS and not known_facts(turn):  # there is nobody to forget
            turn.then("action_fallback")
            return
        forget(turn.session, turn.identity)
        turn.set(email=None, person_name=None, cap=None, identity_confirmed=None)
        turn.say("utter_forgotten")


def first_name(turn: Turn) -> str:
    """How to address the customer."""
    return (turn.customer.given_name if turn.customer else None) or ""


ACTIONS = (
    StartIdentification,
    ValidateIdentifyForm,
    Identify,
    SendCode,
    ValidateVerifyForm,
    Verified,
    ForgetMe,
)
