"""What the admin has configured for those who wait in a queue: what they hear, how long they wait,
and where they go then. Seconds are ints."""

from dataclasses import dataclass
from enum import StrEnum

from acd.targets import Target


class Announce(StrEnum):
    """What a waiting caller is told again and again."""

    NONE = "none"
    POSITION = "position"
    EXIT = "exit"
    POSITION_EXIT = "position+exit"

    @property
    def position(self) -> bool:
        return self in (Announce.POSITION, Announce.POSITION_EXIT)

    @property
    def exit(self) -> bool:
        return self in (Announce.EXIT, Announce.POSITION_EXIT)


class Empty(StrEnum):
    """Why nobody could take a call of the queue, also when all calls of now are over."""

    NONE_LOGGED_IN = "none_logged_in"
    ALL_PAUSED = "all_paused"
    NONE_AVAILABLE = "none_available"


EMPTY = (Empty.NONE_LOGGED_IN, Empty.ALL_PAUSED, Empty.NONE_AVAILABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcing:
    """What those who wait are told."""

    announce: Announce = Announce.NONE
    first_s: int = 10
    """From the beginning of the wait to the first announcement."""
    every_s: int = 30
    """From the beginning of one announcement to that of the next, if it is over by then."""
    improved_only: bool = False
    """The position is told again only when it is better than the one told last."""
    wait: bool = False
    """With the position goes how long it will take, once that can be told."""
    comfort: str | None = None
    """A sound of Asterisk that is played now and then."""
    comfort_every_s: int = 60
    exit_digit: str = "1"

    @property
    def any(self) -> bool:
        """Whether there is anything to be told."""
        return self.announce is not Announce.NONE or self.comfort is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """How a wait ends without an agent, or does not begin, and where the caller goes then."""

    exit_to: Target | None = None
    timeout_s: int | None = None
    timeout_to: Target | None = None
    max_waiting: int | None = None
    max_wait_s: int | None = None
    """Nobody comes in who would have to wait for longer, as far as that can be told."""
    full_to: Target | None = None
    join_when_empty: tuple[Empty, ...] = EMPTY
    """In spite of which of these callers come in."""
    leave_when_empty: tuple[Empty, ...] = ()
    """For which of these those who wait have to go."""
    no_agents_to: Target | None = None
    resume_s: int = 0
    """Who hangs up and rings again within so long has the old place; 0 is never."""


NOTHING = Announcing()
FOR_EVER = Leaving()
