"""Products: found, recommended with a reason, explained, refused for good, taken."""

from collections.abc import Sequence
from typing import ClassVar

from actions.offering import card, choose, meant, name_of, note_became, reason
from actions.order import money
from actions.skill import SkillAction
from actions.turn import Turn
from crm.offer.campaigns import in_language, variants_of
from crm.offer.facets import facets_in
from crm.offer.models import OfferEvent, OfferOutcome, Product, Promotion
from crm.profile.assurance import reaches
from crm.profile.models import Level


class ProductSearch(SkillAction):
    """Shows the products that answer what was asked for."""

    action: ClassVar[str] = "action_product_search"

    def perform(self, turn: Turn) -> None:
        choices = choose(turn, turn.text)
        if not choices:
            turn.say("utter_no_products")
            return
        turn.say("utter_products", cards=[card(turn, choice) for choice in choices])


class Recommend(SkillAction):
    """Recommends for the need said; asks for it when nothing is said and nothing is known."""

    action: ClassVar[str] = "action_recommend"

    def perform(self, turn: Turn) -> None:
        states_need = bool(facets_in(turn.text) or turn.entity("product"))
        if not reaches(turn.level, Level.VERIFIED) and not states_need:
            turn.set(asked_need=True)
            turn.say("utter_ask_need")
            return
        turn.set(asked_need=None)
        choices = choose(turn, turn.text, states_need=states_need)
        if not choices:
            turn.say("utter_no_products")
            return
        turn.say("utter_recommendation", reason=reason(turn, choices[0].facts))
        turn.say("utter_products_suited", cards=[card(turn, choice) for choice in choices])


class WhyRecommended(SkillAction):
    """Says why something was chosen, in facts that this customer may hear (R21)."""

    action: ClassVar[str] = "action_why_recommended"

    def perform(self, turn: Turn) -> None:
        offer = next(iter(meant(turn)), None)
        if offer is None:
            self._answer_otherwise(turn)
            return
        note_became(turn, OfferOutcome.EXPLAINED, offer)
        turn.say("utter_why", product_name=name_of(turn, offer), reason=reason(turn, offer.facts))

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
        offers = meant(turn)
        if not offers:
            turn.say("utter_nothing_recommended")
            return
        for offer in offers:
            note_became(turn, OfferOutcome.REJECTED, offer)
        turn.say("utter_offer_rejected")


class AcceptOffer(SkillAction):
    """Shows where the product can be had."""

    action: ClassVar[str] = "action_accept_offer"

    def perform(self, turn: Turn) -> None:
        offer = next(iter(meant(turn)), None)
        if offer is None:
            turn.say("utter_nothing_recommended")
            return
        note_became(turn, OfferOutcome.ACCEPTED, offer)
        turn.say("utter_offer_accepted", product_name=name_of(turn, offer),
                 url=turn.tools.product_url.format(sku=offer.sku))  # fmt: skip


class TellMore(SkillAction):
    """How a product is used and a trick worth knowing; of a campaign, what it is and until when."""

    action: ClassVar[str] = "action_tell_more"

    def perform(self, turn: Turn) -> None:
        offer = next(iter(meant(turn)), None)
        if offer is None:
            turn.say("utter_nothing_recommended")
            return
        note_became(turn, OfferOutcome.OPENED, offer)
        if offer.promotion_id:
            _tell_campaign(turn, offer)
        else:
            _tell_product(turn, turn.session.get_one(Product, offer.sku))


def _tell_product(turn: Turn, product: Product) -> None:
    language, details = turn.language, product.attributes
    turn.say(
        "utter_product_details",
        product_name=product.name[language],
        description=product.description[language],
        how_to=details["how_to"][language],
        tip=details["tip"][language],
        price=money(turn, product.price),
    )


def _tell_campaign(turn: Turn, offer: OfferEvent) -> None:
    campaign = turn.session.get_one(Promotion, offer.promotion_id)
    wordings = {one.id: one.text for one in variants_of(campaign)}
    product = turn.session.get_one(Product, offer.sku)
    turn.say(
        "utter_campaign_details",
        campaign=in_language(campaign.name, turn.language),
        text=in_language(wordings.get(offer.variant or "", campaign.text), turn.language),
        ends_on=f"{campaign.ends_on:%d/%m/%Y}",
        product_name=product.name[turn.language],
        url=turn.tools.product_url.format(sku=product.sku),
    )


def offers_before(turn: Turn) -> Sequence[OfferEvent]:
    """What was shown in the answer to the message before this one."""
    before = turn.previous()
    return meant(turn, since=before.at) if before else ()


ACTIONS = (
    ProductSearch,
    Recommend,
    WhyRecommended,
    RejectOffer,
    AcceptOffer,
    TellMore,
)
