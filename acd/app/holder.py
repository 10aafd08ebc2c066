"""Who works on the database: two processes must not share it, nor its nodes.

The process of a run is dead when the run's lock is free (acd/db/hold.py), and frozen when the lock
is held but nothing of the run is seen any more.
"""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select

from acd.app.exits import HeldByAnother
from acd.db import DatabaseError, Store
from acd.db.hold import Hold, deciding
from acd.db.tables import runs

logger = logging.getLogger(__name__)

TO_START = "Stop it, or start with --take-over, and it ends; or wait for its end with --standby"
LOOK_EVERY_S = 0.25
FROZEN_S = 10.0
"""The writer of a run that lives renews `seen_at` five times in that time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A life of the program that has not ended in good order, as far as the database knows."""

    number: int
    host: str
    pid: int
    seen_at: datetime


async def begin(store: Store, hold: Hold, *, replaces: int | None = None) -> int:
    """Begin a run, whose process is alive as long as the hold is; gives its number.

    replaces: the run that may be alive or frozen, and ends by this. Raises HeldByAnother if
    another one is alive, DatabaseUnavailable.
    """
    async with deciding(hold):
        run = await latest(store)
        if run is not None and run.number != replaces and await hold.is_held(run.number):
            raise _held(run, TO_START)
        number = await store.new_run()
        await hold.take(number)
    return number


async def refuse_a_second(store: Store, hold: Hold, remedy: str = "Stop it first") -> None:
    """See that nobody else is at work; remedy: what to do if so. Raises HeldByAnother,
    DatabaseUnavailable."""
    run = await latest(store)
    if run is not None and await hold.is_held(run.number):
        raise _held(run, remedy)


def _held(run: Run, remedy: str) -> HeldByAnother:
    seen = (datetime.now(UTC) - run.seen_at).total_seconds()
    return HeldByAnother(
        f"another `acd run` works on this database: process {run.pid} on host {run.host}, run "
        f"{run.number}, last seen {seen:.0f} s ago. {remedy}"
    )


async def wait_for_turn(store: Store, hold: Hold, stop: asyncio.Event) -> int | None:
    """Wait until the process that works here has ended, died or frozen, or until stop is set;
    gives the run to be replaced, None if there is none to be replaced."""
    watch = Watch(store, hold)
    while not stop.is_set() and not await watch.is_over():
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_EVERY_S):
                await stop.wait()
    return watch.run.number if watch.run else None


class Watch:
    """Looks at the process that works here, again and again."""

    def __init__(self, store: Store, hold: Hold) -> None:
        self._store = store
        self._hold = hold
        self.run: Run | None = None
        self._seen_since = 0.0
        self._free_before = False
        self._away = False

    async def is_over(self) -> bool:
        """Whether nobody works here any more. A database that is away is no reason to think so."""
        try:
            self._note(run := await latest(self._store))
            held = run is not None and await self._hold.is_held(run.number)
            if held and self._silent_s() > FROZEN_S / 2:
                # Who works here may be silent because nobody can write.
                await self._store.try_writing()
        except DatabaseError as error:
            self._lost_sight(error)
            return False
        self._away = False
        return run is None or (self._is_frozen() if held else self._is_free())

    def _is_frozen(self) -> bool:
        self._free_before = False
        return self._silent_s() > FROZEN_S

    def _is_free(self) -> bool:
        """A session may be lost for a moment: only what is free twice is free."""
        before, self._free_before = self._free_before, True
        return before

    def _note(self, run: Run | None) -> None:
        if run != self.run:
            self.run, self._seen_since, self._free_before = run, _now(), False

    def _silent_s(self) -> float:
        """For how long nothing of the run has been seen, by our own clock."""
        return _now() - self._seen_since

    def _lost_sight(self, error: DatabaseError) -> None:
        if not self._away:
            logger.warning(
                "the database is away: who works here is unknown", extra={"reason": str(error)}
            )
        self.run, self._free_before, self._away = None, False, True


def _now() -> float:
    return asyncio.get_running_loop().time()


async def latest(store: Store) -> Run | None:
    """The newest run that has not ended. Raises DatabaseUnavailable."""
    query = select(runs).where(runs.c.ended_at.is_(None)).order_by(runs.c.run.desc()).limit(1)
    async with store.reading() as connection:
        found = (await connection.execute(query)).one_or_none()
    if found is None:
        return None
    return Run(number=found.run, host=found.host, pid=found.pid, seen_at=found.seen_at)
