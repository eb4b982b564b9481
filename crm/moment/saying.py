"""Says what a moment says: the words of the domain, filled in, into the customer's conversation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crm.conversation.buttons import make_pressable
from crm.conversation.log import append
from crm.conversation.models import Conversation, Message, Role, State
from crm.db import now
from crm.moment.customer_rules import Case
from crm.moment.declared import MomentPurpose, Moments
from crm.moment.offering import suggest
from crm.moment.places import Window
from crm.moment.verdict import Limits
from crm.offer.models import OfferOutcome, Product, Purpose
from crm.offer.outcomes import Offered, note
from crm.offer.policy import OfferPolicy
from crm.offer.recommend import Choice

# A response of the domain with its text and buttons, by name and language.
Variant = Callable[[str, str], Mapping[str, Any]]


class NothingToSay(LookupError):
    """What it was to be about is not there."""


class _Known(dict[str, str]):
    """Values for a text; one that is not there keeps the text from being said."""

    def __missing__(self, name: str) -> str:
        raise NothingToSay("value_missing")


@dataclass(frozen=True)
class Voice:
    """What is needed to speak first: declarations, limits, words, what platforms take.

    Attributes:
        offers: what the company decides about its offers.
        product_url, image_url: addresses with `{sku}` in them.
    """

    moments: Moments
    variant: Variant
    limits: Limits = field(default_factory=Limits)
    windows: Mapping[str, Window] = field(default_factory=dict)
    offers: OfferPolicy = field(default_factory=OfferPolicy)
    product_url: str = "/demo/products/{sku}"
    image_url: str = "/demo/images/{sku}.svg"


def say(case: Case, conversation: Conversation, voice: Voice) -> Message:
    """Put the message of a moment into the log, to be delivered like every other.

    Raises:
        NothingToSay: there is no product to speak of, or none that may be offered.
    """
    chosen = _chosen(case, conversation, voice.offers) if case.kind.offers else None
    product = chosen.product if chosen else _product(case)
    language = conversation.language
    values = _values(case, voice, product, language)
    variant = voice.variant(case.kind.say, language)
    message = append(
        case.session,
        conversation,
        role=Role.BOT,
        state=State.QUEUED,
        text=str(variant["text"]).format_map(_Known(values)).strip(),
        purpose=str(case.kind.purpose),
    )
    buttons = [_filled(button, values) for button in variant.get("buttons") or ()]
    message.buttons = make_pressable(case.session, message, buttons)
    if product is not None and case.kind.purpose == MomentPurpose.MARKETING:
        message.cards = [_card(voice, product, language)]
        _note_shown(case, conversation, chosen or Choice(product, 0.0))
    return message


def _chosen(case: Case, conversation: Conversation, policy: OfferPolicy) -> Choice:
    assert case.customer_id is not None
    chosen = suggest(
        case.session, case.customer_id, conversation.id, conversation.channel, case.at, policy
    )
    if chosen is None:
        raise NothingToSay("nothing_to_offer")
    case.moment.details = {**case.moment.details, "sku": chosen.product.sku}
    return chosen


def _product(case: Case) -> Product | None:
    if case.kind.about != "product":
        return None
    product = case.session.get(Product, case.moment.details.get("sku") or "")
    if product is None:
        raise NothingToSay("unknown_product")
    return product


def _values(case: Case, voice: Voice, product: Product | None, language: str) -> dict[str, str]:
    """What the words of a moment may name: what it is about, the product, who answers."""
    values = {key: str(value) for key, value in case.moment.details.items()}
    if "by" in values:
        values["by"] = str(voice.variant(f"utter_by_{values['by']}", language)["text"])
    values |= _words(product, language)
    if values.get("tip"):
        advice = str(voice.variant("utter_care_advice", language)["text"])
        values["advice"] = advice.format_map(values)
    return {"advice": "", **values}


def _words(product: Product | None, language: str) -> dict[str, str]:
    if product is None:
        return {}
    values = {"product": str(product.name[language]), "sku": product.sku}
    for name in ("how_to", "tip"):
        values[name] = str((product.attributes.get(name) or {}).get(language, ""))
    return values


def _filled(button: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    """A button with the values in its command; its braces are JSON's, not a format's."""
    filled = dict(button)
    for name, value in values.items():
        filled["payload"] = filled["payload"].replace("{" + name + "}", value.replace('"', "'"))
    return filled


def _card(voice: Voice, product: Product, language: str) -> dict[str, Any]:
    return {
        "title": product.name[language],
        "image": voice.image_url.format(sku=product.sku),
        "url": voice.product_url.format(sku=product.sku),
        "buttons": [],
    }


def _note_shown(case: Case, conversation: Conversation, chosen: Choice) -> None:
    note(
        case.session,
        OfferOutcome.SHOWN,
        Offered(
            chosen.product.sku,
            channel=conversation.channel,
            purpose=Purpose.PROACTIVE,
            facts={**chosen.facts, "moment": case.kind.name},
        ),
        conversation_id=conversation.id,
        customer_id=case.customer_id,
        at=now(),
    )


def responses_missing(voice: Voice, names: Sequence[str], languages: Sequence[str]) -> list[str]:
    """The responses that the declared moments name and that are not there."""

    def is_there(name: str) -> bool:
        try:
            return all(voice.variant(name, language).get("text") for language in languages)
        except LookupError:
            return False

    return [name for name in names if not is_there(name)]
