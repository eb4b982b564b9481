"""Offers with the company's settings, and the need that a text states."""

from app.settings import Settings
from crm.offer.eligibility import RULE_NAMES
from crm.offer.need import Found, Need, need_of
from crm.offer.policy import OfferPolicy, read_policy
from knowledge.search import KnowledgeSearch

CANDIDATES = 40


def offer_policy(settings: Settings) -> OfferPolicy:
    """What the company decides about its offers.

    Raises:
        BadPolicy
    """
    return read_policy(settings.offers, RULE_NAMES)


def need_finder(knowledge: KnowledgeSearch):  # type: ignore[no-untyped-def]
    """Finds what a text asks for, in a language."""

    def find(text: str, language: str) -> Need:
        hits = knowledge.search(text, language, kinds=("product",), limit=CANDIDATES)
        return need_of(
            text, [Found(one.document.id, one.document.data["category"], one.score) for one in hits]
        )

    return find
