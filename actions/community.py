"""Questions that the bot cannot answer, put to people with the customer's yes; their answers."""

from collections.abc import Sequence
from typing import Any, ClassVar

from actions.forms import FormTurn, digresses, is_no, is_yes
from actions.identity import require
from actions.skill import SkillAction
from actions.turn import Turn
from crm.care.products import named_in, products_of, with_own_name_in
from crm.community.answering import LONGEST_ANSWER, take_answer, was_asked
from crm.community.asking import (
    LEAST_WORDS,
    NewQuestion,
    NoSuchQuestion,
    QuestionOver,
    open_question,
    put_question,
    question_in,
)
from crm.community.models import CommunityQuestion
from crm.consent.models import Purpose
from crm.consent.register import record_consent
from crm.offer.models import Product
from crm.profile.assurance import reaches
from crm.profile.facts import without_facts
from crm.profile.models import Level

ASK_FORM = "community_form"
ANSWER_FORM = "community_answer_form"
LONGEST_QUESTION = 500
ASKED_IN_VAIN = ("ask_question", "nlu_fallback", "product_search", "out_of_scope")


class AskCommunity(SkillAction):
    """Takes the question from the message, or the one asked in vain before it."""

    action: ClassVar[str] = "action_ask_community"

    def perform(self, turn: Turn) -> None:
        question = _question(turn)
        turn.set(
            community_question=question,
            community_product=_product(turn, question or ""),
            community_confirmed=None,
        )
        turn.then(ASK_FORM)


def _question(turn: Turn) -> str | None:
    told = question_in(_nameless(turn.text)) if turn.text else None
    if told:
        return told
    before = turn.previous()
    intent = ((before.understanding if before else None) or {}).get("intent", {}).get("name")
    if before is None or before.command or intent not in ASKED_IN_VAIN:
        return None
    asked = _nameless(before.text)
    return asked if len(asked.split()) >= LEAST_WORDS else None


def _nameless(text: str) -> str:
    """A text without e-mail addresses, numbers and the like."""
    return without_facts(text).strip()[:LONGEST_QUESTION]


def _product(turn: Turn, question: str) -> dict[str, Any]:
    """What the question is about: the kind of product, and the one if it is named."""
    categories = list(turn.entities("product"))
    before = turn.previous()
    if not categories and before is not None:
        entities = (before.understanding or {}).get("entities") or ()
        categories = [str(one["value"]) for one in entities if one["entity"] == "product"]
    named = named_in(question, _candidates(turn, question, categories), turn.language)
    product = named[0] if len(named) == 1 else None
    category = categories[0] if categories else product.category if product else None
    return {"category": category, "sku": product.sku if product else None}


def _candidates(turn: Turn, question: str, categories: list[str]) -> Sequence[Product]:
    """The products of the kinds that are named; where none is, those called by their own name."""
    if categories:
        return products_of(turn.session, categories)
    return with_own_name_in(turn.session, question)


class ValidateCommunityForm(SkillAction):
    """Reads the question, and an explicit yes; nothing unclear is one."""

    action: ClassVar[str] = f"validate_{ASK_FORM}"

    def perform(self, turn: Turn) -> None:
        form = FormTurn(turn)
        if turn.requested == "community_question":
            self._read_question(turn, form)
        elif turn.requested == "community_confirmed":
            self._read_answer(turn, form)

    def _read_question(self, turn: Turn, form: FormTurn) -> None:
        question = _nameless(turn.text)
        if is_no(turn):
            form.finish(community_confirmed=False)
        elif turn.message.command or len(question.split()) < LEAST_WORDS:
            if not digresses(turn):
                form.try_again("community_question")
        else:
            form.accept(community_question=question, community_product=_product(turn, question))

    def _read_answer(self, turn: Turn, form: FormTurn) -> None:
        if is_yes(turn):
            form.accept(community_confirmed=True)
        elif is_no(turn):
            form.finish(community_confirmed=False)
        elif not digresses(turn):
            form.try_again("community_confirmed")


