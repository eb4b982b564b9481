"""What a message was read as stands in columns of its own; indexes hold all that figures count.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

READ = {
    "sqlite": {
        "intent": "json_extract(understanding, '$.intent.name')",
        "mood": "json_extract(understanding, '$.mood')",
    },
    "postgresql": {
        "intent": "understanding -> 'intent' ->> 'name'",
        "mood": "understanding ->> 'mood'",
    },
}


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    for name, read in READ[dialect].items():
        # SQLite adds only what it computes on reading, PostgreSQL indexes only what it stores.
        computed = sa.Computed(read, persisted=dialect == "postgresql")
        op.add_column("message", sa.Column(name, sa.String(), computed))
    op.drop_index("ix_message_at_role", table_name="message")
    op.create_index("ix_message_said", "message",
                    ["at", "role", "conversation_id", "intent", "mood"])  # fmt: skip
    op.create_index("ix_order_history", "order", ["customer_id", "status", "placed_at", "total"])
    op.drop_index(op.f("ix_order_customer_id"), table_name="order")
    op.create_index("ix_order_line_goods", "order_line", ["order_id", "sku"])
    op.drop_index(op.f("ix_order_line_order_id"), table_name="order_line")
    op.create_index("ix_signal_at_kind", "signal", ["at", "kind"])


def downgrade() -> None:
    op.drop_index("ix_signal_at_kind", table_name="signal")
    op.create_index(op.f("ix_order_line_order_id"), "order_line", ["order_id"])
    op.drop_index("ix_order_line_goods", table_name="order_line")
    op.create_index(op.f("ix_order_customer_id"), "order", ["customer_id"])
    op.drop_index("ix_order_history", table_name="order")
    op.drop_index("ix_message_said", table_name="message")
    op.create_index("ix_message_at_role", "message", ["at", "role", "conversation_id"])
    for name in READ[op.get_bind().dialect.name]:
        op.drop_column("message", name)
