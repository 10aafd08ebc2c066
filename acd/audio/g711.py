"""G.711: 8,000 samples a second of 8 bits. What calls are in costs Asterisk nothing to play."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Sequence
from operator import mul

RATE = 8000
CUTOFF = 0.45
"""Of the lower of both rates: what is above cannot be kept and would be heard as something else."""
ZEROS = 8
"""How many zero crossings of the filter are used on each side."""


def resampled(samples: Sequence[int], rate: int) -> array[int]:
    """16-bit samples of that rate as such of RATE, without what cannot be kept."""
    if rate == RATE:
        return array("h", samples)
    common = math.gcd(rate, RATE)
    step, phases = rate // common, RATE // common
    reach = math.ceil(ZEROS * max(rate, RATE) / RATE)
    filters = [_filter(phase / phases, reach, rate) for phase in range(phases)]
    padded = [0] * reach + list(samples) + [0] * (reach + 1)
    count = len(samples) * phases // step
    return array("h", _filtered(padded, filters, step, phases, count))


def _filtered(
    padded: Sequence[int], filters: Sequence[Sequence[float]], step: int, phases: int, count: int
) -> Iterator[int]:
    length = len(filters[0])
    for number in range(count):
        start, phase = divmod(number * step, phases)
        value = round(sum(map(mul, filters[phase], padded[start : start + length])))
        yield max(-32768, min(32767, value))


def _filter(offset: float, reach: int, rate: int) -> list[float]:
    """A low pass for a sample that lies so far behind the middle one; its weights sum up to 1."""
    cutoff = 2 * CUTOFF * min(RATE / rate, 1.0)
    weights = []
    for place in range(-reach, reach + 1):
        at = place - offset
        window = 0.5 + 0.5 * math.cos(math.pi * at / (reach + 1))
        weights.append(window * _sinc(cutoff * at))
    total = sum(weights)
    return [weight / total for weight in weights]


def _sinc(at: float) -> float:
    return math.sin(math.pi * at) / (math.pi * at) if at else 1.0


def ulaw(samples: Sequence[int]) -> bytes:
    """As µ-law."""
    return bytes(map(_ULAW.__getitem__, samples))


def alaw(samples: Sequence[int]) -> bytes:
    """As A-law."""
    return bytes(map(_ALAW.__getitem__, samples))


def _ulaw_of(sample: int) -> int:
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), 32635) + 132
    exponent = magnitude.bit_length() - 8
    return ~(sign | exponent << 4 | magnitude >> exponent + 3 & 0x0F) & 0xFF


def _alaw_of(sample: int) -> int:
    sign = 0 if sample < 0 else 0x80
    magnitude = (~sample if sample < 0 else sample) >> 3
    exponent = max(magnitude.bit_length() - 5, 0)
    mantissa = magnitude >> max(exponent, 1) & 0x0F
    return (sign | exponent << 4 | mantissa) ^ 0x55


# Negative samples are found from the end of the list, where an index below 0 looks.
_ULAW = [_ulaw_of(n if n < 32768 else n - 65536) for n in range(65536)]
_ALAW = [_alaw_of(n if n < 32768 else n - 65536) for n in range(65536)]
