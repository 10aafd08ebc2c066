"""How long callers wait before they give up.

Of those who were answered it is known only that they would have waited for longer: their patience
is censored. Kaplan and Meier's estimate counts them as long as they waited and no longer. Beyond
the longest wait nobody was seen: from there on as many give up a second as over the whole time.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from math import log
from typing import NamedTuple


class Seen(NamedTuple):
    """A wait of so many seconds, and whether the caller gave up then."""

    seconds: float
    gave_up: bool


class Patience:
    def __init__(self, seen: Iterable[Seen]) -> None:
        waits = list(seen)
        self.gave_up = sum(wait.gave_up for wait in waits)
        self.count = len(waits)
        exposure = sum(wait.seconds for wait in waits)
        self._rate = self.gave_up / exposure if exposure else 0.0
        self._longest = max((wait.seconds for wait in waits), default=0.0)
        self._moments, self._shares = _kaplan_meier(waits)

    def share_after(self, seconds: float) -> float:
        """The share of callers who wait for longer, as far as anybody has waited."""
        at = bisect_right(self._moments, seconds)
        return self._shares[at - 1] if at else 1.0

    def draw(self, lot: float, beyond: float = 0.0) -> float | None:
        """After how many seconds a caller gives up who has waited for so many; None is never.

        lot: evenly between 0 and 1; the same lot is the same caller.
        """
        if not self.gave_up:
            return None
        if not self._rate:
            # All have gone the moment they came, and nobody was ever seen waiting.
            return beyond
        if beyond >= self._longest:
            return beyond - log(1.0 - lot) / self._rate
        aim, at = self.share_after(beyond) * (1.0 - lot), bisect_right(self._moments, beyond)
        for moment, share in zip(self._moments[at:], self._shares[at:], strict=True):
            if share <= aim:
                return moment
        return self._longest - log(aim / self._shares[-1]) / self._rate


def _kaplan_meier(waits: list[Seen]) -> tuple[list[float], list[float]]:
    """The moments at which somebody gave up, and the share that waits for longer after each."""
    ends, gone = Counter(w.seconds for w in waits), Counter(w.seconds for w in waits if w.gave_up)
    moments, shares, share, there = [], [], 1.0, len(waits)
    for moment in sorted(ends):
        if gone[moment]:
            share *= 1 - gone[moment] / there
            moments.append(moment)
            shares.append(share)
        there -= ends[moment]
    return moments, shares
