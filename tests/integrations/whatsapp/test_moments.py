"""On WhatsApp nothing is said unasked after a day, unless a template is approved for it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.workers.moments import MomentWorker
from crm.conversation.models import Conversation
from crm.db import now
from crm.event.models import SignalKind
from crm.moment.models import MomentState
from crm.profile.assurance import verify
from crm.profile.models import Customer
from integrations.channels.whatsapp import read_templates
from integrations.channels.whatsapp.window import template_window
from tests.crm.moment.company import (
    DRYER,
    Person,
    add_order,
    add_products,
    add_signal,
    allow,
    moment_of,
    spoken,
    voice,
)
from tests.integrations.whatsapp.office import Office


@pytest.mark.parametrize(
    ("hours", "templates", "reason"),
    [
        (1, "", None),
        (25, "", "window_closed"),
        (25, "reply.it=answer_ready", "window_closed"),
        (25, "marketing.it=answer_ready", None),
    ],
)
def test_on_whatsapp_after_a_day_only_a_template(
    open_office: Callable[..., Office], hours: int, templates: str, reason: str | None
) -> None:
    office = open_office(templates=read_templates(templates))
    speaking = voice(windows={"whatsapp": template_window(office.settings)})
    customer = office.customer(phone="+393470099001")
    customer.say("ciao")
    customer.await_answers(1)
    with office.database.writing() as session:
        add_products(session)
        conversation = session.scalars(select(Conversation)).one()
        profile = Customer(given_name="Mario")
        session.add(profile)
        session.flush()
        conversation.identity.customer_id = profile.id
        verify(conversation.identity, timedelta(hours=1))
        conversation.last_customer_at = now() - timedelta(hours=hours)
        allow(session, profile.id, "whatsapp", True)
        person = Person(profile.id, conversation.id)
        add_order(session, person, DRYER)
        add_signal(session, person, SignalKind.CHECK_IN)
    MomentWorker(office.database, speaking).look()
    moment = moment_of(office.database, "shop_welcome")
    assert (moment.state == MomentState.SENT, moment.reason) == (reason is None, reason)
    assert len(spoken(office.database, person)) == (reason is None)
