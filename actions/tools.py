"""What the skills need from outside; put together by the app."""

from dataclasses import dataclass, field

from actions.phrases import Phrases
from crm.conversation.calling import NO_RULES, CallingRules
from crm.conversation.hours import OpeningHours
from crm.db import Database
from crm.offer.policy import OfferPolicy
from crm.profile.codes import CodeRules
from knowledge.candidates import CandidateFinder
from knowledge.search import KnowledgeSearch


@dataclass(frozen=True)
class Tools:
    """The database, the bot's texts, what it knows, and the company's rules."""

    database: Database
    phrases: Phrases
    knowledge: KnowledgeSearch
    code_rules: CodeRules
    hours: OpeningHours
    calling: CallingRules = NO_RULES
    product_url: str = "/demo/products/{sku}"
    image_url: str = "/demo/images/{sku}.svg"
    export_url: str = "/privacy/data/{token}"
    consent_url: str = "/privacy/consent/{token}"
    offers: OfferPolicy = field(default_factory=OfferPolicy)
    finder: CandidateFinder = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "finder", CandidateFinder(self.knowledge))
