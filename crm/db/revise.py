"""Writes a new migration from the difference between the models and the migrations so far.

python -m crm.db.revise "tickets get a due time"
"""

import sys
import tempfile
from pathlib import Path

from alembic import command

from crm.db.engine import make_engine
from crm.db.migrate import MIGRATIONS, alembic_config, migrate


def revise(message: str) -> None:
    """Compare the models with a database made by all migrations, and write what is missing."""
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{Path(folder) / 'empty.db'}")
        migrate(engine)
        config = alembic_config()
        number = len(list((MIGRATIONS / "versions").glob("*.py"))) + 1
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            command.revision(config, message, autogenerate=True, rev_id=f"{number:04}")


if __name__ == "__main__":
    revise(" ".join(sys.argv[1:]) or "change")
