"""Who a message is from. The telephone number can be missing, the user id too, never both."""

import re

from integrations.channels.shared_text import clean
from integrations.channels.whatsapp.events import Sender
from integrations.channels.whatsapp.fields import Object, object_of, objects_of, text_of

PHONE = re.compile(r"\+?(\d{5,20})", re.ASCII)
USER_ID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9.]{1,150}", re.ASCII)
LONGEST_NAME = 120


def sender_of(message: Object, value: Object) -> Sender | None:
    """The sender of a message, with the name that stands in the contacts beside it."""
    phone = phone_of(message.get("from"))
    user_id = user_id_of(message.get("from_user_id")) or user_id_of(message.get("from"))
    contact = _contact(value, phone, user_id)
    phone = phone or phone_of(contact.get("wa_id"))
    user_id = user_id or user_id_of(contact.get("user_id")) or user_id_of(contact.get("wa_id"))
    if phone is None and user_id is None:
        return None
    return Sender(phone, user_id, _name(contact))


def _contact(value: Object, phone: str | None, user_id: str | None) -> Object:
    """The entry of the contacts that belongs to a sender: one delivery may bring several."""
    contacts = list(objects_of(value.get("contacts")))
    for contact in contacts:
        if user_id is not None and user_id_of(contact.get("user_id")) == user_id:
            return contact
        if phone is not None and phone_of(contact.get("wa_id")) == phone:
            return contact
    # A number and a WhatsApp id may differ; a contact that stands alone can only be the sender's.
    is_alone = len(contacts) == 1 and len(list(objects_of(value.get("messages")))) == 1
    is_other = user_id is not None and user_id_of((contacts or [{}])[0].get("user_id")) is not None
    return contacts[0] if is_alone and not is_other else {}


def _name(contact: Object) -> str:
    profile = object_of(contact.get("profile"))
    return clean(text_of(profile.get("name")) or text_of(profile.get("username")))[:LONGEST_NAME]


def phone_of(value: object) -> str | None:
    """A telephone number as digits."""
    found = PHONE.fullmatch(text_of(value).strip())
    return found[1] if found else None


def user_id_of(value: object) -> str | None:
    """A business-scoped user id."""
    written = text_of(value).strip()
    return written if USER_ID.fullmatch(written) else None
