"""The database: the journal, the live state, and the rows that reports are made of."""

from acd.db.backlog import Limits
from acd.db.codec import Unreadable
from acd.db.errors import (
    DatabaseError,
    DatabaseUnavailable,
    SchemaAhead,
    SchemaBehind,
    Superseded,
)
from acd.db.record import JournalLine
from acd.db.schema import migrate
from acd.db.store import Store
from acd.db.writer import Writer

__all__ = [
    "DatabaseError",
    "DatabaseUnavailable",
    "JournalLine",
    "Limits",
    "SchemaAhead",
    "SchemaBehind",
    "Store",
    "Superseded",
    "Unreadable",
    "Writer",
    "migrate",
]
