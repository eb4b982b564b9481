"""A small shop in a real database, on which decisions are tried."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from crm.consent.models import Purpose as ConsentPurpose
from crm.consent.register import record_consent
from crm.conversation.log import Incoming, open_conversation, receive
from crm.event.models import SignalKind
from crm.event.register import NewSignal, register_known
from crm.offer.decision import Decision, decide, remember
from crm.offer.models import OfferOutcome, Product, Promotion, Purpose
from crm.offer.outcomes import Offered, note
from crm.offer.policy import OfferPolicy, Shop
from crm.offer.request import DecisionRequest
from crm.offer.tastes import TasteSearch
from crm.order.models import Order, OrderLine, OrderStatus
from crm.profile.assurance import claim
from crm.profile.models import Customer, Level, TraitKind
from crm.profile.traits import Origin, record
from crm.ticket.desk import NewTicket, open_ticket
from crm.ticket.models import Ticket, TicketCategory

NOON = datetime(2026, 3, 11, 11, tzinfo=UTC)
DAY = timedelta(days=1)

CATALOGUE: dict[str, dict[str, Any]] = {
    "shampoo": {"category": "shampoo", "hair": ["curly"], "needs": ["curl_definition"]},
    "mask": {"category": "hair_mask", "hair": ["curly"], "brand": "b"},
    "dryer": {"category": "hair_dryer", "goes_with": ["diffuser"], "price": "80"},
    "other_dryer": {"category": "hair_dryer", "brand": "b", "price": "40"},
    "diffuser": {"category": "hair_tools"},
    "lipstick": {"category": "lipstick", "for_whom": ["women"]},
    "red_lipstick": {"category": "lipstick", "for_whom": ["women"], "brand": "b"},
    "beard_oil": {"category": "beard_care", "for_whom": ["men"]},
    "baby_oil": {"category": "baby_care", "for_whom": ["babies"]},
    "dry_cream": {"category": "face_cream", "skin": ["dry"], "goes_with": ["soap"]},
    "oily_cream": {"category": "face_cream", "skin": ["oily"], "brand": "b"},
    "soap": {"category": "soap", "stock": {"rovereto": 3}},
    "gone": {"category": "soap", "stock": {"rovereto": 0, "online": 0}, "brand": "b"},
}
POLICY = OfferPolicy(
    shops={"rovereto": Shop(name="Rovereto", zone=["TN"]), "bari": Shop(name="Bari", zone=["BA"])}
)


def product(sku: str, entry: dict[str, Any]) -> Product:
    own = ("category", "price", "stock")
    return Product(
        sku=sku,
        category=entry["category"],
        name={"it": f"{sku} it", "en": f"{sku} en"},
        description={},
        price=Decimal(entry.get("price", "10")),
        stock=entry.get("stock", {}),
        attributes={"brand": "a"} | {key: v for key, v in entry.items() if key not in own},
    )


@dataclass
class Market:
    """Adds what a test needs, and decides."""

    session: Session
    policy: OfferPolicy = POLICY
    search: TasteSearch | None = None
    numbers: Any = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.session.add_all(product(sku, entry) for sku, entry in CATALOGUE.items())
        self.session.flush()

    def customer(self, *consents: str, **traits: Any) -> int:
        customer = Customer()
        self.session.add(customer)
        known = {"given_name": "Anna", "cap": "38068"} | traits
        record(self.session, customer, known, Origin(TraitKind.EXPLICIT, "shop", NOON - 90 * DAY))
        for channel in consents:
            self.consent(customer.id, channel)
        return customer.id

    def consent(self, customer: int, channel: str, granted: bool = True,
                purpose: ConsentPurpose = ConsentPurpose.MARKETING) -> None:  # fmt: skip
        record_consent(self.session, customer, purpose, channel, granted, source="test",
                       evidence="sì")  # fmt: skip

    def buys(self, customer: int, *skus: str, ago: timedelta = DAY,
             status: OrderStatus = OrderStatus.DELIVERED) -> Order:  # fmt: skip
        lines = [OrderLine(sku=sku, quantity=1, price=Decimal(10)) for sku in skus]
        order = Order(number=f"N-{next(self.numbers)}", customer_id=customer, source="shop",
                      status=status, placed_at=NOON - ago, total=Decimal(10 * len(skus)),
                      lines=lines)  # fmt: skip
        self.session.add(order)
        self.session.flush()
        return order

    def complains(self, customer: int) -> Ticket:
        new = NewTicket(category=TicketCategory.COMPLAINT, description="Non va bene",
                        customer_id=customer, actor="bot")  # fmt: skip
        return open_ticket(self.session, new)

    def says(self, customer: int, mood: str, ago: timedelta) -> None:
        talk = open_conversation(self.session, "webchat", f"talk of {customer}")
        claim(talk.identity, self.session.get_one(Customer, customer))
        told = Incoming(f"m{next(self.numbers)}", text="…")
        message = receive(self.session, talk, told)
        message.at, message.understanding = NOON - ago, {"mood": mood}
        self.session.flush()

    def signals(self, customer: int, kind: SignalKind, ago: timedelta, **details: Any) -> None:
        new = NewSignal("shop", f"e{next(self.numbers)}", kind, NOON - ago, details)
        register_known(self.session, new, customer)

    def refuses(self, customer: int, sku: str, campaign: str | None = None) -> None:
        note(self.session, OfferOutcome.REJECTED, Offered(sku, promotion_id=campaign),
             customer_id=customer)  # fmt: skip

    def campaign(self, key: str, *categories: str, **more: Any) -> Promotion:
        campaign = Promotion(
            id=key,
            name={"it": f"{key} it", "en": f"{key} en"},
            text={"it": "testo", "en": "text"},
            terms={"applies_to": {"categories": list(categories)}},
            starts_on=(NOON - 5 * DAY).date(),
            ends_on=(NOON + 5 * DAY).date(),
            **more,
        )
        self.session.add(campaign)
        self.session.flush()
        return campaign

    def decide(
        self, customer: int | None = None, *, is_remembered: bool = True, **more: Any
    ) -> Decision:
        given = {"level": Level.VERIFIED if customer else Level.ANONYMOUS, "at": NOON,
                 "purpose": Purpose.PROMOTE, "channel": "email", "limit": 10} | more  # fmt: skip
        request = DecisionRequest(customer_id=customer, **given)
        decision = decide(self.session, request, self.policy, self.search)
        if is_remembered:
            remember(self.session, request, decision)
        return decision

    def offered(self, customer: int | None = None, **more: Any) -> set[str]:
        return {choice.key for choice in self.decide(customer, **more).choices}


@dataclass(frozen=True)
class Everything:
    """A search by taste that finds the whole catalogue, and what is owned beside all of it."""

    relevance: dict[str, float] = field(default_factory=lambda: dict.fromkeys(CATALOGUE, 1.0))
    because: dict[str, str] = field(default_factory=dict)

    @property
    def origins(self) -> dict[str, str]:
        return dict.fromkeys(self.relevance, "likes")

    def by_taste(
        self,
        owned: Mapping[str, float],
        liked: Mapping[str, float],
        traits: tuple[str, ...],
        goes_with: Mapping[str, tuple[str, ...]],
        language: str,
    ) -> "Everything":
        return Everything(because={sku: one for sku in CATALOGUE for one in owned})