class PutToCommunity(SkillAction):
    """Passes the question on, after the yes."""

    action: ClassVar[str] = "action_put_to_community"

    def perform(self, turn: Turn) -> None:
        question, about = turn.slot("community_question"), turn.slot("community_product") or {}
        agreed = turn.slot("community_confirmed") is True
        turn.set(community_question=None, community_product=None, community_confirmed=None)
        if not agreed or not question:
            turn.say("utter_community_not_asked")
            return
        put_question(
            turn.session,
            NewQuestion(
                text=question,
                language=turn.language,
                conversation_id=turn.conversation.id,
                customer_id=turn.customer.id if turn.customer else None,
                sku=about.get("sku"),
                category=about.get("category"),
            ),
        )
        turn.say("utter_community_asked")


class StartCommunityAnswer(SkillAction):
    """Somebody who was asked wants to answer."""

    action: ClassVar[str] = "action_start_community_answer"

    def perform(self, turn: Turn) -> None:
        question = _asked_here(turn, turn.entity("question_id"))
        if question is None:
            turn.say("utter_community_question_over")
            return
        turn.set(community_question_id=question.id, community_answer=None)
        turn.then(ANSWER_FORM)


def _asked_here(turn: Turn, question_id: object) -> CommunityQuestion | None:
    """The question if it was put in this conversation and is still open."""
    number = int(str(question_id)) if str(question_id or "").isdigit() else 0
    if not was_asked(turn.session, number, turn.conversation.id):
        return None
    try:
        return open_question(turn.session, number)
    except (NoSuchQuestion, QuestionOver):
        return None


class ValidateCommunityAnswerForm(SkillAction):
    """Whatever is written is the answer, unless it is a wish to stop."""

    action: ClassVar[str] = f"validate_{ANSWER_FORM}"

    def perform(self, turn: Turn) -> None:
        form = FormTurn(turn)
        if turn.requested != "community_answer" or turn.intent in ("stop", "request_human"):
            return
        answer = without_facts(turn.text).strip()[:LONGEST_ANSWER]
        if turn.message.command or len(answer.split()) < LEAST_WORDS:
            form.try_again("community_answer")
        else:
            form.accept(community_answer=answer)


class GiveCommunityAnswer(SkillAction):
    """Keeps the answer for the moderation."""

    action: ClassVar[str] = "action_give_community_answer"

    def perform(self, turn: Turn) -> None:
        answer, question_id = turn.slot("community_answer"), turn.slot("community_question_id")
        turn.set(community_answer=None, community_question_id=None)
        question = _asked_here(turn, question_id)
        if question is None or not answer:
            turn.say("utter_community_question_over")
            return
        take_answer(
            turn.session,
            question,
            answer,
            customer_id=turn.customer.id if turn.customer else None,
            conversation_id=turn.conversation.id,
        )
        turn.say("utter_community_answer_taken")


class JoinCommunity(SkillAction):
    """A yes to being asked about what one owns: only of who has proved who they are."""

    action: ClassVar[str] = "action_join_community"

    def perform(self, turn: Turn) -> None:
        if require(turn, Level.VERIFIED, self.action):
            _record(turn, granted=True)
            turn.say("utter_community_joined")


class LeaveCommunity(SkillAction):
    """A no counts at once, of whoever is recognised."""

    action: ClassVar[str] = "action_leave_community"

    def perform(self, turn: Turn) -> None:
        if reaches(turn.level, Level.CLAIMED):
            _record(turn, granted=False)
        turn.say("utter_community_left")


def _record(turn: Turn, *, granted: bool) -> None:
    assert turn.customer is not None
    record_consent(
        turn.session,
        turn.customer.id,
        Purpose.COMMUNITY,
        turn.conversation.channel,
        granted,
        source=f"conversation:{turn.conversation.id}",
        evidence=turn.message.text,
    )


ACTIONS = (
    AskCommunity,
    ValidateCommunityForm,
    PutToCommunity,
    StartCommunityAnswer,
    ValidateCommunityAnswerForm,
    GiveCommunityAnswer,
    JoinCommunity,
    LeaveCommunity,
)
