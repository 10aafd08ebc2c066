"""What the ACD says of its own loop's lag, as counts that can be taken from each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bench.process import AcdProcess


@dataclass(frozen=True, slots=True, kw_only=True)
class Lags:
    """Samples by their upper bound in ms, ascending."""

    counts: dict[float, int]

    @classmethod
    async def of(cls, acd: AcdProcess) -> Lags:
        """Those since the process began."""
        told: dict[str, Any] = await acd.get("healthz")
        return cls(counts={float(k): v for k, v in told.get("loop_lag_ms", {}).items()})

    def __sub__(self, earlier: Lags) -> Lags:
        return Lags(counts={k: v - earlier.counts.get(k, 0) for k, v in self.counts.items()})

    def __add__(self, other: Lags) -> Lags:
        return Lags(counts={k: v + other.counts.get(k, 0) for k, v in self.counts.items()})

    @property
    def count(self) -> int:
        return sum(self.counts.values())

    @property
    def longest_ms(self) -> float:
        return max((bound for bound, count in self.counts.items() if count), default=0.0)

    def quantile_ms(self, share: float) -> float:
        """The bound that this share of the samples does not exceed; 0 without samples."""
        wanted, seen = share * self.count, 0
        for bound, count in sorted(self.counts.items()):
            seen += count
            if seen and seen >= wanted:
                return bound
        return 0.0
