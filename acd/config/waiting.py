"""The part of a queue about those who wait in it: what they hear, for how long, where they go."""

from typing import Annotated

from pydantic import Field

from acd.config.strict import COMFORT, DIGIT, TARGET, Strict
from acd.targets import Target
from acd.waits import EMPTY, Announce, Announcing, Empty, Leaving

DAY = 86_400

TargetText = Annotated[str, Field(pattern=TARGET)]


def _target(what: str, example: str) -> object:
    return Field(description=what, examples=[example])


class Waiting(Strict):
    """What those who wait in a queue hear, and how their wait ends if no agent comes."""

    announce: Annotated[
        Announce,
        Field(
            description="What a waiting caller is told: the `position` in the queue, that a key "
            "leaves the queue (`exit`), both, or nothing. The music stops meanwhile, and phones go "
            "on ringing; whoever is put through hears no more of it."
        ),
    ] = Announce.NONE
    announce_first_s: Annotated[
        int,
        Field(ge=0, le=3600, description="Seconds of waiting until the first announcement."),
    ] = 10
    announce_every_s: Annotated[
        int,
        Field(
            ge=1,
            le=3600,
            description="Seconds from the beginning of one announcement to that of the next. One "
            "never begins before 2 seconds after the end of another.",
        ),
    ] = 30
    announce_improved_only: Annotated[
        bool,
        Field(
            description="Whether the position is told again only when it has become better; the "
            "offer to leave is made all the same."
        ),
    ] = False
    announce_wait: Annotated[
        bool,
        Field(
            description="Whether the position is told with how long it will take: the position "
            "times the mean time between the last answers in this queue. Before five of them in "
            "the last hour nothing is said of it."
        ),
    ] = False
    comfort: Annotated[
        Annotated[str, Field(pattern=COMFORT)] | None,
        Field(
            description="What is played now and then, besides: a sound of Asterisk, or `standard`, "
            "which thanks for the patience. Without it, nothing.",
            examples=["standard"],
        ),
    ] = None
    comfort_every_s: Annotated[
        int, Field(ge=1, le=3600, description="Seconds from one `comfort` to the next.")
    ] = 60
    exit_digit: Annotated[
        str,
        Field(
            pattern=DIGIT,
            description="The key that leaves the queue, where `announce` offers it: at any moment, "
            "also while phones ring.",
            examples=["1"],
        ),
    ] = "1"
    exit_to: Annotated[
        TargetText | None,
        _target(
            "Where who has pressed `exit_digit` goes. `callback:QUEUE` keeps the place there and "
            "hangs up.",
            "callback:sales",
        ),
    ] = None
    timeout_s: Annotated[
        int | None,
        Field(
            ge=1,
            le=DAY,
            description="Seconds after which a caller who still waits goes to `timeout_to`; less "
            "than 5 are 5. Without it, never.",
            examples=[300],
        ),
    ] = None
    timeout_to: Annotated[
        TargetText | None,
        _target(
            "Where who has waited for `timeout_s` goes. Without it, to `exit_to`.",
            "queue:service",
        ),
    ] = None
    max_waiting: Annotated[
        int | None,
        Field(
            ge=1,
            le=100_000,
            description="How many may wait, those to be called back included; one more goes to "
            "`full_to`, unless an agent is free. Without it, all may.",
            examples=[50],
        ),
    ] = None
    max_wait_s: Annotated[
        int | None,
        Field(
            ge=1,
            le=DAY,
            description="Who would have to wait for longer, by the estimate that `announce_wait` "
            "tells, goes to `full_to`. While there is no estimate nobody does.",
            examples=[900],
        ),
    ] = None
    full_to: Annotated[
        TargetText | None,
        _target("Where who does not come in goes. It is not answered before.", "hangup:busy"),
    ] = None
    join_when_empty: Annotated[
        list[Empty],
        Field(
            description="Callers come in although nobody could take a call, where the reason is "
            "one of these: none of the agents is logged in; all who are are not available, as on a "
            "break; those who are available cannot be reached. Who talks can take the next call. "
            "Where the reason is no other one, callers go to `no_agents_to`.",
            examples=[["none_available", "all_paused"]],
        ),
    ] = list(EMPTY)
    leave_when_empty: Annotated[
        list[Empty],
        Field(
            description="Who waits goes to `no_agents_to` when one of these reasons has held for "
            "10 seconds.",
            examples=[["none_logged_in"]],
        ),
    ] = []
    no_agents_to: Annotated[
        TargetText | None,
        _target("Where callers go for whom nobody is there.", "hangup:normal"),
    ] = None
    resume_s: Annotated[
        int,
        Field(
            ge=0,
            le=DAY,
            description="Who hangs up while waiting and rings again within so many seconds has the "
            "old place; 0 is never.",
        ),
    ] = 0


LEAST_TIMEOUT_S = 5
"""Before that nobody can have answered."""


def announcing(queue: Waiting) -> Announcing:
    return Announcing(
        announce=queue.announce,
        first_s=queue.announce_first_s,
        every_s=queue.announce_every_s,
        improved_only=queue.announce_improved_only,
        wait=queue.announce_wait,
        comfort=queue.comfort,
        comfort_every_s=queue.comfort_every_s,
        exit_digit=queue.exit_digit,
    )


def leaving(queue: Waiting) -> Leaving:
    """The timeout leads to where the exit does, if nothing else is said."""
    return Leaving(
        exit_to=_target_of(queue.exit_to),
        timeout_s=None if queue.timeout_s is None else max(queue.timeout_s, LEAST_TIMEOUT_S),
        timeout_to=_target_of(queue.timeout_to or queue.exit_to),
        max_waiting=queue.max_waiting,
        max_wait_s=queue.max_wait_s,
        full_to=_target_of(queue.full_to),
        join_when_empty=tuple(queue.join_when_empty),
        leave_when_empty=tuple(queue.leave_when_empty),
        no_agents_to=_target_of(queue.no_agents_to),
        resume_s=queue.resume_s,
    )


def _target_of(text: str | None) -> Target | None:
    return None if text is None else Target.of(text)
