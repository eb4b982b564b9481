"""Accounts elsewhere by which people of the staff sign in (OpenID Connect).

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outside_account",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["staff_user.id"], name=op.f("fk_outside_account_user_id_staff_user")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_outside_account")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_outside_account_issuer_subject")),
    )


def downgrade() -> None:
    op.drop_table("outside_account")
