"""The database as the rest of the program sees it, but for what the writer writes."""

import logging
import os
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Self

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from acd.db import schema
from acd.db.codec import Codec, Unreadable
from acd.db.connection import open_engine
from acd.db.record import MESSAGES, JournalLine, line_of
from acd.db.tables import journal, live, runs
from acd.db.version import program_version

logger = logging.getLogger(__name__)
PAGE = 500
"""So many lines of the journal are read at once."""


class Store:
    """One database: opened once, used until closed."""

    def __init__(self, url: str, engine: AsyncEngine, codec: Codec) -> None:
        self.url = url
        self.engine = engine
        self.codec = codec

    @classmethod
    async def open(cls, url: str, *, kinds: Iterable[type]) -> Self:
        """Open the database at sqlite:///PATH or postgresql://USER@HOST/NAME.

        kinds: the classes of live rows. Raises DatabaseUnavailable, and ValueError for a URL
        that is not one.
        """
        store = cls(url, open_engine(url), Codec((*MESSAGES, *kinds)))
        try:
            async with store.reading():
                return store
        except BaseException:
            await store.close()
            raise

    async def close(self) -> None:
        await self.engine.dispose()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection to read with, or to write a little. Raises DatabaseUnavailable."""
        try:
            async with self.engine.connect() as connection:
                yield connection
        except DBAPIError as error:
            raise schema.unavailable(self.url, error) from error

    async def check_schema(self) -> None:
        """See that the tables fit. Raises SchemaBehind, SchemaAhead, DatabaseUnavailable."""
        async with self.reading() as connection:
            await connection.run_sync(schema.check)

    async def new_run(self) -> int:
        """Begin a run: a number above all before, which outlives even a power cut.

        Earlier runs end with this: what they still try to write is refused. Raises
        DatabaseUnavailable.
        """
        now = datetime.now(UTC)
        async with self.reading() as connection:
            # Asterisk may be on another machine, and know the ids of a run forgotten here.
            await connection.execution_options(writes=True, synced=True)
            async with connection.begin():
                await connection.execute(_END_OTHERS)
                last = await connection.scalar(select(func.max(runs.c.run)))
                run = 1 + (last or 0)
                await connection.execute(insert(runs), {"run": run, **_about_us(now)})
        return run

    async def end_run(self, run: int) -> None:
        """Note that the run has ended in good order. Raises DatabaseUnavailable."""
        ended = update(runs).where(runs.c.run == run, runs.c.ended_at.is_(None))
        async with self.reading() as connection, connection.begin():
            await connection.execute(ended, {"ended_at": datetime.now(UTC)})

    async def try_writing(self) -> None:
        """See that rows could be written. Raises DatabaseUnavailable."""
        nothing = update(runs).where(runs.c.run < 0)
        async with self.reading() as connection:
            await connection.execution_options(writes=True)
            async with connection.begin():
                await connection.execute(nothing, {"pid": 0})

    async def load_rows(self) -> list[Any]:
        """All live rows. One that cannot be read any more is left out, and logged as an error:
        it would keep the others from being served. Raises DatabaseUnavailable."""
        async with self.reading() as connection:
            found = (await connection.execute(select(live))).all()
        rows = []
        for kind, key, body in found:
            try:
                rows.append(self.codec.decode(kind, body))
            except Unreadable as error:
                about = {"kind": kind, "key": key, "reason": str(error)}
                logger.error("a live row cannot be read and is left out", extra=about)  # noqa: TRY400
        return rows

    async def read_journal(self, from_seq: int = 1) -> AsyncIterator[JournalLine]:
        """The journal in order. Raises codec.Unreadable, DatabaseUnavailable."""
        page = select(journal).order_by(journal.c.seq).limit(PAGE)
        while True:
            async with self.reading() as connection:
                lines = (await connection.execute(page.where(journal.c.seq >= from_seq))).all()
            for values in lines:
                yield line_of(self.codec, values)
            if len(lines) < PAGE:
                return
            from_seq = lines[-1].seq + 1


_END_OTHERS = update(runs).where(runs.c.ended_at.is_(None)).values(ended_at=runs.c.seen_at)


def _about_us(now: datetime) -> dict[str, Any]:
    return {
        "started_at": now,
        "seen_at": now,
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "version": program_version(),
    }
