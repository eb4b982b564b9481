"""sources, signals, value

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "source",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column(
            "mapping", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("folder", sa.String(length=500), nullable=False),
        sa.Column(
            "progress", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("synced_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_source")),
    )
    op.create_table(
        "customer_value",
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column(
            "tier",
            sa.Enum(
                "most_valuable",
                "growable",
                "standard",
                "below_zero",
                name="tier",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("current", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("potential", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("spent", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("cost", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("last_order_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("churn_risk", sa.Double(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_customer_value_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_customer_value")),
    )
    with op.batch_alter_table("customer_value", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_customer_value_tier"), ["tier"], unique=False)

    op.create_table(
        "identity_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column(
            "levels", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "state",
            sa.Enum("open", "settled", name="reviewstate", native_enum=False, length=24),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_identity_review_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["customer.id"], name=op.f("fk_identity_review_other_id_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_review")),
        sa.UniqueConstraint(
            "customer_id", "other_id", name=op.f("uq_identity_review_customer_id_other_id")
        ),
    )
    with op.batch_alter_table("identity_review", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identity_review_other_id"), ["other_id"], unique=False)

    op.create_table(
        "source_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("origin", sa.String(length=60), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column(
            "facts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("fingerprint", sa.String(length=32), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_source_record_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_record")),
        sa.UniqueConstraint("origin", name=op.f("uq_source_record_origin")),
        sa.UniqueConstraint("source", "key", name=op.f("uq_source_record_source_key")),
    )
    with op.batch_alter_table("source_record", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_source_record_customer_id"), ["customer_id"], unique=False
        )

    op.create_table(
        "signal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("event_id", sa.String(length=120), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "purchase",
                "cart",
                "page_view",
                "email_opened",
                "check_in",
                "like",
                "comment",
                "review",
                "call",
                name="signalkind",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("record_id", sa.Integer(), nullable=True),
        sa.Column(
            "details", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_signal_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["source_record.id"], name=op.f("fk_signal_record_id_source_record")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal")),
        sa.UniqueConstraint("source", "event_id", name=op.f("uq_signal_source_event_id")),
    )
    with op.batch_alter_table("signal", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_signal_customer_id_kind_at"), ["customer_id", "kind", "at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_signal_record_id"), ["record_id"], unique=False)

    op.create_table(
        "source_order",
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["order.id"], name=op.f("fk_source_order_order_id_order")
        ),
        sa.ForeignKeyConstraint(
            ["record_id"],
            ["source_record.id"],
            name=op.f("fk_source_order_record_id_source_record"),
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_source_order")),
    )
    with op.batch_alter_table("source_order", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_source_order_record_id"), ["record_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("source_order", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_source_order_record_id"))

    op.drop_table("source_order")
    with op.batch_alter_table("signal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signal_record_id"))
        batch_op.drop_index(batch_op.f("ix_signal_customer_id_kind_at"))

    op.drop_table("signal")
    with op.batch_alter_table("source_record", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_source_record_customer_id"))

    op.drop_table("source_record")
    with op.batch_alter_table("identity_review", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_identity_review_other_id"))

    op.drop_table("identity_review")
    with op.batch_alter_table("customer_value", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_customer_value_tier"))

    op.drop_table("customer_value")
    op.drop_table("source")
