"""Loads the conversations of the last sixty days into the demo company's database.

Everything in them is over: nothing is left to be answered, sent or delivered. Only the two talks of
`script.waiting` wait for a person, as they would on a working day.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cached_property, partial
from random import Random
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.phrases import Phrases
from app.demo.chance import happens, pick, pick_commoner, roll
from app.demo.past.hours import moment_of_writing
from app.demo.past.ratings import ask_for_score
from app.demo.past.script import Exchange, Scene, Script, read_script
from app.demo.past.staff_work import hand_over, open_past_ticket, settle
from app.demo.past.visits import Visit, open_talk
from app.demo.personas import read_personas
from app.settings import ROOT
from crm.conversation.handoff import ask_for_person
from crm.conversation.models import Conversation, Message, Role
from crm.offer.campaigns import applies_to, running, variant_for
from crm.offer.models import OfferEvent, OfferOutcome, Product, Promotion
from crm.order.models import Order
from crm.profile.models import ChannelIdentity, Customer, CustomerStatus, Level
from crm.ticket.models import TicketCategory

TALKS = 310
CHANNELS = {"webchat": 5, "whatsapp": 3, "telegram": 2}
IN_ENGLISH = 0.17
RECOGNISED = 0.62
COMES_BACK = 0.35
LONGEST_APART = timedelta(days=21)
# How far offers go: shown, opened, accepted, sold; or refused after they were shown.
FUNNEL = (OfferOutcome.SHOWN, OfferOutcome.OPENED, OfferOutcome.ACCEPTED, OfferOutcome.SOLD)
REACHED = {1: 52, 2: 26, 3: 12, 4: 10}
REFUSES = 0.12
ADVERTISED = 0.4


def load_past(session: Session, seed: int, end: datetime, talks: int = TALKS) -> None:
    """Fill the message log up to an instant, with the customers and products that there are."""
    past = Past(session, roll(seed, "past"), end)
    for number, customer in enumerate(past.visitors(talks), 1):
        past.add_talk(number, customer)
    past.add_waiting()
    session.flush()


class Past:
    """Puts scenes together to conversations."""

    def __init__(self, session: Session, dice: Random, end: datetime) -> None:
        self._session, self._dice, self._end = session, dice, end
        self._script: Script = read_script()
        self._phrases = Phrases.load(ROOT / "bot" / "domain")

    def visitors(self, count: int) -> Sequence[Customer]:
        """Customers whom neither documentation nor tests know by name."""
        query = (
            select(Customer)
            .where(Customer.status == CustomerStatus.ACTIVE, Customer.given_name.is_not(None))
            .order_by(Customer.id)
        )
        known = {one.person.email.casefold() for one in read_personas()}
        everybody = [
            customer
            for customer in self._session.scalars(query)
            if (customer.email or "").casefold() not in known
        ]
        return self._dice.sample(everybody, min(count, len(everybody)))

    @cached_property
    def _products(self) -> Sequence[Product]:
        return self._session.scalars(select(Product).order_by(Product.sku)).all()

    @cached_property
    def _orders(self) -> dict[int, str]:
        """The number of each customer's last order."""
        query = select(Order.customer_id, Order.number).order_by(Order.placed_at)
        return {row.customer_id: row.number for row in self._session.execute(query)}

    def add_talk(self, number: int, customer: Customer) -> None:
        """One visit; on a messaging app the same person may come back to the same conversation."""
        channel = pick(self._dice, CHANNELS)
        at = moment_of_writing(self._dice, self._end)
        is_known = happens(self._dice, RECOGNISED)
        talk = self._open(f"{channel}-{number}", channel, customer if is_known else None, at)
        for start in self._visits(channel, at):
            visit = self._add_visit(talk, customer if is_known else None, start)
        ask_for_score(visit, self._end)

    def _visits(self, channel: str, at: datetime) -> Iterator[datetime]:
        yield at
        while channel != "webchat" and happens(self._dice, COMES_BACK):
            at += timedelta(days=1) + self._dice.random() * LONGEST_APART
            if at > self._end - timedelta(hours=2):
                return
            yield at

    def _open(
        self, name: str, channel: str, customer: Customer | None, at: datetime
    ) -> Conversation:
        level = Level.CLAIMED if customer else Level.ANONYMOUS
        identity = ChannelIdentity(
            channel=channel, external_id=f"past-{name}", level=level,
            customer_id=customer.id if customer else None,
        )  # fmt: skip
        in_english = customer.language == "en" if customer and customer.language else False
        if not in_english:
            in_english = happens(self._dice, IN_ENGLISH)
        return open_talk(self._session, identity, "en" if in_english else "it", at)

    def _add_visit(self, talk: Conversation, customer: Customer | None, at: datetime) -> Visit:
        """Put a scene into a conversation; the visit as it ended."""
        scene = self._scene(customer)
        product = self._product(at)
        visit = Visit(self._session, self._dice, self._phrases, talk, customer, at)
        visit.values = self._values(visit, product)
        if happens(self._dice, 0.3):
            visit.turn(self._script.greeting[talk.language])
        last = self._play(visit, scene)
        if scene.offer:
            self._offer(visit, product)
        if scene.person:
            hand_over(visit, self._script, scene.person, last, self._end)
        if happens(self._dice, 0.3):
            visit.turn(self._script.thanks[talk.language])
        visit.end()
        return visit

    def _product(self, at: datetime) -> Product:
        """What the visit is about: often something that is advertised at the time."""
        campaigns = [one for one in running(self._session, at.date()) if _is_for_all(one)]
        if campaigns and happens(self._dice, ADVERTISED):
            campaign = self._dice.choice(campaigns)
            fitting = [one for one in self._products if applies_to(campaign, one)]
            return pick_commoner(self._dice, fitting or self._products)
        return pick_commoner(self._dice, self._products)

    def _scene(self, customer: Customer | None) -> Scene:
        """Any scene that fits; who was not recognised learns nothing of orders."""
        fitting = {
            number: scene.weight
            for number, scene in enumerate(self._script.scenes)
            if customer is not None or not scene.known
        }
        return self._script.scenes[pick(self._dice, fitting)]

    def _values(self, visit: Visit, product: Product) -> dict[str, str]:
        customer, language = visit.customer, visit.talk.language
        return {
            "given_name": (customer.given_name or "") if customer else "",
            "product": product.name.get(language) or product.name["it"],
            "order": self._orders.get(customer.id, "EG-20500") if customer else "EG-20500",
        }

    def _play(self, visit: Visit, scene: Scene) -> Message:
        """Say what the scene has to say; the customer's last message."""
        exchanges = scene.exchanges[visit.talk.language]
        heard: list[Message] = []
        for number, exchange in enumerate(exchanges, 1):
            is_ticket = scene.ticket and number == len(exchanges)
            said = visit.turn(
                exchange or self._question(visit.talk.language),
                partial(self._open_ticket, visit, scene, heard) if is_ticket else None,
            )
            heard.append(said)
        return said

    def _open_ticket(
        self, visit: Visit, scene: Scene, heard: Sequence[Message], said: Message
    ) -> None:
        """A ticket in the words with which the scene began."""
        begun_with = [*heard, said][0]
        ticket = open_past_ticket(visit, TicketCategory(scene.ticket), begun_with.text)
        settle(visit, ticket, self._end)

    def _question(self, language: str) -> Exchange:
        return self._dice.choice(self._script.questions[language])

    def _offer(self, visit: Visit, product: Product) -> None:
        """What became of the product that was shown."""
        steps = list(FUNNEL[: pick(self._dice, REACHED)])
        if len(steps) == 1 and happens(self._dice, REFUSES):
            steps.append(OfferOutcome.REJECTED)
        at = visit.at
        facts = self._offered(visit, product)
        for outcome in steps:
            price = product.price if outcome == OfferOutcome.SOLD else None
            self._session.add(OfferEvent(**facts, outcome=outcome, at=at, amount=price))
            at = min(at + timedelta(minutes=self._dice.uniform(0.2, 8)), self._end)

    def _offered(self, visit: Visit, product: Product) -> dict[str, Any]:
        """What all outcomes of an offer have in common, with the campaign it was part of."""
        customer_id = visit.customer.id if visit.customer else None
        facts: dict[str, Any] = {
            "conversation_id": visit.talk.id, "customer_id": customer_id, "sku": product.sku,
            "decision": f"past-{visit.talk.id}-{visit.talk.last_seq}",
        }  # fmt: skip
        for campaign in running(self._session, visit.at.date()):
            if _is_for_all(campaign) and applies_to(campaign, product):
                variant = variant_for(self._session, campaign, customer_id, str(visit.talk.id))
                return facts | {"promotion_id": campaign.id, "variant": variant.id or None}
        return facts

    def add_waiting(self) -> None:
        """Those who wait for a person at this moment."""
        for number, entry in enumerate(self._script.waiting, 1):
            at = self._end - timedelta(minutes=entry["minutes"])
            talk = self._open(f"waiting-{number}", "webchat", None, at)
            talk.language = "it"
            visit = Visit(self._session, self._dice, self._phrases, talk, None, at)
            exchange = Exchange([entry["says"]], entry["read"], "", entry["mood"])
            said = visit.say(Role.CUSTOMER, entry["says"], read=visit.reading(exchange))
            self._session.flush()
            cause = entry["cause"]
            ticket = ask_for_person(self._session, talk, cause, said, said.text)
            visit.values = {"ticket_number": ticket}
            visit.at += timedelta(seconds=2)
            visit.answered = [(said, visit.say(Role.BOT, "utter_person_called"))]
            visit.end()
            talk.mode_since = at


def _is_for_all(campaign: Promotion) -> bool:
    return not campaign.audience and not campaign.zone
