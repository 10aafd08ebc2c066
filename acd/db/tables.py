"""The tables. Times are UTC to the microsecond; texts that hold JSON say so."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)
from sqlalchemy.engine import Dialect


class Utc(TypeDecorator[datetime]):
    """A moment: it goes in with its zone and comes back in UTC. Raises ValueError without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value if value.tzinfo is UTC else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
RowNumber = BigInteger().with_variant(Integer, "sqlite")
"""SQLite keeps rows in the order of a key only if its type is spelled INTEGER."""

runs = Table(
    "runs",
    metadata,
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("started_at", Utc, nullable=False),
    Column("seen_at", Utc, nullable=False),
    Column("ended_at", Utc),
    Column("host", String, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("version", String, nullable=False),
)
journal = Table(
    "journal",
    metadata,
    Column("seq", RowNumber, primary_key=True, autoincrement=False),
    Column("run", Integer, ForeignKey("runs.run"), nullable=False),
    Column("at", Utc, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("type", String, nullable=False),
    Column("input", Text, nullable=False),
    Column("effects", Text, nullable=False),
    Column("outcome", String, nullable=False),
    Column("detail", Text, nullable=False),
)
live = Table(
    "live",
    metadata,
    Column("kind", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("body", Text, nullable=False),
)
interactions = Table(
    "interactions",
    metadata,
    Column("id", String, primary_key=True),
    Column("node", String, nullable=False),
    Column("caller", String, nullable=False, index=True),
    Column("number", String, nullable=False),
    Column("project", String),
    Column("queue", String),
    Column("started_at", Utc, nullable=False, index=True),
    Column("ended_at", Utc),
    Column("outcome", String),
)
legs = Table(
    "legs",
    metadata,
    Column("node", String, primary_key=True),
    Column("channel", String, primary_key=True),
    Column("interaction", String, nullable=False, index=True),
    Column("role", String, nullable=False),
    Column("agent", String),
    Column("listens_to", String),
    Column("made", Boolean, nullable=False),
    Column("asked_at", Utc, nullable=False),
    Column("up_at", Utc),
    Column("ended_at", Utc),
    Column("cause", Integer),
    Column("sip_status", Integer),
)
entries = Table(
    "entries",
    metadata,
    Column("id", String, primary_key=True),
    Column("interaction", String, nullable=False, index=True),
    Column("queue", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("order_since", Utc, nullable=False),
    Column("entered_at", Utc, nullable=False),
    Column("ended_at", Utc),
    Column("outcome", String),
    Column("winner", String),
    Column("tries", Integer, nullable=False),
    Index(None, "queue", "entered_at"),
)
offers = Table(
    "offers",
    metadata,
    Column("id", String, primary_key=True),
    Column("interaction", String, nullable=False, index=True),
    Column("entry", String, nullable=False, index=True),
    Column("agent", String, nullable=False),
    Column("offered_at", Utc, nullable=False),
    Column("ended_at", Utc),
    Column("outcome", String),
    Column("explanation", JSON, nullable=False),
    Index(None, "agent", "offered_at"),
)
attempts = Table(
    "attempts",
    metadata,
    Column("node", String, primary_key=True),
    Column("channel", String, primary_key=True),
    Column("interaction", String, nullable=False, index=True),
    Column("offer", String, nullable=False),
    Column("agent", String, nullable=False),
    Column("device", String, nullable=False),
    Column("ring_for_ms", Integer, nullable=False),
    Column("asked_at", Utc, nullable=False),
    Column("rang_at", Utc),
    Column("up_at", Utc),
    Column("ended_at", Utc),
    Column("outcome", String),
)
dispositions = Table(
    "dispositions",
    metadata,
    Column("offer", String, primary_key=True),
    Column("interaction", String, nullable=False, index=True),
    Column("agent", String, nullable=False),
    Column("project", String),
    Column("queue", String),
    Column("code", String, nullable=False),
    Column("category", String, nullable=False),
    Column("note", Text, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("automatic", Boolean, nullable=False),
    Column("at", Utc, nullable=False, index=True),
)
callback_marks = Table(
    "callback_marks",
    metadata,
    Column("entry", String, primary_key=True),
    Column("interaction", String, nullable=False, index=True),
    Column("by", String, nullable=False),
    Column("at", Utc, nullable=False),
    Column("result", String, nullable=False),
)
agent_intervals = Table(
    "agent_intervals",
    metadata,
    Column("agent", String, primary_key=True),
    Column("started_at", Utc, primary_key=True),
    Column("ended_at", Utc, index=True),
    Column("project", String),
    Column("status", String),
    Column("category", String, nullable=False),
    Column("phase", String),
    Column("interaction", String),
)
