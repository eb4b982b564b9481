"""Says why an offer was chosen: one sentence from its facts, none above the level (R21)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy.orm import Session

from crm.offer.facets import Facet
from crm.offer.models import Product
from crm.offer.policy import OfferPolicy
from crm.profile.assurance import reaches
from crm.profile.models import Level

FACTS_IN_REASON = 2

# From which level on a fact may be told: what was said here is no secret, what is stored is.
TELLABLE: Mapping[str, Level] = {
    "said": Level.ANONYMOUS,
    "page": Level.ANONYMOUS,
    "near": Level.ANONYMOUS,
    "campaign": Level.ANONYMOUS,
    "near_home": Level.VERIFIED,
    "goes_with": Level.VERIFIED,
    "traits": Level.VERIFIED,
    "likes": Level.VERIFIED,
    "for_few": Level.VERIFIED,
}


class Phrase(Protocol):
    """A text of the bot's domain by its name and language, with values filled in."""

    def __call__(self, name: str, language: str, **values: object) -> str: ...


def tellable(facts: Mapping[str, Any], level: Level) -> dict[str, Any]:
    """The facts that may be told at a level; one that is not known here never is."""
    return {
        name: value
        for name, value in facts.items()
        if value and name in TELLABLE and reaches(level, TELLABLE[name])
    }


class Reasons:
    """Composes reasons in one language."""

    def __init__(
        self, session: Session, phrase: Phrase, language: str, policy: OfferPolicy | None = None
    ) -> None:
        self._session, self._phrase, self._language = session, phrase, language
        self._policy = policy or OfferPolicy()

    def reason(self, facts: Mapping[str, Any], level: Level) -> str:
        """The strongest fact that may be told, as the end of a sentence: "you bought …"."""
        told = tellable(facts, level)
        for name, compose in self._kinds.items():
            sentence = compose(told[name]) if name in told else None
            if sentence:
                return sentence
        return self._say("utter_reason_search")

    @property
    def _kinds(self) -> Mapping[str, Callable[[Any], str | None]]:
        """The kinds of facts, the strongest first."""
        return {
            "said": lambda facets: self._facets("utter_reason_said", facets),
            "goes_with": lambda sku: self._product("utter_reason_goes_with", sku),
            "traits": lambda facets: self._facets("utter_reason_trait", facets),
            "page": self._page,
            "likes": lambda _: self._say("utter_reason_likes"),
            "for_few": lambda _: self._say("utter_reason_for_few"),
            "near_home": self._near,
            "near": self._near,
            "campaign": lambda _: self._say("utter_reason_campaign"),
        }

    def _facets(self, response: str, facets: Sequence[Sequence[str]]) -> str:
        names = [Facet(*pair).say(self._language) for pair in facets]
        first = list(dict.fromkeys(names))[:FACTS_IN_REASON]
        return self._say(response, facts=f" {self._say('utter_and')} ".join(first))

    def _product(self, response: str, sku: str) -> str | None:
        product = self._session.get(Product, sku)
        return self._say(response, product=product.name[self._language]) if product else None

    def _page(self, page: str) -> str | None:
        return self._product("utter_reason_page", page) or self._say("utter_reason_page_category")

    def _near(self, shop: str) -> str | None:
        known = self._policy.shops.get(shop)
        return self._say("utter_reason_near", shop=known.name) if known else None

    def _say(self, response: str, **values: object) -> str:
        return self._phrase(response, self._language, **values)
