"""Who works on a PostgreSQL database: advisory locks of a session that lives as long as we do."""

import asyncio
import logging
from contextlib import suppress
from typing import Any, Self

import psycopg
from sqlalchemy import make_url

from acd.db.connection import POSTGRESQL_ARGUMENTS, shown
from acd.db.errors import DatabaseUnavailable, reason_of

logger = logging.getLogger(__name__)

OURS = 0x61636421
"""The class of our advisory locks, which nobody else on the server should have."""
SETTLED_S = 5
"""So long after a server's start a free lock means nothing: whoever had it may come back."""
AGAIN_S = 0.1
ARGUMENTS = {
    **POSTGRESQL_ARGUMENTS,
    "autocommit": True,
    "application_name": "acd: who works here",
    # Either side notices within some 10 s that the machine at the other end is gone.
    "keepalives_idle": 4,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "options": "-c tcp_keepalives_idle=4 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3",
}
TAKE = "SELECT pg_try_advisory_lock(%s, %s)"
LET_GO = "SELECT pg_advisory_unlock(%s, %s)"
HELD = """
SELECT now() - pg_postmaster_start_time() < make_interval(secs => %s) OR EXISTS (
    SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = database
    WHERE datname = current_database() AND locktype = 'advisory' AND pid <> pg_backend_pid()
        AND classid = %s AND objid = %s
)
"""


class SessionHold:
    def __init__(self, url: str) -> None:
        self._url = url
        self._taken: set[int] = set()
        self._session: psycopg.AsyncConnection[Any] | None = None
        self._one_at_a_time = asyncio.Lock()

    @classmethod
    async def open(cls, url: str) -> Self:
        """Raises DatabaseUnavailable."""
        hold = cls(url)
        await hold._ask("SELECT true")
        return hold

    async def take(self, run: int) -> bool:
        taken = await self._ask(TAKE, OURS, run)
        if taken:
            self._taken.add(run)
        return taken

    async def let_go(self, run: int) -> None:
        self._taken.discard(run)
        await self._ask(LET_GO, OURS, run)

    async def is_held(self, run: int) -> bool:
        return await self._ask(HELD, SETTLED_S, OURS, run)

    async def keep(self) -> None:
        while True:
            try:
                await self._ask("SELECT true")
                await self._disturbed()
            except DatabaseUnavailable as error:
                about = {"reason": str(error)}
                logger.warning("the session that says who works here is lost", extra=about)
                await self._have_again()

    async def _disturbed(self) -> None:
        """Wait until the server says something unasked: as a rule that it closes the session."""
        async with self._one_at_a_time:
            loop, heard = asyncio.get_running_loop(), asyncio.Event()
            file = (await self._connected()).fileno()
            loop.add_reader(file, heard.set)
            try:
                await heard.wait()
            finally:
                loop.remove_reader(file)

    async def _have_again(self) -> None:
        while True:
            await asyncio.sleep(AGAIN_S)
            with suppress(DatabaseUnavailable):
                if all([await self.take(run) for run in self._taken]):
                    return

    async def close(self) -> None:
        await self._drop()

    async def _drop(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _ask(self, query: str, *values: int) -> bool:
        async with self._one_at_a_time:
            try:
                session = await self._connected()
                found = await (await session.execute(query.encode(), values)).fetchone()
            except psycopg.Error as error:
                await self._drop()
                raise DatabaseUnavailable(
                    f"{shown(self._url)} cannot be used ({reason_of(error).strip()}): see that "
                    "it exists, is reachable, and that this user may read and write it"
                ) from error
        return bool(found and found[0])

    async def _connected(self) -> psycopg.AsyncConnection[Any]:
        if self._session is None:
            url = make_url(self._url)
            where = url.translate_connect_args(username="user", database="dbname")
            given: dict[str, Any] = {**where, **url.query, **ARGUMENTS}
            self._session = await psycopg.AsyncConnection.connect(**given)
        return self._session
