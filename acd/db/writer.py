"""The one writer: what the core decides is recorded at once, and committed in groups.

record() returns at once. run() commits what has come in, at the latest 50 ms after its first
record, at once if somebody waits for it; where nothing comes in it writes every two seconds that
it lives. While the database is away everything is kept here, as far as the limits allow, and
written in order when it is back.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Self

from sqlalchemy import func, select

from acd.agents.agent import Agent
from acd.db.backlog import Backlog, Dropped, Limits
from acd.db.errors import Superseded, reason_of
from acd.db.group import Line
from acd.db.intervals import Interval, Intervals
from acd.db.link import Link
from acd.db.record import line_values
from acd.db.store import Store
from acd.db.tables import agent_intervals, journal, runs
from acd.views import Change, Record

logger = logging.getLogger(__name__)
ROOM = 1000
"""Bytes of memory that a line of the journal takes beside its texts."""
Answer = asyncio.Future[bool]
OnCommit = Callable[[float, int], None]
"""Told of every group that is committed: the seconds it took, and its lines of the journal."""


class Writer:
    """Make it with open(), have one task run run(), end with drain()."""

    def __init__(
        self, store: Store, run: int, *, next_seq: int, intervals: Intervals, backlog: Backlog
    ) -> None:
        self._store = store
        self._run = run
        self._next_seq = next_seq
        self._intervals = intervals
        self.backlog = backlog
        self.on_commit: OnCommit = lambda seconds, lines: None
        self.away_since: float | None = None
        """The loop's time when the database was first found away; None while it is there."""
        self._link = Link(store.url, store.codec, run)
        self._some = asyncio.Event()
        self._urgent = asyncio.Event()
        self._closing = asyncio.Event()
        self._over = asyncio.Event()
        self._stopped = asyncio.Event()
        self._superseded = False
        self._due = 0.0

    @classmethod
    async def open(
        cls, store: Store, run: int, rows: Iterable[Any], limits: Limits | None = None
    ) -> Self:
        """The writer of a new run; rows: what load_rows gave. Raises DatabaseUnavailable."""
        async with store.reading() as connection:
            last = await connection.scalar(select(func.max(journal.c.seq)))
            seen = await connection.scalar(select(func.max(runs.c.seen_at)).where(runs.c.run < run))
            unfinished = select(agent_intervals).where(agent_intervals.c.ended_at.is_(None))
            found = (await connection.execute(unfinished)).mappings().all()
        rows = list(rows)
        writer = cls(
            store,
            run,
            next_seq=1 + (last or 0),
            intervals=Intervals(Interval(**values) for values in found),
            backlog=Backlog(limits or Limits(), [(type(row), row.key) for row in rows]),
        )
        agents = [row for row in rows if isinstance(row, Agent)]
        writer._take_intervals(writer._intervals.resume(agents, seen or datetime.now(UTC)))
        return writer

    def begin(self, changes: Iterable[Change], now: datetime) -> None:
        """Take in what the core has changed by beginning, before any input: it is written with
        the first group, and the live state is what the core believes."""
        for change in changes:
            self._take(change, now)

    # Recording.

    def record(self, record: Record) -> Answer | None:
        """Take the record in. A request gets an answer when its group is committed: True, or
        False if it had to be given up. Nothing else is answered."""
        waits = record.kind == "request"
        answer = asyncio.get_running_loop().create_future() if waits else None
        for change in record.changes:
            self._take(change, record.at)
        line = self._line(record, answer)
        if line is None or self._stopped.is_set():
            _refuse(answer)
        else:
            self.backlog.write_down(line)
        self._wake()
        return answer

    @staticmethod
    async def committed(answer: Answer, within: float = 1.0) -> bool:
        """Whether the record is kept for good by then, in seconds; it may still be later."""
        await asyncio.wait([answer], timeout=within)
        return answer.done() and answer.result()

    def _take(self, change: Change, now: datetime) -> None:
        row = change.row
        if isinstance(row, Agent):
            follow, leave = self._intervals.follow, self._intervals.leave
            self._take_intervals(follow(row, now) if change.live else leave(row.id, now))
        if change.live:
            self.backlog.put(row)
        else:
            self.backlog.end(row)

    def _take_intervals(self, intervals: Iterable[Interval]) -> None:
        for interval in intervals:
            if interval.ended_at is None:
                self.backlog.put(interval)
            else:
                self.backlog.end(interval)
            self._wake()

    def _line(self, record: Record, answer: Answer | None) -> Line | None:
        """The journal's line; None for a record that cannot be written, which is logged."""
        seq = self._next_seq
        self._next_seq += 1
        try:
            values = line_values(self._store.codec, record, seq, self._run)
        except Exception as error:
            about = {"seq": seq, "input": type(record.input).__name__, "reason": str(error)}
            logger.error("a record cannot be written and is left out", extra=about)  # noqa: TRY400
            return None
        size = ROOM + len(values["input"]) + len(values["effects"]) + len(values["detail"])
        return Line(values=values, size=size, answer=answer)

    def _wake(self) -> None:
        if not self._some.is_set():
            self._due = asyncio.get_running_loop().time() + self.backlog.limits.group_s
            self._some.set()
        if self.backlog.urgent:
            self._urgent.set()

    # Writing.

    async def run(self) -> None:
        """Write groups until drained. Raises Superseded if another process takes over."""
        try:
            while await self._group_is_due():
                await self._commit()
        finally:
            self._stopped.set()
            self.backlog.give_up()
            await self._link.close()

    async def drain(self, timeout: float) -> bool:  # noqa: ASYNC109
        """Have all that was recorded written, and run() end: at the latest after so many
        seconds, even if the database is away. Gives whether all is written."""
        self._closing.set()
        self._some.set()
        self._urgent.set()
        if not await _within(timeout, self._stopped):
            self._over.set()
            self._link.abandon()
            await self._stopped.wait()
        if self.backlog:
            about = {"journal_lines": self.backlog.lines, "ended_rows": self.backlog.ended_rows}
            if self._superseded:
                logger.warning(
                    "another process has taken over: our last is not written", extra=about
                )
            else:
                logger.error("the database is away at the end: what waits is lost", extra=about)
        return not self.backlog

    async def _group_is_due(self) -> bool:
        """Wait for the next group, or for the time to write that we live; False when all is
        written and no more will come."""
        if self._is_done():
            return False
        if await _within(self.backlog.limits.beat_s, self._some):
            await _within(self._due - asyncio.get_running_loop().time(), self._urgent)
        self._some.clear()
        self._urgent.clear()
        return not self._is_done()

    def _is_done(self) -> bool:
        return self._over.is_set() or (self._closing.is_set() and not self.backlog)

    async def _commit(self) -> None:
        """Write all there is, however often that must be tried."""
        pause = self.backlog.limits.first_pause_s
        while not await self._try():
            # Draining cuts the pause short, and ends it all when its time is up.
            if not await _within(pause, self._closing):
                pause = min(2 * pause, self.backlog.limits.longest_pause_s)
            elif await _within(self.backlog.limits.first_pause_s, self._over):
                return

    async def _try(self) -> bool:
        group, begun = self.backlog.begin(), asyncio.get_running_loop().time()
        lines = len(group.lines)
        try:
            left_out = await self._link.write(group)
        except Superseded:
            self._superseded = True
            raise
        except Exception as error:
            self.backlog.failed()
            self._found_away(error)
            return False
        self.on_commit(asyncio.get_running_loop().time() - begun, lines)
        self.backlog.written(left_out)
        self._found_back()
        return True

    def _found_away(self, error: Exception) -> None:
        if self.away_since is None:
            self.away_since = asyncio.get_running_loop().time()
            about = {"reason": reason_of(error)}
            logger.warning("the database is away: what is to be written waits", extra=about)

    def _found_back(self) -> None:
        if self.away_since is None:
            return
        about = {
            "away_s": round(asyncio.get_running_loop().time() - self.away_since, 1),
            "dropped_journal_lines": self.backlog.dropped.lines,
            "dropped_ended_rows": self.backlog.dropped.ended_rows,
        }
        logger.warning("the database is back: all that waited is written", extra=about)
        self.away_since = None
        self.backlog.dropped = Dropped()


async def _within(seconds: float, event: asyncio.Event) -> bool:
    """Wait for the event, but not longer; gives whether it has come."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()


def _refuse(answer: Answer | None) -> None:
    if answer is not None:
        answer.set_result(False)
