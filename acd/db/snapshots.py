"""Snapshots: the whole live state as it was after one line of the journal, to replay from.

A group is one transaction: the journal's lines, and the live rows they lead to. So whoever sees
one moment of the database sees the rows exactly as the last line has left them.
"""

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.engine import Connection, Engine

from acd.db.codec import Codec
from acd.db.connection import insert_once
from acd.db.journal_tables import snapshots
from acd.db.moment import brief, one_moment
from acd.db.tables import journal, live, runs

SETTINGS = "General"
"""The kind of the row that carries the version of the configuration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """seq: the line of the journal after which it was so; run, version: whose line that is."""

    seq: int
    run: int
    at: datetime
    version: str
    settings_version: int
    rows: int


ABOUT = tuple(snapshots.c[name] for name in Snapshot.__slots__)


def take(engine: Engine) -> Snapshot | None:
    """Keep a snapshot of this moment; None if nothing has happened yet, or nothing since the
    last one. The process that serves notices only the insertion of one row."""
    with one_moment(engine) as connection:
        last = connection.execute(_LAST_LINE).one_or_none()
        before = newest(connection)
        if last is None or (before and last.seq == before.seq):
            return None
        rows = connection.execute(select(live.c.kind, live.c.body)).all()
    about = {**last._mapping, "settings_version": _settings_version(rows), "rows": len(rows)}
    with brief(engine) as connection:
        statement = insert_once(snapshots, engine.dialect.name)
        connection.execute(statement, {**about, "body": packed(rows)})
    return Snapshot(**about)


def kept(connection: Connection) -> list[Snapshot]:
    """All that are kept, the oldest first."""
    found = connection.execute(select(*ABOUT).order_by(snapshots.c.seq))
    return [Snapshot(**row._mapping) for row in found]


def newest(connection: Connection) -> Snapshot | None:
    """The one that was taken last."""
    found = connection.execute(select(*ABOUT).order_by(snapshots.c.seq.desc()).limit(1)).first()
    return Snapshot(**found._mapping) if found else None


def version_now(connection: Connection) -> str | None:
    """Which program has written the last line; None if there is none."""
    last = connection.execute(_LAST_LINE).one_or_none()
    return last.version if last else None


def rows_of(connection: Connection, codec: Codec, seq: int) -> list[Any]:
    """The rows of the snapshot that was taken after that line. Raises codec.Unreadable."""
    body = connection.scalar(select(snapshots.c.body).where(snapshots.c.seq == seq))
    return [codec.decode(kind, json) for kind, json in unpacked(body or packed([]))]


_LAST_LINE = (
    select(journal.c.seq, journal.c.run, journal.c.at, runs.c.version)
    .join(runs)
    .order_by(journal.c.seq.desc())
    .limit(1)
)


def packed(rows: Any) -> bytes:
    """Pairs of a kind and its JSON as they are kept."""
    return zlib.compress(json.dumps([list(row) for row in rows]).encode())


def unpacked(body: bytes) -> list[tuple[str, str]]:
    return [(kind, text) for kind, text in json.loads(zlib.decompress(body))]


def _settings_version(rows: "Sequence[Row[str, str]]") -> int:
    bodies = (json.loads(body) for kind, body in rows if kind == SETTINGS)
    return next((body["version"] for body in bodies), 0)
