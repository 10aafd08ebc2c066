"""The engine: one loop around the distributor. The only place that reads the clock.

    facts, requests -> inbox -> distributor -> journal
                                      `------> lanes -> the edges

Inputs are taken in one after the other, so there are no locks and one total order.
"""

import asyncio
import logging
import time
import traceback
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from acd.distributor import Bug, Decision, Distributor
from acd.facts import Fact
from acd.ids import AgentId, InteractionId
from acd.lanes import Lanes, Perform
from acd.requests import Refused, Request
from acd.views import Input, Kind, Record

logger = logging.getLogger(__name__)

SLICE = 50
"""Inputs taken in one go, before the loop gets a turn."""
LATE = timedelta(milliseconds=500)
CATCH_UP_S = 0.1
"""After so late a wake-up the sockets get so much time to be read before deadlines count."""
DURABLE_WITHIN_S = 1.0
"""So long a request waits for its group to be committed; then it is answered all the same."""
MOST_BUGS = 3
BUGS_WITHIN = timedelta(minutes=1)


class TooManyBugs(Exception):
    """The core fails again and again: the process ends, and the calls live on."""


Keep = Callable[[Record], asyncio.Future[bool] | None]
"""Takes what is to be kept; what it returns is done when that is committed."""


class Clock:
    """UTC at start plus monotonic time: it never jumps, whatever is done to the wall clock."""

    def __init__(self) -> None:
        self._start = datetime.now(UTC)
        self._monotonic = time.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=time.monotonic() - self._monotonic)

    def ahead(self) -> timedelta:
        """How much the clock on the wall is ahead: it was set meanwhile, or the machine slept."""
        return datetime.now(UTC) - self.now()


class Engine:
    def __init__(
        self,
        *,
        distributor: Distributor,
        perform: Perform,
        keep: Keep,
        clock: Clock | None = None,
    ) -> None:
        self.distributor = distributor
        self._keep = keep
        self._clock = clock or Clock()
        self._inbox: deque[Fact | tuple[Request, asyncio.Future[bool]]] = deque()
        self._wake = asyncio.Event()
        self._lanes = Lanes(perform, self.tell)
        self._bugs: deque[datetime] = deque(maxlen=MOST_BUGS)
        self._stopping = False

    def tell(self, fact: Fact) -> None:
        """Report a fact. Returns at once."""
        self._inbox.append(fact)
        self._wake.set()

    async def ask(self, request: Request) -> bool:
        """Put a request; returns when it is done, and whether it is already committed.

        Raises Refused when it makes no sense now, Bug when the core failed on it.
        """
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._inbox.append((request, answer))
        self._wake.set()
        return await answer

    async def run(self) -> None:
        """Run until cancelled, or stopped; raises TooManyBugs."""
        async with asyncio.TaskGroup() as tasks:
            while not self._stopping:
                for _ in range(SLICE):
                    if not self._take_next(tasks):
                        break
                self._lanes.start(tasks)
                await self._rest()

    @property
    def inbox_depth(self) -> int:
        """Inputs that wait to be taken in."""
        return len(self._inbox)

    @property
    def lanes(self) -> int:
        """Lanes in which effects are being performed, or wait."""
        return len(self._lanes)

    def stop(self) -> None:
        """Decide nothing more; run() ends when what is decided is performed. What comes in from
        now on is left to the next process, which will find it in Asterisk."""
        self._stopping = True
        self._wake.set()

    # Inputs.

    async def _rest(self) -> None:
        """Let the loop have a turn, and wait for an input or the next deadline."""
        if self._inbox:
            await asyncio.sleep(0)
            return
        deadline = self.distributor.next_deadline()
        timer = None
        if deadline is not None:
            seconds = (deadline - self._clock.now()).total_seconds()
            timer = asyncio.get_running_loop().call_later(max(0, seconds), self._wake.set)
        await self._wake.wait()
        self._wake.clear()
        if timer:
            timer.cancel()
        if deadline is not None and self._clock.now() - deadline > LATE:
            # The process stood still: what has happened meanwhile is still in the sockets.
            await asyncio.sleep(CATCH_UP_S)

    def _take_next(self, tasks: asyncio.TaskGroup) -> bool:
        """Take in the next input, else the deadline that has passed; False if there is none. What
        has happened comes first: it may be what the deadline was for."""
        now = self._clock.now()
        deadline = self.distributor.next_deadline()
        if self._inbox:
            item = self._inbox.popleft()
            if isinstance(item, tuple):
                self._take_request(*item, now, tasks)
            else:
                decide = partial(self.distributor.handle, item, now)
                self._take("fact", self.distributor.marked(item), now, decide)
        elif deadline is not None and deadline <= now:
            decide = partial(self.distributor.handle_timeout, now)
            self._take("deadline", None, now, decide)
        else:
            return False
        return True

    def _take(
        self,
        kind: Kind,
        what: Input,
        now: datetime,
        decide: Callable[[], Decision],
    ) -> None:
        try:
            decision = decide()
        except Bug as bug:
            self._contain(bug, kind, what, now)
        else:
            self._follow(kind, what, decision, now)

    def _take_request(
        self,
        request: Request,
        answer: asyncio.Future[bool],
        now: datetime,
        tasks: asyncio.TaskGroup,
    ) -> None:
        try:
            decision = self.distributor.request(request, now)
        except Refused as refused:
            detail = str(refused)
            self._keep(
                Record(at=now, kind="request", input=request, outcome="refused", detail=detail)
            )
            _answer(answer, refused)
        except Bug as bug:
            _answer(answer, bug)
            self._contain(bug, "request", request, now)
        else:
            committed = self._follow("request", request, decision, now)
            tasks.create_task(_answer_when(answer, committed))

    def _follow(
        self, kind: Kind, what: Input, decision: Decision, now: datetime
    ) -> asyncio.Future[bool] | None:
        for effect in decision.effects:
            self._lanes.add(effect)
        return self._keep(
            Record(
                at=now,
                kind=kind,
                input=what,
                effects=decision.effects,
                changes=decision.changes,
            )
        )

    # Bugs.

    def _contain(self, bug: Bug, kind: Kind, what: Input, now: datetime) -> None:
        """A bug must not hurt other calls: its owner alone is set aside. Raises TooManyBugs."""
        detail = "".join(traceback.format_exception(bug))
        logger.error("bug in the core", extra={"owner": bug.owner, "traceback": detail})
        self._keep(Record(at=now, kind=kind, input=what, outcome="bug", detail=detail))
        self._bugs.append(now)
        if len(self._bugs) == MOST_BUGS and now - self._bugs[0] <= BUGS_WITHIN:
            raise TooManyBugs(f"{MOST_BUGS} bugs within {BUGS_WITHIN}") from bug
        if bug.owner is not None:
            self._quarantine(bug.owner, now)

    def _quarantine(self, owner: InteractionId | AgentId, now: datetime) -> None:
        try:
            decision = self.distributor.quarantine(owner, now)
        except Bug:
            logger.exception("quarantine failed", extra={"owner": owner})
        else:
            self._follow("quarantine", owner, decision, now)


def _answer(answer: asyncio.Future[bool], error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)


async def _answer_when(
    answer: asyncio.Future[bool], committed: asyncio.Future[bool] | None
) -> None:
    if committed is not None:
        await asyncio.wait({committed}, timeout=DURABLE_WITHIN_S)
    durable = committed is None or (committed.done() and committed.result())
    if not answer.done():
        answer.set_result(durable)
