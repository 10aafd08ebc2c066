"""The tables of the journal's life: snapshots, erasures, and how much room everything takes."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Table

from acd.db.tables import RowNumber, Utc, metadata

snapshots = Table(
    "snapshots",
    metadata,
    # The state is as it was after the journal's line with this number.
    Column("seq", RowNumber, primary_key=True, autoincrement=False),
    Column("run", Integer, nullable=False),
    Column("at", Utc, nullable=False),
    Column("version", String, nullable=False),
    Column("settings_version", Integer, nullable=False),
    Column("rows", Integer, nullable=False),
    # Pairs of a class's name and its JSON, as one JSON list, compressed by zlib.
    Column("body", LargeBinary, nullable=False),
)
erasures = Table(
    "erasures",
    metadata,
    Column("pseudonym", String, primary_key=True),
    Column("kind", String, nullable=False),
    # Only while it is not finished: afterwards nobody can tell whose pseudonym that is.
    Column("salt", LargeBinary),
    Column("started_at", Utc, nullable=False),
    Column("ended_at", Utc),
)
sizes = Table(
    "sizes",
    metadata,
    Column("at", Utc, primary_key=True),
    Column("name", String, primary_key=True),
    Column("rows", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
)
