"""The small shop that the tests search: a few documents in two languages."""

from datetime import date

from knowledge.documents import Document
from knowledge.material import Example


def answer(name: str, language: str, title: str, *also: str, **more: object) -> Document:
    """A question with its answer, as tests need them."""
    return Document(name, "answer", language, title, also=also, **more)  # type: ignore[arg-type]


def product(name: str, title: str, text: str = "", *tags: str, **more: object) -> Document:
    """An Italian product."""
    return Document(name, "product", "it", title, text, tags=tags, **more)  # type: ignore[arg-type]


SHIPPING = answer(
    "shipping-cost", "it", "Quanto costa la spedizione?", "spese di consegna",
    text="La spedizione costa 4,90 euro; da 49 euro è gratuita.", tags=("spedizione",),
)  # fmt: skip
SHIPPING_EN = answer(
    "shipping-cost", "en", "How much is delivery?", "shipping fees",
    text="Delivery is 4.90 euro, free from 49 euro.",
)  # fmt: skip
RETURNS = answer(
    "return-how", "it", "Come faccio a restituire un prodotto?", "voglio fare un reso",
    text="Hai 30 giorni: stampa l'etichetta e porta il pacco in un punto di ritiro.",
)  # fmt: skip
RETURNS_EN = answer(
    "return-how", "en", "How do I return a product?", "send it back",
    text="You have 30 days: print the label and drop the parcel.",
)  # fmt: skip
WARRANTY = answer("warranty", "it", "Quanto dura la garanzia?", text="Due anni su tutto.")
ABROAD_EN = answer("abroad", "en", "Do you ship to Switzerland?", text="Yes, customs excluded.")
POINTS = answer(
    "points-secret", "it", "Quanti punti hanno i clienti verificati?", level="verified",
    text="Dipende dalla tessera.",
)  # fmt: skip
CHRISTMAS = answer(
    "christmas", "it", "Che orari fate a Natale?", text="Chiusi il 25 dicembre.",
    valid_from=date(2026, 12, 1), valid_until=date(2026, 12, 31),
)  # fmt: skip
DRYER = product("P-1", "Asciugacapelli Maestrale", "Asciuga in fretta.", "phon", also=("phon",))
TRAVEL = product("P-2", "Phon da viaggio", "Piccolo e pieghevole.", "phon", "viaggio")
LIPSTICK = product("P-3", "Rossetto Papavero", "Rosso acceso, satinato.", "labbra")
CREAM = product("P-4", "Crema viso alla malva", "Per pelle secca.", "viso", "pelle secca")
SHOP = [
    SHIPPING, SHIPPING_EN, RETURNS, RETURNS_EN, WARRANTY, ABROAD_EN, POINTS, CHRISTMAS,
    DRYER, TRAVEL, LIPSTICK, CREAM,
]  # fmt: skip
EXAMPLES = [
    Example("request_human", "it", "vorrei parlare con una persona"),
    Example("request_human", "it", "passami un operatore"),
    Example("out_of_scope", "it", "chi ha vinto la partita"),
    Example("out_of_scope", "it", "come si cucina il risotto"),
]
