"""Offers with the company's settings, and the need that a text states."""

from collections.abc import Callable

from actions.offering import found_for
from app.settings import Settings
from crm.offer.eligibility import RULE_NAMES
from crm.offer.need import Need, need_of
from crm.offer.policy import OfferPolicy, read_policy
from knowledge.search import KnowledgeSearch


def offer_policy(settings: Settings) -> OfferPolicy:
    """What the company decides about its offers.

    Raises:
        BadPolicy
    """
    return read_policy(settings.offers, RULE_NAMES)


def need_finder(knowledge: KnowledgeSearch) -> Callable[[str, str], Need]:
    """Finds what a text asks for, in a language."""

    def find(text: str, language: str) -> Need:
        return need_of(text, found_for(knowledge, text, language))

    return find
