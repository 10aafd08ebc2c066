"""Offers are looked up by entry: of lost calls, who was offered them.

Revision ID: 0007
Revises: 0006
"""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_index("ix_offers_entry", "offers", ["entry"])


def downgrade() -> None:
    op.drop_index("ix_offers_entry", "offers")
