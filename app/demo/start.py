"""Makes the demo company ready to be served: its models, its data, its index."""

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.bootstrap import open_database
from app.demo.load import load_demo
from app.demo.own_files import lay_out
from app.demo.past.reading import mark_read
from app.demo.staff import load_staff
from app.knowledge_base import DEMO_MARK, index_documents, train_encoder_if_needed
from app.processes import console
from app.settings import Settings
from app.training import train_assistant
from app.whatsapp import here
from crm.order.models import Order
from crm.profile.models import Customer, CustomerStatus
from crm.source.models import SourceRecord


def prepare_demo(settings: Settings, today: date) -> None:
    """Do what is missing; everything that is there already is left alone."""
    train_assistant(settings)
    train_encoder_if_needed(settings)
    database = open_database(settings)
    with console.status("Loading the demo company …"):
        loaded = load_demo(database, today, settings.folder, here(settings))
        load_staff(database, settings.folder)
    if loaded:
        with database.reading() as session:
            console.print(f"  the demo company is loaded: {_told(session)}")
        mark_read(database)
    database.close()
    lay_out(settings.folder)
    (settings.folder / DEMO_MARK).touch()
    index_documents(settings)


def _told(session: Session) -> str:
    in_use = Customer.status == CustomerStatus.ACTIVE
    records = session.scalar(select(func.count(SourceRecord.id)))
    people = session.scalar(select(func.count(Customer.id)).where(in_use))
    orders = session.scalar(select(func.count(Order.id)))
    return f"{records:,} records of five databases are {people:,} customers with {orders:,} orders"
