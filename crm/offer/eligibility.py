"""What may be offered now: every rule that is switched on, and a trace of what each removed."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from crm.offer.circumstances import Circumstances
from crm.offer.models import Product, Promotion
from crm.offer.policy import OfferPolicy
from crm.offer.rules import (
    DURABLE,
    AnswersTheNeed,
    CampaignNotRefused,
    CampaignRule,
    Consented,
    ForThisPerson,
    GoesWithWhatWasJustBought,
    GoodMood,
    InAudience,
    InStock,
    InZone,
    MomentRule,
    Named,
    NoContradiction,
    NotAtNight,
    NotBoughtAlready,
    NothingOpen,
    NotRefused,
    NotTooOften,
    OnChannel,
    Rule,
    UnderItsCap,
    WithinBudget,
)

__all__ = [
    "CAMPAIGN_RULES", "DURABLE", "MOMENT_RULES", "NO_PRODUCT", "PRODUCT_RULES", "RULES",
    "RULE_NAMES", "Circumstances", "Trace", "eligible", "eligible_campaigns", "keeps", "silencing",
]  # fmt: skip

MOMENT_RULES: tuple[MomentRule, ...] = (
    NothingOpen(),
    Consented(),
    GoodMood(),
    NotTooOften(),
    NotAtNight(),
)
PRODUCT_RULES: tuple[Rule, ...] = (
    NotRefused(),
    NotBoughtAlready(),
    InStock(),
    ForThisPerson(),
    NoContradiction(),
    AnswersTheNeed(),
    WithinBudget(),
    GoesWithWhatWasJustBought(),
)
CAMPAIGN_RULES: tuple[CampaignRule, ...] = (
    InZone(),
    OnChannel(),
    InAudience(),
    CampaignNotRefused(),
    UnderItsCap(),
)
RULES: tuple[Rule, ...] = (*PRODUCT_RULES, *MOMENT_RULES)

# Not a rule to be switched off: a campaign needs a product that may be offered.
NO_PRODUCT = "no_product_left"
_EVERY: tuple[Named, ...] = (*RULES, *CAMPAIGN_RULES)
_BY_NAME = {rule.name: rule for rule in _EVERY}
RULE_NAMES = frozenset(_BY_NAME)


def keeps(name: str) -> str:
    """The promise that a rule keeps: R14."""
    return _BY_NAME[name].keeps if name in _BY_NAME else "R15"


@dataclass
class Trace:
    """Which rule removed what; `silenced_by` are the rules because of which nothing is offered.

    Attributes:
        considered: how many products and campaigns there were to choose from.
        switched_off: rules that the company has switched off.
    """

    removed: dict[str, str] = field(default_factory=dict)
    silenced_by: tuple[str, ...] = ()
    considered: int = 0
    switched_off: tuple[str, ...] = ()


def silencing(now: Circumstances, policy: OfferPolicy) -> tuple[str, ...]:
    """The rules because of which nothing may be offered now."""
    on = (rule for rule in MOMENT_RULES if policy.is_on(rule.name))
    return tuple(rule.name for rule in on if not rule.opens(now))


def eligible(
    products: Iterable[Product],
    now: Circumstances,
    rules: Sequence[Rule] = RULES,
    policy: OfferPolicy | None = None,
) -> tuple[list[Product], Trace]:
    """The products that every rule allows, and the trace of those it does not."""
    on = [rule for rule in rules if policy is None or policy.is_on(rule.name)]
    trace, allowed = Trace(), []
    for product in products:
        against = next((rule.name for rule in on if not rule.allows(product, now)), None)
        if against is None:
            allowed.append(product)
        else:
            trace.removed[product.sku] = against
    return allowed, trace


def eligible_campaigns(
    campaigns: Iterable[Promotion],
    now: Circumstances,
    policy: OfferPolicy | None = None,
    note: Callable[[str, str], None] = lambda campaign, rule: None,
) -> list[Promotion]:
    """The campaigns that every rule of campaigns shows; `note` hears of the others."""
    on = [rule for rule in CAMPAIGN_RULES if policy is None or policy.is_on(rule.name)]
    shown = []
    for campaign in campaigns:
        against = next((rule.name for rule in on if not rule.shows(campaign, now)), None)
        if against is None:
            shown.append(campaign)
        else:
            note(campaign.id, against)
    return shown
