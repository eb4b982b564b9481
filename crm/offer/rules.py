"""Reasons not to offer: a rule is one class, with its name and the promise of the design it keeps.

Three kinds: about the moment (nothing at all is offered), about a product, about a campaign.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

from crm.offer.circumstances import Circumstances
from crm.offer.facets import facets_of
from crm.offer.models import Product, Promotion, Purpose

# Bought once, these serve for years: another one is no offer.
DURABLE = frozenset(
    [
        "hair_dryer",
        "straightener",
        "curler",
        "shaver",
        "epilator",
        "electric_toothbrush",
        "facial_device",
        "massager",
        "scale",
        "humidifier",
        "air_purifier",
        "iron",
        "vacuum",
        "kettle",
        "hair_clipper",
    ]
)
GROWN_UPS = frozenset(["women", "men"])
FOR_THE_SMALL = frozenset(["babies", "children"])


class Named(ABC):
    """A rule has a name, by which it can be switched off; `keeps` is the promise it keeps: R14."""

    name: ClassVar[str]
    keeps: ClassVar[str]


class Rule(Named):
    """A reason not to offer a product."""

    @abstractmethod
    def allows(self, product: Product, now: Circumstances) -> bool:
        """Whether the product may be offered."""


class MomentRule(Rule):
    """A reason to offer nothing at all now."""

    @abstractmethod
    def opens(self, now: Circumstances) -> bool:
        """Whether something may be offered."""

    def allows(self, product: Product, now: Circumstances) -> bool:
        return self.opens(now)


class CampaignRule(Named):
    """A reason not to show a campaign."""

    @abstractmethod
    def shows(self, campaign: Promotion, now: Circumstances) -> bool:
        """Whether the campaign may be shown."""


class NothingOpen(MomentRule):
    """R14: while a complaint, a return or a fault is open nothing is promoted; a question is
    still answered."""

    name, keeps = "nothing_open", "R14"

    def opens(self, now: Circumstances) -> bool:
        return now.purpose == Purpose.ANSWER or not now.has_open_matter


class Consented(MomentRule):
    """R5: what nobody asked for needs the consent to marketing on that channel."""

    name, keeps = "consented", "R5"

    def opens(self, now: Circumstances) -> bool:
        return not now.purpose.is_unasked or now.consents


class GoodMood(MomentRule):
    """R16: an angry message or a bad review a short while ago silences promotions."""

    name, keeps = "good_mood", "R16"

    def opens(self, now: Circumstances) -> bool:
        return not now.purpose.is_unasked or not now.is_displeased


class NotTooOften(MomentRule):
    """R20: so many offers a day and a week, no more."""

    name, keeps = "not_too_often", "R20"

    def opens(self, now: Circumstances) -> bool:
        return not now.purpose.is_unasked or not now.is_capped


class NotAtNight(MomentRule):
    """R20: no message in quiet hours; who looks at a page is awake."""

    name, keeps = "not_at_night", "R20"

    def opens(self, now: Circumstances) -> bool:
        return now.purpose != Purpose.PROACTIVE or not now.is_quiet


class NotRefused(Rule):
    """R17: "non mi interessa" is remembered."""

    name, keeps = "not_refused", "R17"

    def allows(self, product: Product, now: Circumstances) -> bool:
        return product.sku not in now.rejected


class NotBoughtAlready(Rule):
    """R15: not the thing just bought, nor a second one of what lasts for years."""

    name, keeps = "not_bought_already", "R15"

    def allows(self, product: Product, now: Circumstances) -> bool:
        if product.sku in now.bought:
            return False
        return product.category not in DURABLE or product.category not in now.bought_categories


class GoesWithWhatWasJustBought(Rule):
    """R15: just bought X, no unrelated Y, unless it answers what is being said."""

    name, keeps = "goes_with_what_was_just_bought", "R15"

    def allows(self, product: Product, now: Circumstances) -> bool:
        if not now.purpose.is_unasked or not now.just_bought or now.has_need:
            return True
        goes_with = set(product.attributes.get("goes_with") or ())
        return product.sku in now.goes_with_it or bool(goes_with & now.just_bought)


class InStock(Rule):
    """What is sold out everywhere is no offer."""

    name, keeps = "in_stock", "R19"

    def allows(self, product: Product, now: Circumstances) -> bool:
        return not product.stock or any(product.stock.values())


class ForThisPerson(Rule):
    """R17: for whom it is wanted, as far as that was said; else as facts show it."""

    name, keeps = "for_this_person", "R17"

    def allows(self, product: Product, now: Circumstances) -> bool:
        wanted = {facet.value for facet in now.said if facet.attribute == "for_whom"}
        made_for = set(product.attributes.get("for_whom") or ("everyone",))
        if wanted:
            return bool(made_for & (wanted | {"everyone"}))
        is_known = bool(now.shops_for & GROWN_UPS) and not now.has_need
        others = frozenset({"everyone"}) if is_known else made_for - FOR_THE_SMALL
        return bool(made_for & (now.shops_for | others))


class NoContradiction(Rule):
    """R18: dry skin gets nothing for oily skin."""

    name, keeps = "no_contradiction", "R18"

    def allows(self, product: Product, now: Circumstances) -> bool:
        for attribute in ("skin", "hair"):
            wanted = {facet.value for facet in now.said if facet.attribute == attribute}
            fits = {facet.value for facet in facets_of(product.attributes)
                    if facet.attribute == attribute}  # fmt: skip
            if wanted and fits and not wanted & fits:
                return False
        return True


class AnswersTheNeed(Rule):
    """R18: looking for an investment, no loan: the offer answers the need just said."""

    name, keeps = "answers_the_need", "R18"

    def allows(self, product: Product, now: Circumstances) -> bool:
        if now.purpose == Purpose.ANSWER or not now.has_need:
            return True
        if now.related or now.related_categories:
            return product.sku in now.related or product.category in now.related_categories
        return bool(now.said & set(facets_of(product.attributes)))


class WithinBudget(Rule):
    """R18: what costs more than the customer named is no answer."""

    name, keeps = "within_budget", "R18"

    def allows(self, product: Product, now: Circumstances) -> bool:
        return now.budget is None or product.price <= now.budget


class InZone(CampaignRule):
    """R19: a campaign of some provinces is for who lives there."""

    name, keeps = "in_zone", "R19"

    def shows(self, campaign: Promotion, now: Circumstances) -> bool:
        return not campaign.zone or now.province in campaign.zone


class OnChannel(CampaignRule):
    """R20: the right channel."""

    name, keeps = "on_channel", "R20"

    def shows(self, campaign: Promotion, now: Circumstances) -> bool:
        return not campaign.channels or now.channel in campaign.channels


class InAudience(CampaignRule):
    """R8: a campaign for some customers is for who is among them now, and is surely that."""

    name, keeps = "in_audience", "R8"

    def shows(self, campaign: Promotion, now: Circumstances) -> bool:
        return not campaign.audience or campaign.id in now.audiences


class CampaignNotRefused(CampaignRule):
    """R17: a campaign refused stays refused."""

    name, keeps = "campaign_not_refused", "R17"

    def shows(self, campaign: Promotion, now: Circumstances) -> bool:
        return campaign.id not in now.rejected_campaigns


class UnderItsCap(CampaignRule):
    """R20: one customer is shown a campaign so often, all of them so often. Who asks is told."""

    name, keeps = "under_its_cap", "R20"

    def shows(self, campaign: Promotion, now: Circumstances) -> bool:
        return not now.purpose.is_unasked or campaign.id not in now.capped
