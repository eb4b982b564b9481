"""Makes the demo company ready to be served: its models, its data, its index."""

from datetime import date

from app.bootstrap import open_database
from app.demo.load import load_demo
from app.demo.own_files import lay_out
from app.demo.past.reading import mark_read
from app.demo.staff import load_staff
from app.knowledge_base import DEMO_MARK, index_documents, train_encoder_if_needed
from app.processes import console
from app.settings import Settings
from app.training import train_assistant


def prepare_demo(settings: Settings, today: date) -> None:
    """Do what is missing; everything that is there already is left alone."""
    train_assistant(settings)
    train_encoder_if_needed(settings)
    database = open_database(settings)
    with console.status("Loading the demo company …"):
        loaded = load_demo(database, today)
        load_staff(database, settings.folder)
        mark_read(database)
    database.close()
    if loaded:
        console.print(
            "  the demo company is loaded (2,000 customers, 8,000 orders, 310 conversations)"
        )
    lay_out(settings.folder)
    (settings.folder / DEMO_MARK).touch()
    index_documents(settings)
