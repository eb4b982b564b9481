"""Run by Alembic. The connection is handed in by `crm.db.migrate`."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import JSON

from crm.db.base import UtcDateTime
from crm.db.tables import metadata


def render(kind: str, item: Any, autogenerate: Any) -> str | Literal[False]:
    """Write our types as plain ones: migrations do not depend on later code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, JSON):
        autogenerate.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    render_item=render,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
