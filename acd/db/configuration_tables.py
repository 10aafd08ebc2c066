"""The tables of the configuration's versions, and of what is in force."""

from sqlalchemy import Column, Integer, LargeBinary, String, Table, Text

from acd.db.tables import Utc, metadata

configurations = Table(
    "configurations",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("at", Utc, nullable=False),
    Column("author", String, nullable=False),
    Column("note", Text, nullable=False),
    Column("digest", String, nullable=False),
    Column("sources", String, nullable=False),
    Column("changes", Text, nullable=False),
)
configuration_sources = Table(
    "configuration_sources",
    metadata,
    Column("digest", String, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)
entities = Table(
    "entities",
    metadata,
    Column("section", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("owner", String, nullable=False),
    Column("body", Text, nullable=False),
)
