"""Replaying the journal of a database."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.engine import Engine

from acd.app.replaying import Difference, Explained, Gap, Otherwise, Replay
from acd.db import DatabaseError, journal, snapshots
from acd.db.codec import Codec
from acd.db.history import explanations
from acd.db.moment import one_moment
from acd.db.record import MESSAGES
from acd.db.version import program_version
from acd.distributor.state import KINDS

OFFERS = 500
"""So many are compared at a time."""
CODEC = Codec((*MESSAGES, *KINDS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What replaying has found. snapshots: those that were compared on the way; versions: of
    the programs that have written the lines; now: of this one."""

    first: int
    last: int
    runs: int
    snapshots: int
    seconds: float
    versions: tuple[str, ...]
    now: str
    offers: int
    """Of how many it was compared why they were made; one that was open for long counts twice."""
    difference: Difference | Otherwise | Explained | None = None
    broken: str = ""
    """Why it could not go on."""

    @property
    def lines(self) -> int:
        return self.last - self.first + 1


def replay(engine: Engine, *, since: int | None = None, until: int | None = None) -> Report:
    """Replay from the snapshot after line `since` to line `until`: as a rule from the beginning,
    or from the oldest snapshot if that is gone, to the last line. Raises NotReplayable."""
    with one_moment(engine) as connection:
        kept = {one.seq: one for one in snapshots.kept(connection)}
        start = beginning(journal.ends(connection), kept, since)
        seq, last = start[0], min(start[1], until or start[1])
        begin = Replay(
            seq=seq,
            run=kept[seq].run if seq else 0,
            rows=snapshots.rows_of(connection, CODEC, seq) if seq else (),
        )
        versions = journal.versions(connection)
    return _Reading(engine, begin, kept, versions).report(last)


class NotReplayable(DatabaseError):
    """There is nothing to replay from; the text says what there is."""


def beginning(
    ends: tuple[int, int] | None, kept: Mapping[int, snapshots.Snapshot], since: int | None
) -> tuple[int, int]:
    """After which line to begin, and the last one there is. Raises NotReplayable."""
    if ends is None:
        raise NotReplayable("the journal is empty: nothing has come in so far")
    first, last = ends
    have = ", ".join(map(str, kept)) or "none; `acd db snapshot` makes one"
    if since is not None:
        if since not in kept and not (since == 0 and first == 1):
            raise NotReplayable(f"there is no snapshot {since}; there are: {have}")
        return since, last
    if first == 1:
        return 0, last
    if not kept:
        raise NotReplayable(f"the journal's beginning is gone, and snapshots are: {have}")
    return min(kept), last


class _Reading:
    """One replay of a database, line after line."""

    def __init__(
        self,
        engine: Engine,
        begin: Replay,
        kept: Mapping[int, snapshots.Snapshot],
        versions: Mapping[int, str],
    ) -> None:
        self._engine = engine
        self._replay = begin
        self._kept = kept
        self._versions = versions
        self._runs: dict[int, None] = {}
        self._compared = 0
        self._offers = 0

    def report(self, last: int) -> Report:
        first, began = self._replay.seq + 1, time.perf_counter()
        difference, broken = None, ""
        try:
            difference = self._read(first, last)
        except (Gap, journal.UnreadableLine) as error:
            broken = str(error)
        return Report(
            first=first,
            last=self._replay.seq,
            runs=len(self._runs),
            snapshots=self._compared,
            offers=self._offers,
            seconds=time.perf_counter() - began,
            versions=tuple(dict.fromkeys(self._versions[run] for run in self._runs)),
            now=program_version(),
            difference=difference,
            broken=broken,
        )

    def _read(self, first: int, last: int) -> Difference | Otherwise | Explained | None:
        for line in journal.lines(self._engine, CODEC, first, last):
            self._runs[line.run] = None
            found = self._replay.take(line) or self._compare(line.seq)
            many = len(self._replay.explained) >= OFFERS
            if other := found or (self._compare_words() if many else None):
                return other
        return self._compare_words()

    def _compare_words(self) -> Explained | None:
        """Of offers that retention has taken nothing is known any more."""
        self._offers += len(self._replay.explained)
        return self._replay.compare_words(explanations(self._engine, self._replay.explained))

    def _compare(self, seq: int) -> Otherwise | None:
        if seq not in self._kept:
            return None
        self._compared += 1
        with self._engine.connect() as connection:
            return self._replay.compare(snapshots.rows_of(connection, CODEC, seq))
