"""Dispositions: with which result code a call was closed.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "dispositions",
        sa.Column("offer", sa.String(), nullable=False),
        sa.Column("interaction", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("project", sa.String()),
        sa.Column("queue", sa.String()),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("offer", name="pk_dispositions"),
    )
    op.create_index("ix_dispositions_interaction", "dispositions", ["interaction"])
    op.create_index("ix_dispositions_at", "dispositions", ["at"])


def downgrade() -> None:
    op.drop_table("dispositions")
