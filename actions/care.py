"""How what was bought is used and how it goes; a bad answer becomes a ticket, a good one thanks."""

from collections.abc import Sequence
from typing import ClassVar

from actions.skill import SkillAction
from actions.turn import Turn
from crm.care.products import (
    asked_about,
    asks_how_to,
    named_in,
    owned,
    products_of,
    says_mine,
)
from crm.consent.models import Purpose
from crm.consent.register import current_consents
from crm.offer.models import Product
from crm.profile.assurance import reaches
from crm.profile.facts import without_facts
from crm.profile.models import Level
from crm.ticket.categorise import category_of
from crm.ticket.models import TicketCategory
from crm.ticket.telling import tells_a_problem

FORM = "ticket_form"
MOST_TO_CHOOSE_FROM = 5


class CareGood(SkillAction):
    """It goes well: thanked, and asked once whether others may profit from it."""

    action: ClassVar[str] = "action_care_good"

    def perform(self, turn: Turn) -> None:
        turn.say("utter_care_thanks_again" if _was_invited(turn) else "utter_care_thanks")


def _was_invited(turn: Turn) -> bool:
    """Whether there is nobody to invite, or they have said yes or no before."""
    if turn.customer is None or not reaches(turn.level, Level.VERIFIED):
        return True
    held = current_consents(turn.session, turn.customer.id)
    return any(purpose == Purpose.COMMUNITY for purpose, _ in held)


class CareBad(SkillAction):
    """It goes badly: a ticket about that product, as from any other message."""

    action: ClassVar[str] = "action_care_bad"

    def perform(self, turn: Turn) -> None:
        product = turn.session.get(Product, turn.entity("sku") or answers_care(turn) or "")
        name = str(product.name[turn.language]) if product else None
        if name:
            turn.say("utter_care_sorry", product_name=name)
        turn.set(ticket_product=name, ticket_description=None, ticket_category=None)
        description = without_facts(turn.text)
        category = category_of(description)
        if tells_a_problem(description) and category != TicketCategory.OTHER:
            turn.set(ticket_description=description, ticket_category=str(category))
        turn.then(FORM)


class CareHow(SkillAction):
    """How a product is used, and a trick worth knowing."""

    action: ClassVar[str] = "action_care_how"

    def perform(self, turn: Turn) -> None:
        product = turn.session.get(Product, turn.entity("sku") or "")
        if product is None:
            turn.say("utter_ask_your_question")
            return
        _tell(turn, product)


class TakeThanks(SkillAction):
    """Thanks ("tutto bene, grazie"): about how it goes, or about what was done."""

    action: ClassVar[str] = "action_take_thanks"

    def perform(self, turn: Turn) -> None:
        if answers_care(turn):
            turn.then(CareGood.action)
        else:
            turn.say("utter_glad_to_help")


def answers_care(turn: Turn) -> str | None:
    """The product that the message is about, where it answers the question how that one goes."""
    return asked_about(turn.session, turn.message)


def tell_how_to(turn: Turn, question: str) -> bool:
    """Answer a question about use from the product that was named or bought; False where there is
    none such and the documents may know better.
    """
    if not asks_how_to(question):
        return False
    products = _products_meant(turn)
    named = named_in(question, products, turn.language)
    if len(named) == 1:
        _tell(turn, named[0])
        return True
    if not says_mine(question):
        return False
    return _tell_owned(turn, products)


def _tell_owned(turn: Turn, products: Sequence[Product]) -> bool:
    """Of who has proved who they are, the one that they bought; else they choose."""
    mine: Sequence[Product] = ()
    if turn.customer is not None and reaches(turn.level, Level.VERIFIED):
        mine = owned(turn.session, turn.customer.id, products)
    if len(mine) == 1:
        _tell(turn, mine[0])
        return True
    return ask_which(turn, mine or products)


def ask_which_meant(turn: Turn, question: str) -> bool:
    """Ask which product of a kind is meant, where nothing else answers; False if none is."""
    return asks_how_to(question) and ask_which(turn, _products_meant(turn))


def ask_which(turn: Turn, products: Sequence[Product]) -> bool:
    """Let the customer choose among a few products."""
    if not products:
        return False
    turn.say(
        "utter_care_which",
        buttons=[_button(turn, product) for product in products[:MOST_TO_CHOOSE_FROM]],
    )
    return True


def _products_meant(turn: Turn) -> Sequence[Product]:
    return products_of(turn.session, list(turn.entities("product")))


def _button(turn: Turn, product: Product) -> dict[str, str]:
    return {
        "title": str(product.name[turn.language]),
        "payload": f'/care_how{{"sku": "{product.sku}"}}',
    }


def _tell(turn: Turn, product: Product) -> None:
    language, details = turn.language, product.attributes
    name = product.name[language]
    if details.get("how_to") and details.get("tip"):
        turn.say("utter_care_how_to", product_name=name, how_to=details["how_to"][language],
                 tip=details["tip"][language])  # fmt: skip
    else:
        turn.say("utter_care_plain", product_name=name, description=product.description[language])


ACTIONS = (CareGood, CareBad, CareHow, TakeThanks)
