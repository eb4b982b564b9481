"""What may be offered in a conversation: the decision, its cards, what becomes of it."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from actions.order import money
from actions.turn import Turn
from crm.db import now
from crm.offer.campaigns import in_language
from crm.offer.decision import Decision, decide, offered
from crm.offer.models import OfferEvent, OfferOutcome, Product, Promotion, Purpose
from crm.offer.need import Found, Need, need_of
from crm.offer.outcomes import Offered, note, offers_meant
from crm.offer.reasons import Reasons
from crm.offer.recommend import Choice
from crm.offer.request import DecisionRequest, OfferKind
from knowledge.search import KnowledgeSearch

CANDIDATES = 40
SHOWN = 3


def need_in(turn: Turn, wanted: str) -> Need:
    """What the customer says they need, with what the catalogue has for it."""
    found = found_for(turn.tools.knowledge, wanted, turn.language)
    return need_of(wanted, found, set(turn.entities("product")))


def found_for(knowledge: KnowledgeSearch, wanted: str, language: str) -> list[Found]:
    """The products that search finds for a text, best first."""
    hits = knowledge.search(wanted, language, kinds=("product",), limit=CANDIDATES)
    return [Found(hit.document.id, hit.document.data["category"], hit.score) for hit in hits]


def request_in(turn: Turn, need: Need, purpose: Purpose, *kinds: OfferKind) -> DecisionRequest:
    """The conversation as a decision looks at it."""
    return DecisionRequest(
        customer_id=turn.customer.id if turn.customer else None,
        level=turn.level,
        conversation_id=turn.conversation.id,
        visitor=f"conversation {turn.conversation.id}",
        purpose=purpose,
        channel=turn.conversation.channel,
        said=need.said,
        candidates=need.candidates,
        states_need=need.is_stated,
        zone=turn.entity("cap"),
        budget=_budget(turn),
        language=turn.language,
        kinds=frozenset(kinds),
        limit=SHOWN,
    )


def choose(turn: Turn, wanted: str, *, states_need: bool = True) -> Sequence[Choice]:
    """The products to show, weighed and sifted for this customer: what search finds for a need, or
    what they like where they named none. They are written down as shown.
    """
    need = need_in(turn, wanted) if states_need else Need()
    if states_need and not need.is_stated:
        return []
    request = request_in(turn, need, Purpose.ANSWER, OfferKind.PRODUCT)
    decision = decide(turn.session, request, turn.tools.offers, turn.tools.finder)
    note_shown(turn, request, decision)
    return decision.choices


def _budget(turn: Turn) -> Decimal | None:
    """The most that the customer wants to spend, in euro."""
    try:
        amount = turn.entity("amount")
        return Decimal(amount) if amount else None
    except InvalidOperation:
        return None


def note_shown(turn: Turn, request: DecisionRequest, decision: Decision) -> None:
    """Write down that the choices were shown, the best one last: it is the one meant first."""
    together = now()
    for choice in reversed(decision.choices):
        note(
            turn.session,
            OfferOutcome.SHOWN,
            offered(choice, decision.id, request),
            conversation_id=turn.conversation.id,
            customer_id=turn.customer.id if turn.customer else None,
            at=together,
        )


def meant(turn: Turn, since: datetime | None = None) -> Sequence[OfferEvent]:
    """The offers that the customer speaks of, best first."""
    return offers_meant(turn.session, turn.conversation.id, turn.entity("sku"), since)


def note_became(turn: Turn, outcome: OfferOutcome, offer: OfferEvent) -> None:
    """Write down what became of an offer shown in this conversation."""
    note(
        turn.session,
        outcome,
        Offered.of(offer),
        conversation_id=turn.conversation.id,
        customer_id=turn.customer.id if turn.customer else None,
    )


def reason(turn: Turn, facts: dict[str, Any]) -> str:
    """One sentence from the facts an offer rests on, the strongest that may be told (R21)."""
    reasons = Reasons(turn.session, turn.tools.phrases.text, turn.language, turn.tools.offers)
    return reasons.reason(facts, turn.level)


def name_of(turn: Turn, offer: OfferEvent) -> str:
    """What to call an offer: its campaign, or its product."""
    if offer.promotion_id:
        campaign = turn.session.get_one(Promotion, offer.promotion_id)
        return in_language(campaign.name, turn.language)
    return str(turn.session.get_one(Product, offer.sku).name[turn.language])


def card(turn: Turn, choice: Choice) -> dict[str, Any]:
    """A product as a card with its buttons."""
    product = choice.product
    return {
        "title": product.name[turn.language],
        "subtitle": money(turn, product.price),
        "image": turn.tools.image_url.format(sku=product.sku),
        "url": turn.tools.product_url.format(sku=product.sku),
        "buttons": [
            _button(turn, "utter_button_more", "tell_more", product.sku),
            _button(turn, "utter_button_why", "why_recommended", product.sku),
            _button(turn, "utter_button_reject", "reject_offer", product.sku),
        ],
    }


def _button(turn: Turn, title: str, intent: str, sku: str) -> dict[str, str]:
    return {"title": turn.phrase(title), "payload": f'/{intent}{{"sku": "{sku}"}}'}
