"""What follows from a hang-up: the next INVITE at the agent who talked."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from bench.capture import Capture, Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp:
    """Somebody hung up on a talk with that extension, at epoch seconds."""

    extension: str
    at: float


class Following:
    """Reads a capture: callers ask at one port, and phones are rung at another."""

    def __init__(self, capture: Capture, *, asked: int, phones: int) -> None:
        self._capture = capture
        self._asked = asked
        self._phones = phones

    def arrivals(self) -> dict[str, Seen]:
        """The callers' INVITEs by Call-ID, in order. Phones call nobody."""
        return self._capture.firsts("INVITE", self._asked)

    def present(self) -> int:
        """How many callers have come and are not gone, whoever hung up."""
        gone = {seen.call_id for seen in self._capture.seen if seen.method == "BYE"}
        return len(self.arrivals().keys() - gone)

    def rings(self) -> dict[str, Seen]:
        """The INVITEs at phones by Call-ID, in order."""
        return self._capture.firsts("INVITE", self._phones)

    def first_rings(self) -> list[float]:
        """Milliseconds from each caller's INVITE until a phone was rung for that caller; those for
        whom none was are left out."""
        rung = self._first_rung()
        arrivals = self.arrivals().values()
        return [1000 * (rung[seen.caller].at - seen.at) for seen in arrivals if seen.caller in rung]

    def by_agents(self, since: float = 0.0) -> list[HangUp]:
        """Those who hung up since."""
        rings = self.rings()
        return [
            HangUp(extension=rings[bye.call_id].called, at=bye.at)
            for bye in self._capture.firsts("BYE", self._asked).values()
            if bye.call_id in rings and bye.at >= since
        ]

    def by_callers(self) -> list[HangUp]:
        """The callers who hung up on an agent while others waited to be rung for."""
        arrivals = self.arrivals()
        byes = self._capture.firsts("BYE", self._asked)
        gone = {
            arrivals[bye.call_id].caller: bye.at for bye in byes.values() if bye.call_id in arrivals
        }
        first_rung = self._first_rung()
        waits = [
            (seen.at, min(_at(first_rung.get(seen.caller)), gone.get(seen.caller, _NEVER)))
            for seen in arrivals.values()
        ]
        return [
            HangUp(extension=first_rung[caller].called, at=at)
            for caller, at in gone.items()
            if caller in first_rung
            and first_rung[caller].at < at
            and any(since < at < until for since, until in waits)
        ]

    def rung_again(self, since: float) -> list[float]:
        """Of those agents who hung up since, the times of those who were rung again."""
        return self.times(self.by_agents(since))

    def _first_rung(self) -> dict[str, Seen]:
        """By caller."""
        rung: dict[str, Seen] = {}
        for ring in self.rings().values():
            rung.setdefault(ring.caller, ring)
        return rung

    def times(self, ended: Iterable[HangUp]) -> list[float]:
        """Milliseconds until each was rung again; those who were not are left out."""
        rings: dict[str, list[float]] = {}
        for ring in self.rings().values():
            rings.setdefault(ring.called, []).append(ring.at)
        found = []
        for each in ended:
            of = rings.get(each.extension, [])
            place = bisect_right(of, each.at)
            if place < len(of):
                found.append(1000 * (of[place] - each.at))
        return found


_NEVER = float("inf")


def _at(seen: Seen | None) -> float:
    return seen.at if seen else _NEVER
