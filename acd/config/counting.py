"""What a queue is for reports and for those who watch; and named sets of queues."""

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import Field

from acd.config.document import Wrong
from acd.config.strict import LONGEST, Strict
from acd.ids import QueueGroupName, QueueName
from acd.queues.sessions import WHOLE, sessions
from acd.settings import SUPPORTED_TYPES, CallMode, QueueType


class Counting(Strict):
    """How a queue's calls are labelled and counted; none of it changes who gets which call."""

    type: Annotated[
        QueueType,
        Field(description="What its agents and callers do. This installation has `voice` alone."),
    ] = QueueType.VOICE
    channel_weight: Annotated[
        int,
        Field(
            ge=1,
            le=WHOLE,
            description="Of a queue of `text`: how much of an agent one session takes, in percent; "
            "with 50 there are two at a time, with 33 three. Who speaks is one at a time: "
            "of other queues it is 100.",
        ),
    ] = WHOLE
    call_mode: Annotated[
        CallMode,
        Field(
            description="A label for reports: whether agents call by themselves (`manual`) or "
            "calls are given to them. It changes no decision."
        ),
    ] = CallMode.DISTRIBUTION
    service_level_s: Annotated[
        int,
        Field(
            ge=1,
            le=3600,
            description="Seconds within which callers should be answered: what the service level "
            "counts by, and from when on `acd top` shows who waits as late.",
        ),
    ] = 20
    short_abandon_s: Annotated[
        int,
        Field(
            ge=0,
            le=600,
            description="Who hangs up after fewer seconds is told apart as a short abandon; 0 is "
            "nobody. It is applied when figures are read: what happened before is seen the same "
            "way.",
        ),
    ] = 0


class QueueGroup(Strict):
    """A named set of queues, which are watched as one. It changes no decision."""

    name: Annotated[
        QueueGroupName,
        Field(
            min_length=1,
            max_length=LONGEST,
            description="What the group is called.",
            examples=["service"],
        ),
    ]
    queues: Annotated[
        list[QueueName],
        Field(description="The queues, by name.", examples=[["sales", "support"]]),
    ]


def wrongs(queues: Sequence[Counting]) -> Iterator[Wrong]:
    """Queues that could not be what they are said to be."""
    for place, queue in enumerate(queues):
        if queue.type not in SUPPORTED_TYPES:
            there_are = " and ".join(sorted(SUPPORTED_TYPES))
            says = f"this installation has no {queue.type} queues, only {there_are}"
            yield Wrong(at=("queues", place, "type"), says=says)
        elif queue.channel_weight != WHOLE and sessions(queue.type, queue.channel_weight) == 1:
            says = (
                f"an agent of a {queue.type} queue has one caller at a time, whatever the weight: "
                "leave it out"
            )
            yield Wrong(at=("queues", place, "channel_weight"), says=says)
