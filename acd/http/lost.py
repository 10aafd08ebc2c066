"""The calls of a queue that were lost, or missed by an agent, and marks of who was called back."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Protocol

from pydantic import AwareDatetime, Field, field_validator
from typing_extensions import TypedDict

from acd.http.live import Tables, moment
from acd.http.problems import Problem
from acd.http.route import API, Asked, Route, Sent
from acd.ids import QueueName
from acd.permissions import Key
from acd.queues.entry import EntryOutcome
from acd.settings import QueueSettings

KINDS = ("abandoned", "queue_exit", "queue_timeout", "missed")
Values = Mapping[str, Any]


class Result(StrEnum):
    """What came of calling back."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"
    NEEDLESS = "needless"


class LostSent(Sent):
    kind: str = ",".join(KINDS)
    """Of abandoned, queue_exit, queue_timeout, missed, separated by commas; missed: an agent was
    offered the call and did not answer, whatever came of it."""
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    unmarked: bool = False
    """Only whom nobody has called back yet."""
    before: str = ""
    """The last entry of the page before."""
    limit: Annotated[int, Field(ge=1, le=200)] = 100

    @field_validator("kind")
    @classmethod
    def _known(cls, value: str) -> str:
        for one in value.split(","):
            if one not in KINDS:
                raise ValueError(f"there is no kind {one}, only {', '.join(KINDS)}")
        return value


class MarkSent(Sent):
    result: Result


class LostOffer(TypedDict):
    agent: str
    at: str
    outcome: str | None


class MarkPicture(TypedDict):
    by: str
    at: str
    result: str


class LostPicture(TypedDict):
    """A call that was lost or missed. place: that in the queue when the wait ended, 1 being next;
    short: abandoned before the queue's short_abandon_s of now."""

    entry: str
    interaction: str
    caller: str
    number: str
    entered_at: str
    waited_s: float
    outcome: str
    short: bool
    place: int
    offers: list[LostOffer]
    called_back: MarkPicture | None


class Marked(TypedDict):
    """It is committed."""

    entry: str
    called_back: MarkPicture


class Lost(Protocol):
    """Reads and marks. Raises Problem."""

    async def listed(
        self,
        queue: str,
        *,
        kinds: Collection[str],
        since: datetime | None,
        until: datetime | None,
        unmarked: bool,
        before: str,
        most: int,
    ) -> Sequence[Values]: ...
    async def mark(self, queue: str, entry: str, *, by: str, at: datetime, result: str) -> bool: ...


class LostRoutes:
    def __init__(
        self, lost: Lost, tables: Callable[[], Tables], now: Callable[[], datetime]
    ) -> None:
        self._lost, self._tables, self._now = lost, tables, now

    def routes(self) -> list[Route[Any]]:
        calls = f"{API}/queues/{{queue}}/lost"
        return [
            Route(
                method="GET",
                path=calls,
                does=self.listed,
                says="The calls of a queue that were lost or missed, the newest first",
                needs=Key.CALL_LOST,
                sends=LostSent,
                answers=list[LostPicture],
                fails=("not-found", "database-away"),
            ),
            Route(
                method="PUT",
                path=f"{calls}/{{entry}}",
                does=self.mark,
                says="Mark that the caller was called back, and what came of it",
                needs=Key.CALL_LOST,
                sends=MarkSent,
                answers=Marked,
                fails=("not-found", "database-away"),
            ),
        ]

    async def listed(self, asked: Asked[LostSent]) -> list[LostPicture]:
        queue, sent = self._queue(asked.path["queue"]), asked.sent
        found = await self._lost.listed(
            queue.queue,
            kinds=sent.kind.split(","),
            since=sent.since,
            until=sent.until,
            unmarked=sent.unmarked,
            before=sent.before,
            most=sent.limit,
        )
        return [lost_picture(one, queue.short_abandon_s) for one in found]

    async def mark(self, asked: Asked[MarkSent]) -> Marked:
        queue, entry = asked.path["queue"], asked.path["entry"]
        by, at, result = asked.session.user.username, self._now(), asked.sent.result
        if not await self._lost.mark(queue, entry, by=by, at=at, result=result):
            raise Problem("not-found", f"there is no lost call {entry} of {queue}")
        return Marked(entry=entry, called_back=MarkPicture(by=by, at=moment(at), result=result))

    def _queue(self, name: str) -> QueueSettings:
        queue = self._tables().settings.queues.get(QueueName(name))
        if queue is None:
            raise Problem("not-found", f"there is no queue {name}")
        return queue


def lost_picture(values: Values, short_s: int) -> LostPicture:
    """As it is shown, by the threshold of now."""
    waited = (values["ended_at"] - values["entered_at"]).total_seconds()
    marked = values["by"] is not None
    offered = values["offers"]
    return LostPicture(
        entry=values["entry"],
        interaction=values["interaction"],
        caller=values["caller"],
        number=values["number"],
        entered_at=moment(values["entered_at"]),
        waited_s=waited,
        outcome=values["outcome"],
        short=values["outcome"] == EntryOutcome.ABANDONED and waited < short_s,
        place=values["place"],
        offers=[
            LostOffer(agent=one["agent"], at=moment(one["offered_at"]), outcome=one["outcome"])
            for one in offered
        ],
        called_back=MarkPicture(by=values["by"], at=moment(values["at"]), result=values["result"])
        if marked
        else None,
    )
