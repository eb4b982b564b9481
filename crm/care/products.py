"""Which product a question about use is about: the one named, or the one that was bought."""

import re
from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.conversation.models import Message, Role, State
from crm.moment.models import Moment
from crm.offer.models import Product
from crm.order.lookup import bought_skus

HOW_TO = re.compile(
    r"\b(?:come (?:si |lo |la |li |le )?(?:us\w+|adoper\w+|funziona\w*|applic\w+|mett\w+|pul\w+|"
    r"lav\w+|conserv\w+|cambi\w+|smont\w+|mont\w+|caric\w+)|"
    r"come faccio (?:a |ad )?(?:us|pul|far)\w+|"
    r"istruzioni|manuale|funzion\w+ nascost\w+|"
    r"how (?:do|should|can) (?:i|you) (?:use|clean|wash|apply|charge|store|change)|"
    r"how (?:does|do) .{1,40} work|how to (?:use|clean|wash|apply|charge)|"
    r"instructions|manual|hidden features?)",
    re.IGNORECASE,
)
MINE = re.compile(r"\b(?:mio|mia|miei|mie|my|mine|ho (?:comprato|preso)|i bought)\b", re.IGNORECASE)
WORD = re.compile(r"\w{4,}")


def asks_how_to(text: str) -> bool:
    """Whether a text asks how something is used or cared for."""
    return bool(HOW_TO.search(text))


def says_mine(text: str) -> bool:
    """Whether it is about something that the customer has."""
    return bool(MINE.search(text))


def products_of(session: Session, categories: Collection[str]) -> Sequence[Product]:
    """The products of some kinds, by their SKU."""
    query = select(Product).where(Product.category.in_(categories)).order_by(Product.sku)
    return session.scalars(query).all()


def named_in(text: str, products: Sequence[Product], language: str) -> list[Product]:
    """The products that a text names by a word that no other of their kind bears: "Maestrale"."""
    said = _words(text)
    borne = {product.sku: _words(str(product.name[language])) for product in products}
    named = []
    for product in products:
        others = {word for sku, words in borne.items() if sku != product.sku for word in words}
        if (borne[product.sku] - others) & said:
            named.append(product)
    return named


def with_own_name_in(session: Session, text: str) -> list[Product]:
    """The products of the whole catalogue whose own name stands in a text: "il Maestrale".

    An own name is a word within the product's name that has a capital.
    """
    said = _words(text)
    products = session.scalars(select(Product).order_by(Product.sku)).all()
    return [product for product in products if _own_names(product) & said]


def _own_names(product: Product) -> set[str]:
    later = (word for name in product.name.values() for word in WORD.findall(name)[1:])
    return {word.casefold() for word in later if word[0].isupper()}


def owned(session: Session, customer_id: int, products: Sequence[Product]) -> list[Product]:
    """Those of the products that a customer has bought and kept."""
    bought = bought_skus(session, customer_id)
    return [product for product in products if product.sku in bought]


def _words(text: str) -> set[str]:
    return set(WORD.findall(text.casefold()))


def asked_about(session: Session, message: Message) -> str | None:
    """The product of the question "how does it go?" that a message answers; None if it does not.

    It answers when that question is the last thing that was said before it.
    """
    last = session.scalar(
        select(Message)
        .where(
            Message.conversation_id == message.conversation_id,
            Message.seq < message.seq,
            Message.state != State.SUPPRESSED,
        )
        .order_by(Message.seq.desc())
        .limit(1)
    )
    if last is None or last.role != Role.BOT or last.purpose is None:
        return None
    moment = session.scalar(select(Moment).filter_by(message_id=last.id))
    is_care = moment is not None and "order_id" in moment.details
    return str(moment.details["sku"]) if moment is not None and is_care else None
