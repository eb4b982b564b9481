"""What the customer allows and forbids, a copy of their data, its erasure."""

from datetime import timedelta
from typing import ClassVar

from actions.forms import FormTurn, digresses, insists, is_no, is_yes
from actions.identity import require
from actions.skill import SkillAction
from actions.turn import Turn
from crm.consent.models import Purpose
from crm.consent.opt_in import ask_opt_in
from crm.consent.register import record_consent, withdraw_all
from crm.mail.outbox import queue_mail
from crm.privacy.links import make_link
from crm.privacy.models import LinkPurpose
from crm.privacy.requests import ask_erasure
from crm.profile.assurance import reaches
from crm.profile.models import Customer, Level
from crm.ticket.desk import NewTicket, open_ticket
from crm.ticket.models import TicketCategory

PRIVACY_FORM = "privacy_form"
MAILINGS = ("email", "sms", "whatsapp", "telegram")
EXPORT_HOURS = 24


class Subscribe(SkillAction):
    """Gives consent to news and offers, on the channels named or by e-mail.

    Whoever has not proved who they are confirms it through a link mailed to the address on file.
    """

    action: ClassVar[str] = "action_subscribe"

    def perform(self, turn: Turn) -> None:
        evidence = _consent_words(turn, "subscribe")
        if not require(turn, Level.CLAIMED, self.action):
            return
        assert turn.customer is not None
        channels = [name for name in MAILINGS if name in evidence.lower()] or ["email"]
        turn.set(consent_words=None)
        if reaches(turn.level, Level.VERIFIED):
            for channel in channels:
                _record(turn, turn.customer.id, channel, evidence)
            turn.say("utter_subscribed", channels=", ".join(channels))
        else:
            _ask_to_confirm(turn, turn.customer, channels, evidence)
            turn.say("utter_confirm_subscription", channels=", ".join(channels))


def _ask_to_confirm(turn: Turn, customer: Customer, channels: list[str], evidence: str) -> None:
    """The same is said whether or not there is an address to write to: nobody learns of it."""
    if not customer.email:
        return
    token = ask_opt_in(
        turn.session, customer, Purpose.MARKETING, channels,
        source=f"conversation:{turn.conversation.id}", evidence=evidence, language=turn.language,
    )  # fmt: skip
    link = turn.tools.consent_url.format(token=token)
    _mail(
        turn,
        customer.email,
        "utter_mail_opt_in_subject",
        "utter_mail_opt_in",
        channels=", ".join(channels),
        link=link,
    )


def _mail(turn: Turn, to: str, subject: str, text: str, **values: object) -> None:
    queue_mail(turn.session, to, turn.phrase(subject), turn.phrase(text, **values))


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
    """A copy of one's data or its erasure: proved first, read back, then done."""

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
        if turn.requested is None:
            return
        if is_yes(turn) or insists(turn, turn.slot("privacy_wish")):
            form.accept(privacy_confirmed=True)
        elif digresses(turn):
            return
        elif is_no(turn):
            form.finish(privacy_confirmed=False)
        else:
            form.try_again("privacy_confirmed")


class PrivacyRequest(SkillAction):
    """Does what was asked for, after the yes of somebody who has proved who they are."""

    action: ClassVar[str] = "action_privacy_request"

    def perform(self, turn: Turn) -> None:
        wish, agreed = turn.slot("privacy_wish"), turn.slot("privacy_confirmed") is True
        turn.set(privacy_confirmed=None)
        if not agreed or not wish:
            turn.set(privacy_wish=None)
            turn.say("utter_nothing_changed")
            return
        if not require(turn, Level.VERIFIED, StartPrivacyRequest.action):
            return
        assert turn.customer is not None
        turn.set(privacy_wish=None)
        if wish == "erase_data":
            ask_erasure(turn.session, turn.customer)
            turn.say("utter_erasure_begun")
        elif turn.customer.email:
            _mail_copy(turn, turn.customer, turn.customer.email)
            turn.say("utter_export_mailed", hours=EXPORT_HOURS)
        else:
            self._pass_on(turn, turn.customer, wish)

    def _pass_on(self, turn: Turn, customer: Customer, wish: str) -> None:
        """Without an address to write to, people look after it."""
        ticket = open_ticket(
            turn.session,
            NewTicket(
                category=TicketCategory.ACCOUNT,
                description=turn.phrase(f"utter_subject_{wish}"),
                customer_id=customer.id,
                conversation_id=turn.conversation.id,
                actor="bot",
            ),
        )
        turn.say("utter_privacy_request_opened", ticket_number=ticket.number)


def _mail_copy(turn: Turn, customer: Customer, to: str) -> None:
    lasting = timedelta(hours=EXPORT_HOURS)
    token = make_link(turn.session, customer, LinkPurpose.EXPORT, lasting, turn.language)
    link = turn.tools.export_url.format(token=token)
    _mail(turn, to, "utter_mail_export_subject", "utter_mail_export", link=link, hours=EXPORT_HOURS)


ACTIONS = (Subscribe, Unsubscribe, StartPrivacyRequest, ValidatePrivacyForm, PrivacyRequest)
