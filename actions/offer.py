"""Products: found, recommended with a reason, explained, refused for good, taken."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from actions.order import money
from actions.skill import SkillAction
from actions.turn import Turn
from crm.db import now
from crm.offer.eligibility import Circumstances
from crm.offer.facets import Facet, facets_in
from crm.offer.models import OfferEvent, OfferOutcome, Product
from crm.offer.recommend import Choice, note_outcome, offers_meant, recommend, rejected_skus
from crm.order.lookup import bought_skus
from crm.profile.assurance import reaches
from crm.profile.models import Level
from crm.profile.traits import current
from crm.ticket.desk import has_open_matter

CANDIDATES = 40
SHOWN = 3
FACTS_IN_REASON = 2

# Below this score even the best hit has little to do with what was asked for.
FOUND_SOMETHING = 0.25

# What is found at less than this share of the best hit's score is not what was meant.
WORTH_SHOWING = 0.5
TRAITS = ("skin", "hair")


class ProductSearch(SkillAction):
    """Shows the products that answer what was asked for."""

    action: ClassVar[str] = "action_product_search"

    def perform(self, turn: Turn) -> None:
        choices = choose(turn, turn.text)
        if not choices:
            turn.say("utter_no_products")
            return
        turn.say("utter_products", cards=[_card(turn, choice) for choice in choices])
        _note(turn, choices)


class Recommend(SkillAction):
    """Recommends for the need said; asks for it when nothing is said and nothing is known."""

    action: ClassVar[str] = "action_recommend"

    def perform(self, turn: Turn) -> None:
        knows_customer = reaches(turn.level, Level.VERIFIED)
        if not knows_customer and not facets_in(turn.text) and not turn.entity("product"):
            turn.set(asked_need=True)
            turn.say("utter_ask_need")
            return
        turn.set(asked_need=None)
        choices = choose(turn, turn.text)
        if not choices:
            turn.say("utter_no_products")
            return
        turn.say("utter_recommendation", reason=reason(turn, choices[0].facts))
        turn.say("utter_products_suited", cards=[_card(turn, choice) for choice in choices])
        _note(turn, choices)


class WhyRecommended(SkillAction):
    """Says why a product was chosen, in facts that this customer may hear (R21)."""

    action: ClassVar[str] = "action_why_recommended"

    def perform(self, turn: Turn) -> None:
        offer = next(iter(_meant(turn)), None)
        if offer is None:
            self._answer_otherwise(turn)
            return
        product = turn.session.get_one(Product, offer.sku)
        _outcome(turn, OfferOutcome.EXPLAINED, offer)
        turn.say(
            "utter_why", product_name=product.name[turn.language], reason=reason(turn, offer.facts)
        )

    def _answer_otherwise(self, turn: Turn) -> None:
        """Another why: "perché vuoi la mia email?" stands in the documents."""
        found = turn.tools.knowledge.answer(turn.text, turn.language, level=str(turn.level))
        if turn.text and found.confident and found.hit is not None:
            turn.say("utter_answer", answer=found.hit.document.text)
        else:
            turn.say("utter_nothing_recommended")


class RejectOffer(SkillAction):
    """Remembers what is not wanted and offers nothing in its place."""

    action: ClassVar[str] = "action_reject_offer"

    def perform(self, turn: Turn) -> None:
        offers = _meant(turn)
        if not offers:
            turn.say("utter_nothing_recommended")
            return
        for offer in offers:
            _outcome(turn, OfferOutcome.REJECTED, offer)
        turn.say("utter_offer_rejected")


class AcceptOffer(SkillAction):
    """Shows where the product can be had."""

    action: ClassVar[str] = "action_accept_offer"

    def perform(self, turn: Turn) -> None:
        offer = next(iter(_meant(turn)), None)
        if offer is None:
            turn.say("utter_nothing_recommended")
            return
        product = turn.session.get_one(Product, offer.sku)
        _outcome(turn, OfferOutcome.ACCEPTED, offer)
        turn.say("utter_offer_accepted", product_name=product.name[turn.language],
                 url=turn.tools.product_url.format(sku=product.sku))  # fmt: skip


class TellMore(SkillAction):
    """How a product is used and a trick worth knowing."""

    action: ClassVar[str] = "action_tell_more"

    def perform(self, turn: Turn) -> None:
        offer = next(iter(_meant(turn)), None)
        if offer is None:
            turn.say("utter_nothing_recommended")
            return
        product = turn.session.get_one(Product, offer.sku)
        language, details = turn.language, product.attributes
        _outcome(turn, OfferOutcome.OPENED, offer)
        turn.say(
            "utter_product_details",
            product_name=product.name[language],
            description=product.description[language],
            how_to=details["how_to"][language],
            tip=details["tip"][language],
            price=money(turn, product.price),
        )


def choose(turn: Turn, wanted: str) -> list[Choice]:
    """The products to show: what search finds, weighed and sifted for this customer."""
    hits = turn.tools.knowledge.search(wanted, turn.language, kinds=("product",), limit=CANDIDATES)
    kinds = set(turn.entities("product"))
    hits = [hit for hit in hits if hit.document.data["category"] in kinds] or hits
    best = hits[0].score if hits else 0.0
    if best < FOUND_SOMETHING and not kinds and not facets_in(wanted):
        return []
    relevance = {
        hit.document.id: hit.score / best for hit in hits if hit.score >= WORTH_SHOWING * best > 0
    }
    choices, _ = recommend(turn.session, relevance, circumstances(turn, wanted), SHOWN)
    return choices


def circumstances(turn: Turn, wanted: str) -> Circumstances:
    """What may be considered: below `verified`, nothing that is stored of the customer."""
    customer = turn.customer
    rejected = rejected_skus(turn.session, turn.conversation.id, customer.id if customer else None)
    said = frozenset(facets_in(wanted))
    budget = _budget(turn)
    if customer is None or not reaches(turn.level, Level.VERIFIED):
        return Circumstances(said=said, rejected=rejected, budget=budget)
    bought = frozenset(bought_skus(turn.session, customer.id))
    owned = [turn.session.get(Product, sku) for sku in bought]
    return Circumstances(
        said=said,
        traits=_told_traits(turn, customer.id),
        rejected=rejected,
        budget=budget,
        bought=bought,
        bought_categories=frozenset(product.category for product in owned if product),
        has_open_matter=has_open_matter(turn.session, customer.id),
    )


def _budget(turn: Turn) -> Decimal | None:
    """The most that the customer wants to spend, in euro."""
    try:
        amount = turn.entity("amount")
        return Decimal(amount) if amount else None
    except InvalidOperation:
        return None


def _told_traits(turn: Turn, customer_id: int) -> frozenset[Facet]:
    known = current(turn.session, customer_id)
    return frozenset(
        Facet(name, str(trait.value)) for name, trait in known.items() if name in TRAITS
    )


def reason(turn: Turn, facts: dict[str, Any]) -> str:
    """One sentence from the facts an offer rests on, the strongest first."""
    said = [Facet(*pair).say(turn.language) for pair in facts.get("said") or ()]
    if said:
        return turn.phrase("utter_reason_said", facts=_join(turn, said))
    verified = reaches(turn.level, Level.VERIFIED)
    if verified and facts.get("goes_with"):
        owned = turn.session.get(Product, facts["goes_with"])
        if owned is not None:
            return turn.phrase("utter_reason_goes_with", product=owned.name[turn.language])
    traits = [Facet(*pair).say(turn.language) for pair in facts.get("traits") or ()]
    if verified and traits:
        return turn.phrase("utter_reason_trait", facts=_join(turn, traits))
    return turn.phrase("utter_reason_search")


def _join(turn: Turn, names: Sequence[str]) -> str:
    first = list(dict.fromkeys(names))[:FACTS_IN_REASON]
    return f" {turn.phrase('utter_and')} ".join(first)


def _card(turn: Turn, choice: Choice) -> dict[str, Any]:
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


def _note(turn: Turn, choices: Sequence[Choice]) -> None:
    together = now()
    for choice in reversed(choices):
        note_outcome(
            turn.session,
            OfferOutcome.SHOWN,
            choice.product.sku,
            conversation_id=turn.conversation.id,
            customer_id=turn.customer.id if turn.customer else None,
            facts=choice.facts,
            at=together,
        )


def _meant(turn: Turn, since: datetime | None = None) -> Sequence[OfferEvent]:
    return offers_meant(turn.session, turn.conversation.id, turn.entity("sku"), since)


def offers_before(turn: Turn) -> Sequence[OfferEvent]:
    """What was shown in the answer to the message before this one."""
    before = turn.previous()
    return _meant(turn, since=before.at) if before else ()


def _outcome(turn: Turn, outcome: OfferOutcome, offer: OfferEvent) -> None:
    note_outcome(
        turn.session,
        outcome,
        offer.sku,
        conversation_id=turn.conversation.id,
        customer_id=turn.customer.id if turn.customer else None,
        facts=offer.facts,
    )


ACTIONS = (
    ProductSearch,
    Recommend,
    WhyRecommended,
    RejectOffer,
    AcceptOffer,
    TellMore,
)
