"""Replaying: the inputs of the journal are decided once more, from a snapshot on, and must be
decided the same."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any

from pydantic_core import to_jsonable_python

from acd.db import JournalLine
from acd.distributor import Bug, Change, Decision, Distributor, State
from acd.distributor.watching import asleep
from acd.effects import Effect
from acd.ids import OfferId
from acd.queues.offer import Explanation, Offer
from acd.requests import Refused


class Gap(Exception):
    """Lines are missing: nobody can tell what they decided."""

    def __init__(self, first: int, last: int) -> None:
        super().__init__(f"the lines {first} to {last} of the journal are missing")
        self.first = first
        self.last = last


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What became of one input. detail: why it was refused."""

    outcome: str
    effects: tuple[Effect, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One input that is decided differently now."""

    line: JournalLine
    recorded: Decided
    now: Decided

    @property
    def first(self) -> tuple[int, Effect | None, Effect | None]:
        """The first effect that differs: its place, counted from 1, as recorded and as it is
        now; place 0 if the effects are the same."""
        pairs = zip_longest(self.recorded.effects, self.now.effects)
        for place, (then, now) in enumerate(pairs, start=1):
            if then != now:
                return place, then, now
        return 0, None, None


@dataclass(frozen=True, slots=True, kw_only=True)
class Otherwise:
    """Rows that are not as a later snapshot has them: keys, with the row then and now."""

    seq: int
    rows: tuple[tuple[Any, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """An offer that is made as it was, and explained in other words."""

    offer: OfferId
    then: Any
    now: Any


class Replay:
    """Take in the lines in order, beginning with the one after `seq`."""

    def __init__(self, *, seq: int = 0, run: int = 0, rows: Iterable[Any] = ()) -> None:
        """Begin where a snapshot was taken, or with nothing at the journal's beginning."""
        self.seq = seq
        self.run = run
        self.explained: dict[OfferId, Explanation] = {}
        """Why the offers were made that have changed, until somebody has looked."""
        self.changes: tuple[Change, ...] = ()
        """What the last line has changed."""
        self._core = Distributor(run=run, rows=rows, awake=True)

    @property
    def state(self) -> State:
        """As the last line has left it."""
        return self._core.state

    def take(self, line: JournalLine) -> Difference | None:
        """Decide the line's input; gives how that differs from what the line says. Raises Gap."""
        if line.seq != self.seq + 1:
            raise Gap(self.seq + 1, line.seq - 1)
        if line.run != self.run:
            self._begin(line.run)
        self.seq, self.changes = line.seq, ()
        now, recorded = self._decide(line), _recorded(line)
        return None if now == recorded else Difference(line=line, recorded=recorded, now=now)

    def compare(self, rows: Iterable[Any]) -> Otherwise | None:
        """Compare with what a snapshot at this line has."""
        then, now = _by_key(rows), _by_key(self._core.state.rows())
        # The next process may have written already that it knows nothing of the nodes.
        if then in (now, _by_key(map(asleep, self._core.state.rows()))):
            return None
        keys = [key for key in {**then, **now} if then.get(key) != now.get(key)]
        return Otherwise(seq=self.seq, rows=tuple((then.get(key), now.get(key)) for key in keys))

    def compare_words(self, stored: Mapping[str, Any]) -> Explained | None:
        """Compare why offers were made with what was written down then, by offer."""
        explained, self.explained = self.explained, {}
        for offer, explanation in explained.items():
            now = to_jsonable_python(explanation)
            if stored.get(offer, now) != now:
                return Explained(offer=offer, then=stored[offer], now=now)
        return None

    def _begin(self, run: int) -> None:
        """Another process takes over what the one before has left."""
        self._core = Distributor(run=run, rows=list(self._core.state.rows()))
        self.run = run

    def _decide(self, line: JournalLine) -> Decided:
        core, about, at = self._core, line.input, line.at
        decide: dict[str, Callable[[Any], Decision]] = {
            "fact": lambda fact: core.handle(fact, at),
            "request": lambda request: core.request(request, at),
            "deadline": lambda _: core.handle_timeout(at),
            "quarantine": lambda owner: core.quarantine(owner, at),
        }
        if line.kind == "deadline" and not _is_due(core, at):
            return Decided(outcome="nothing is due")
        try:
            decision = decide[line.kind](about)
            self.changes = decision.changes
            rows = (change.row for change in self.changes)
            offers = (row for row in rows if isinstance(row, Offer))
            self.explained |= {offer.id: offer.explanation for offer in offers}
            return Decided(outcome="ok", effects=decision.effects)
        except Refused as refused:
            return Decided(outcome="refused", detail=str(refused))
        except Bug:
            return Decided(outcome="bug")


def _is_due(core: Distributor, at: datetime) -> bool:
    deadline = core.next_deadline()
    return deadline is not None and deadline <= at


def _recorded(line: JournalLine) -> Decided:
    """Of a bug its traceback tells nothing: it names lines of the code."""
    detail = line.detail if line.outcome == "refused" else ""
    return Decided(outcome=line.outcome, effects=line.effects, detail=detail)


def _by_key(rows: Iterable[Any]) -> dict[Any, Any]:
    return {(type(row).__name__, row.key): row for row in rows}
