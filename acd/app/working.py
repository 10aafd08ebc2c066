"""The worker: jobs on the database that the process which serves must not be kept waiting by.

Each job is bounded or can be stopped, and can be done again; what one turn does not finish, the
next one goes on with. Jobs that are fed by others (an outbox) will be further ones of these.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.engine import Engine

from acd.app.exits import HeldByAnother
from acd.config.journal import Journal
from acd.db import DatabaseUnavailable, retention, sizes, snapshots
from acd.db.hold import Hold, open_hold
from acd.db.moment import one_moment, opened

logger = logging.getLogger(__name__)

WORKER = 2**31 - 1
"""The number that a worker holds in the place of a run's."""
EVERY_S = 60.0
MEASURE_EVERY = timedelta(hours=1)
FEW_DAYS = 7
"""A disk that will be full in less is worth a warning."""
Stopped = Callable[[], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What is to be done on which database."""

    database: str
    journal: Journal

    def turn(self, stopped: Stopped = lambda: False) -> None:
        """Do all that is due. Raises DatabaseError."""
        now = datetime.now(UTC)
        with opened(self.database) as engine:
            self._snapshot(engine, now)
            self._drop_old(engine, now, stopped)
            self._drop_old_reports(engine, now, stopped)
            self._measure(engine, now)

    def _snapshot(self, engine: Engine, now: datetime) -> None:
        """Take one when it is time, and when another program has begun: it decides otherwise."""
        with one_moment(engine) as connection:
            last = snapshots.newest(connection)
            version = snapshots.version_now(connection)
        every = timedelta(hours=self.journal.snapshot_every_h)
        if last and now - last.at < every and last.version == version:
            return
        if taken := snapshots.take(engine):
            about = {"seq": taken.seq, "rows": taken.rows, "version": taken.version}
            logger.info("snapshot taken", extra=about)

    def _drop_old(self, engine: Engine, now: datetime, stopped: Stopped) -> None:
        before = now - timedelta(days=self.journal.keep_days)
        gone = retention.drop_old(engine, before, stopped)
        if gone.lines or gone.snapshots:
            about = {
                "lines": gone.lines,
                "snapshots": gone.snapshots,
                "slowest_ms": round(1000 * gone.slowest_s, 1),
            }
            logger.info("what is too old is deleted", extra=about)

    def _drop_old_reports(self, engine: Engine, now: datetime, stopped: Stopped) -> None:
        if self.journal.keep_reports_days is None:
            return
        before = now - timedelta(days=self.journal.keep_reports_days)
        gone = retention.drop_old_reports(engine, before, stopped)
        if gone.interactions or gone.intervals:
            about = {
                "interactions": gone.interactions,
                "intervals": gone.intervals,
                "slowest_ms": round(1000 * gone.slowest_s, 1),
            }
            logger.info("reports that are too old are deleted", extra=about)

    def _measure(self, engine: Engine, now: datetime) -> None:
        with one_moment(engine) as connection:
            last = sizes.last_kept(connection)
        if last and now - last < MEASURE_EVERY:
            return
        size = sizes.measure(engine, now)
        sizes.keep(engine, size.tables, now)
        about = {"bytes": size.bytes, "growth": size.growth, "days_left": size.days_left}
        few = size.days_left is not None and size.days_left < FEW_DAYS
        logger.log(
            logging.WARNING if few else logging.INFO, "the database is measured", extra=about
        )


async def work(work: Work, stop: asyncio.Event, *, once: bool = False) -> None:
    """Do what is due, again and again until stop is set; once: do it and return.

    Only one works on a database. While that is away, this waits for it. Raises HeldByAnother,
    DatabaseError.
    """
    hold = await open_hold(work.database)
    try:
        if not await hold.take(WORKER):
            raise HeldByAnother(
                "another `acd worker` works on this database: one is enough, stop the other one "
                "if it should be this one"
            )
        await _turns(work, hold, stop, once=once)
    finally:
        await hold.close()


async def _turns(work: Work, hold: Hold, stop: asyncio.Event, *, once: bool) -> None:
    keeping = asyncio.create_task(hold.keep())
    try:
        while not stop.is_set():
            await _one(work, stop, patient=not once)
            if once:
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(EVERY_S):
                    await stop.wait()
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


async def _one(work: Work, stop: asyncio.Event, *, patient: bool) -> None:
    try:
        await asyncio.to_thread(work.turn, stop.is_set)
    except DatabaseUnavailable as error:
        if not patient:
            raise
        logger.warning("the database is away: the worker waits", extra={"reason": str(error)})
