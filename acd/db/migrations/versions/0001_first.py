"""The first tables.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TIME = sa.DateTime(timezone=True)
ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLES = (
    "journal",
    "runs",
    "live",
    "interactions",
    "legs",
    "entries",
    "offers",
    "attempts",
    "agent_intervals",
)


def upgrade() -> None:
    _runs()
    _journal()
    _live()
    _interactions()
    _legs()
    _entries()
    _offers()
    _attempts()
    _agent_intervals()


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("run", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.Column("ended_at", TIME),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("run", name="pk_runs"),
    )


def _journal() -> None:
    op.create_table(
        "journal",
        sa.Column("seq", ROW_NUMBER, autoincrement=False, nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("input", sa.Text(), nullable=False),
        sa.Column("effects", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.run"], name="fk_journal_run"),
        sa.PrimaryKeyConstraint("seq", name="pk_journal"),
    )
    op.create_index("ix_journal_at", "journal", ["at"])


def _live() -> None:
    op.create_table(
        "live",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name="pk_live"),
    )


def _interactions() -> None:
    op.create_table(
        "interactions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("node", sa.String(), nullable=False),
        sa.Column("caller", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("project", sa.String()),
        sa.Column("queue", sa.String()),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("ended_at", TIME),
        sa.Column("outcome", sa.String()),
        sa.PrimaryKeyConstraint("id", name="pk_interactions"),
    )
    op.create_index("ix_interactions_caller", "interactions", ["caller"])
    op.create_index("ix_interactions_started_at", "interactions", ["started_at"])


def _legs() -> None:
    op.create_table(
        "legs",
        sa.Column("node", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("interaction", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("agent", sa.String()),
        sa.Column("listens_to", sa.String()),
        sa.Column("made", sa.Boolean(), nullable=False),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("up_at", TIME),
        sa.Column("ended_at", TIME),
        sa.Column("cause", sa.Integer()),
        sa.Column("sip_status", sa.Integer()),
        sa.PrimaryKeyConstraint("node", "channel", name="pk_legs"),
    )
    op.create_index("ix_legs_interaction", "legs", ["interaction"])


def _entries() -> None:
    op.create_table(
        "entries",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("interaction", sa.String(), nullable=False),
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("order_since", TIME, nullable=False),
        sa.Column("entered_at", TIME, nullable=False),
        sa.Column("ended_at", TIME),
        sa.Column("outcome", sa.String()),
        sa.Column("winner", sa.String()),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_entries"),
    )
    op.create_index("ix_entries_interaction", "entries", ["interaction"])
    op.create_index("ix_entries_queue_entered_at", "entries", ["queue", "entered_at"])


def _offers() -> None:
    op.create_table(
        "offers",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("interaction", sa.String(), nullable=False),
        sa.Column("entry", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("offered_at", TIME, nullable=False),
        sa.Column("ended_at", TIME),
        sa.Column("outcome", sa.String()),
        sa.Column("explanation", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_offers"),
    )
    op.create_index("ix_offers_agent_offered_at", "offers", ["agent", "offered_at"])
    op.create_index("ix_offers_interaction", "offers", ["interaction"])


def _attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("node", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("interaction", sa.String(), nullable=False),
        sa.Column("offer", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("ring_for_ms", sa.Integer(), nullable=False),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("rang_at", TIME),
        sa.Column("up_at", TIME),
        sa.Column("ended_at", TIME),
        sa.Column("outcome", sa.String()),
        sa.PrimaryKeyConstraint("node", "channel", name="pk_attempts"),
    )
    op.create_index("ix_attempts_interaction", "attempts", ["interaction"])


def _agent_intervals() -> None:
    op.create_table(
        "agent_intervals",
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("ended_at", TIME),
        sa.Column("project", sa.String()),
        sa.Column("status", sa.String()),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("phase", sa.String()),
        sa.Column("interaction", sa.String()),
        sa.PrimaryKeyConstraint("agent", "started_at", name="pk_agent_intervals"),
    )
    op.create_index("ix_agent_intervals_ended_at", "agent_intervals", ["ended_at"])
