"""Keys of customers are kept once instead of twice, and values have one index less.

Revision ID: 0010
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index(op.f("ix_trait_customer_id_name"), table_name="trait")
    if op.get_bind().dialect.name == "sqlite":
        _make_anew(sqlite_with_rowid=False)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _make_anew(sqlite_with_rowid=True)
    op.create_index(op.f("ix_trait_customer_id_name"), "trait", ["customer_id", "name"])


def _make_anew(*, sqlite_with_rowid: bool) -> None:
    """All columns are the primary key; without row ids SQLite keeps only that."""
    op.drop_index(op.f("ix_identity_key_kind_value"), table_name="identity_key")
    op.rename_table("identity_key", "former_identity_key")
    op.create_table(
        "identity_key",
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("value", sa.String(length=254), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_identity_key_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("customer_id", "kind", "value", name=op.f("pk_identity_key")),
        sqlite_with_rowid=sqlite_with_rowid,
    )
    op.execute(
        "INSERT INTO identity_key SELECT customer_id, kind, value FROM former_identity_key "
        "ORDER BY customer_id, kind, value"
    )
    op.drop_table("former_identity_key")
    op.create_index(op.f("ix_identity_key_kind_value"), "identity_key", ["kind", "value"])
