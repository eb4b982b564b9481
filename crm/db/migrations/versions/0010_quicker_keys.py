"""Keys of customers are kept once instead of twice, values have one index less; learnt weights.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identity_model",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "weights",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("learnt_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_model")),
    )
    op.drop_index(op.f("ix_trait_customer_id_name"), table_name="trait")
    if op.get_bind().dialect.name == "sqlite":
        _make_anew(sqlite_with_rowid=False)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _make_anew(sqlite_with_rowid=True)
    op.create_index(op.f("ix_trait_customer_id_name"), "trait", ["customer_id", "name"])
    op.drop_table("identity_model")


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
