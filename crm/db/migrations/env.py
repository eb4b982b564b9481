"""Run by Alembic. The connection is handed in by `crm.db.migrate`."""

from alembic import context

from crm.db.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
