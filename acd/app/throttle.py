"""How often a password may be tried.

Three limits: for a user from one address, for a user from all, for an address with all users.
Where a user has logged in from an address before only the first holds there, so that nobody is
kept out by what others try elsewhere. A limit is a bucket: each try fills it by one, a right
password takes its try out again, and it empties by itself.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

KEPT = 10_000
"""So many buckets, and users at addresses; the least lately used go first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """tries at once, and one more every so many seconds."""

    tries: int
    every_s: float


PAIR = Limit(tries=5, every_s=10)
USER = Limit(tries=20, every_s=5)
ADDRESS = Limit(tries=50, every_s=1)
Bucket = tuple[str, str]
"""Whose: the user, the address; one of them is empty where it does not matter."""


class Throttle:
    def __init__(self) -> None:
        self._levels: OrderedDict[Bucket, tuple[float, datetime]] = OrderedDict()
        self._known: OrderedDict[Bucket, None] = OrderedDict()

    @property
    def size(self) -> int:
        """How much is remembered."""
        return len(self._levels) + len(self._known)

    def knows(self, user: str, address: str) -> bool:
        """Whether the user has logged in from there before."""
        return (user, address) in self._known

    def try_(self, user: str, address: str, now: datetime) -> float:
        """Count a try; 0, or in how many seconds one may be made (then it does not count)."""
        limits = self._limits(user, address)
        wait_s = max(self._wait_s(bucket, limit, now) for bucket, limit in limits.items())
        if wait_s == 0:
            for bucket, limit in limits.items():
                self._put(bucket, self._level(bucket, limit, now) + 1, now)
        return wait_s

    def succeeded(self, user: str, address: str, now: datetime) -> None:
        """The last try was right: it does not count."""
        for bucket, limit in self._limits(user, address).items():
            self._put(bucket, max(0.0, self._level(bucket, limit, now) - 1), now)
        self._known[user, address] = None
        self._known.move_to_end((user, address))
        if len(self._known) > KEPT:
            self._known.popitem(last=False)

    def _limits(self, user: str, address: str) -> dict[Bucket, Limit]:
        if self.knows(user, address):
            return {(user, address): PAIR}
        return {(user, address): PAIR, (user, ""): USER, ("", address): ADDRESS}

    def _wait_s(self, bucket: Bucket, limit: Limit, now: datetime) -> float:
        over = self._level(bucket, limit, now) + 1 - limit.tries
        return max(0.0, over * limit.every_s)

    def _level(self, bucket: Bucket, limit: Limit, now: datetime) -> float:
        level, at = self._levels.get(bucket, (0.0, now))
        return max(0.0, level - (now - at).total_seconds() / limit.every_s)

    def _put(self, bucket: Bucket, level: float, now: datetime) -> None:
        self._levels[bucket] = level, now
        self._levels.move_to_end(bucket)
        if len(self._levels) > KEPT:
            self._levels.popitem(last=False)
