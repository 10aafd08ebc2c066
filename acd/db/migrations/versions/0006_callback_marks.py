"""Marks: who has called back whom we have missed.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "callback_marks",
        sa.Column("entry", sa.String(), nullable=False),
        sa.Column("interaction", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("entry", name="pk_callback_marks"),
    )
    op.create_index("ix_callback_marks_interaction", "callback_marks", ["interaction"])


def downgrade() -> None:
    op.drop_table("callback_marks")
