"""The writer's connection, with a thread of its own.

A group is a dozen statements. Through an async driver each of them is a trip to another thread
and back (SQLite) or through the event loop (PostgreSQL); here the group is one trip, at a fifth
of the processor time (docs/adr/0004-journal-and-live-state.md).
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from queue import SimpleQueue
from threading import Thread

from sqlalchemy.engine import Connection

from acd.db.codec import Codec
from acd.db.connection import open_writing_engine
from acd.db.errors import Superseded, is_away
from acd.db.group import Group
from acd.db.transaction import Transaction

PATIENCE_S = 2.0
"""So long the end waits for a database that does not answer."""
Answer = asyncio.Future[set[int]]
Job = Callable[[], None]


class Link:
    def __init__(self, url: str, codec: Codec, run: int) -> None:
        self._engine = open_writing_engine(url)
        self._codec = codec
        self._run = run
        self._connection: Connection | None = None
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._answer: Answer | None = None

    async def write(self, group: Group) -> set[int]:
        """Write the group, or nothing of it; gives the journal's numbers that were left out
        because they cannot be written. The group must not change meanwhile.

        Raises Superseded, and whatever the database raises while it is away.
        """
        self._start()
        answer: Answer = asyncio.get_running_loop().create_future()
        self._answer = answer
        self._jobs.put(lambda: self._try(answer, group))
        return await answer

    async def close(self) -> None:
        """Close the connection; nothing can be written after that."""
        if closed := self._end():
            await asyncio.wait([closed], timeout=PATIENCE_S)

    def abandon(self) -> None:
        """Wait no longer: write() raises TimeoutError, and a thread that hangs in the database is
        left to itself."""
        self._end()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(TimeoutError("the database takes too long"))

    def _start(self) -> None:
        if self._thread is None:
            # A daemon: a database that never answers must not keep the process from ending.
            self._thread = Thread(target=self._work, name="database writer", daemon=True)
            self._thread.start()

    def _end(self) -> Answer | None:
        """Have the thread close the connection when it comes to that, and end."""
        if self._thread is None:
            return None
        closed: Answer = asyncio.get_running_loop().create_future()
        self._jobs.put(lambda: self._close(closed))
        self._jobs.put(None)
        self._thread = None
        return closed

    # In the thread.

    def _work(self) -> None:
        while job := self._jobs.get():
            job()

    def _try(self, answer: Answer, group: Group) -> None:
        try:
            left_out = self._write(group)
        except Exception as error:
            self._disconnect()
            _tell(answer, error)
        else:
            _tell(answer, left_out)

    def _close(self, closed: Answer) -> None:
        self._disconnect()
        _tell(closed, set())

    def _write(self, group: Group) -> set[int]:
        try:
            return self._transaction(group, careful=False)
        except Superseded:
            raise
        except Exception as error:
            if is_away(error):
                raise
        # Something in the group is bad: leave that out, and write the rest.
        return self._transaction(group, careful=True)

    def _transaction(self, group: Group, *, careful: bool) -> set[int]:
        if self._connection is None:
            self._connection = self._engine.connect()
        transaction = Transaction(
            connection=self._connection,
            codec=self._codec,
            run=self._run,
            now=group.at or datetime.now(UTC),
            careful=careful,
        )
        return transaction.write(group)

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()


def _tell(answer: Answer, result: set[int] | Exception) -> None:
    """Hand the result to the loop, unless nobody waits any more or the loop is gone."""

    def tell() -> None:
        if answer.done():
            return
        if isinstance(result, Exception):
            answer.set_exception(result)
        else:
            answer.set_result(result)

    loop = answer.get_loop()
    if not loop.is_closed():
        loop.call_soon_threadsafe(tell)
