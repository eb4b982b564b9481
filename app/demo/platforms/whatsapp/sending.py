"""Takes the company's messages: checked, limited, shown in the customer's chat, reported on."""

import re
import time
from typing import Any

from app.demo.platforms.whatsapp.checks import check_message, units
from app.demo.platforms.whatsapp.errors import GraphError
from app.demo.platforms.whatsapp.world import (
    WINDOW_SECONDS,
    ApprovedTemplate,
    Customer,
    Json,
    Presence,
    Said,
    World,
    new_wamid,
)

VARIABLE = re.compile(r"\{\{\d+\}\}")
BREAKS = re.compile(r"[\n\t]| {5,}")
LONGEST_FILLED = 1024


def take_message(world: World, message: Json) -> Json:
    """Take one message; the platform's answer.

    Raises:
        GraphError: what is wrong with it.
    """
    kind = check_message(message, world.files.get)
    content = message[kind]
    if kind == "template":
        content = {**content, "text": filled(world, content)}
    phone, user_id = str(message.get("to") or ""), str(message.get("recipient") or "")
    if not phone and not user_id:
        raise GraphError(100, "The parameter to is required.")
    customer = world.find_recipient(phone, user_id)
    if customer is None:
        raise GraphError(131026)
    _keep_pace(world, customer)
    is_closed = kind != "template" and time.time() - customer.wrote_at > WINDOW_SECONDS
    if is_closed and not world.faults.window_in_report:
        raise GraphError(131047)
    said = Said(
        new_wamid(), False, kind, content, time.time(), state="accepted",
        tracker=str(message.get("biz_opaque_callback_data") or ""),
    )  # fmt: skip
    _bring(world, customer, said, 131047 if is_closed else None)
    return answer(phone or user_id, customer, said)


def answer(given: str, customer: Customer, said: Said) -> Json:
    """What the platform says to a message that it takes."""
    ids = {"wa_id": customer.phone, "user_id": customer.user_id}
    contact = {"input": given, **{name: value for name, value in ids.items() if value}}
    return {
        "messaging_product": "whatsapp",
        "contacts": [contact],
        "messages": [{"id": said.wamid, "message_status": "accepted"}],
    }


def _keep_pace(world: World, customer: Customer) -> None:
    if world.faults.paced and not world.paces[customer.id].take():
        raise GraphError(131056)
    if world.faults.paced and not world.pace.take():
        raise GraphError(130429)


def _bring(world: World, customer: Customer, said: Said, code: int | None) -> None:
    """Show the message and report on it, as far as the customer's telephone lets it come."""
    if customer.presence == Presence.GONE or world.faults.happens(world.faults.undeliverable):
        code = code or 131026
    world.note(customer, said)
    if code is not None:
        world.report(customer, said, "failed", GraphError(code).report)
        return
    world.report(customer, said, "sent")
    if customer.presence == Presence.READS:
        world.report(customer, said, "delivered")
        world.report(customer, said, "read")


def switch_on(world: World, customer: Customer) -> None:
    """The telephone is on again: what waited arrives and is read."""
    customer.presence = Presence.READS
    for said in world.chats[customer.id]:
        if said.state == "sent":
            world.report(customer, said, "delivered")
            world.report(customer, said, "read")


def filled(world: World, template: Json) -> str:
    """The words of a template.

    Raises:
        GraphError: there is no such template, or its variables do not fit.
    """
    found = _find_template(world, template)
    values = [_value(one) for one in _parameters(template)]
    if len(values) != len(VARIABLE.findall(found.body)):
        raise GraphError(132000, f"{len(values)} parameters were given.")
    rest = iter(values)
    text = VARIABLE.sub(lambda _: next(rest), found.body)
    if units(text) > LONGEST_FILLED:
        raise GraphError(132005, f"The text has {units(text)} characters.")
    return text


def _find_template(world: World, template: Json) -> ApprovedTemplate:
    wanted = (template["name"], template["language"]["code"])
    for one in world.templates:
        if (one.name, one.language) == wanted:
            if one.status != "APPROVED":
                raise GraphError(132015)
            return one
    raise GraphError(132001, f"template name ({wanted[0]}) does not exist in {wanted[1]}")


def _parameters(template: Json) -> list[Any]:
    bodies = [one for one in template.get("components") or () if one.get("type") == "body"]
    return [value for body in bodies for value in body.get("parameters") or ()]


def _value(parameter: Any) -> str:
    text = parameter.get("text") if isinstance(parameter, dict) else None
    if not isinstance(text, str) or not text.strip():
        raise GraphError(131008, "A parameter of the body has no text.")
    if BREAKS.search(text):
        raise GraphError(132018, "Param text cannot have new-line/tab characters or more than 4 "
                         "consecutive spaces")  # fmt: skip
    return text
