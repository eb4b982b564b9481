"""Guesses what a ticket is about from the words in it; people can change it on the desk."""

import re

from crm.ticket.models import TicketCategory

# Word beginnings, Italian and English. The first category with the most hits wins.
SIGNS: dict[TicketCategory, str] = {
    TicketCategory.DELIVERY: (
        "consegn pacco corrier spedizion arrivat recapit traccia ritardo "
        "deliver parcel courier shipp arriv package"
    ),
    TicketCategory.RETURN: "reso restitu rimand cambi sostitu rimborso return exchang refund",
    TicketCategory.PAYMENT: (
        "pagament pagat addebit carta fattura bonifico scontrino rateal paypal soldi "
        "pay charged charges overcharg invoice card receipt money"
    ),
    TicketCategory.ACCOUNT: (
        "account password accesso login registr profilo sito app codice sconto punti "
        "sign website points coupon"
    ),
    TicketCategory.FAULT: (
        "rott guast difett funziona accende spegn scald brucia scintill perde perdita macchi "
        "ricaric manca mancante sbagliat allerg irrita crepat scheggiat scadut "
        r"broke fault defect work turn heat burn recharg charging t\scharge not\scharge spark leak "
        "missing wrong rash crack expired"
    ),
    TicketCategory.COMPLAINT: (
        "maleducat scortes delus pessim vergogn schifo scandal "
        "rude disappoint awful terrible disgrace worst"
    ),
}
PATTERNS = {
    category: re.compile(rf"\b(?:{'|'.join(signs.split())})", re.IGNORECASE)
    for category, signs in SIGNS.items()
}


def category_of(description: str) -> TicketCategory:
    """The likeliest category, or `other`."""
    hits = {category: len(PATTERNS[category].findall(description)) for category in PATTERNS}
    best = max(hits, key=lambda category: hits[category])
    return best if hits[best] else TicketCategory.OTHER
