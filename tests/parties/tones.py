"""Tones: what each party says, and the arithmetic that tells one from another.

A window is 20 ms: 160 samples at 8000 Hz, hence bins of 50 Hz. Tones that are multiples of 50 Hz do
not leak into each other's bin in a whole window, whatever its phase; the constants are at least
100 Hz apart besides. Other frequencies are allowed (440, say), but neighbours leak.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from enum import Enum
from functools import lru_cache
from operator import mul
from typing import Final

RATE: Final = 8000
WINDOW: Final = 160
WINDOW_S: Final = WINDOW / RATE

CALLERS: Final = (400.0, 500.0, 600.0, 700.0, 800.0)
AGENTS: Final = (900.0, 1000.0, 1100.0, 1200.0, 1300.0)
SUPERVISOR: Final = 1400.0
MUSIC: Final = 1500.0
PROMPTS: Final = (1700.0, 1800.0, 1900.0, 2000.0)
SOFTPHONE: Final = 2200.0
ALL: Final = (*CALLERS, *AGENTS, SUPERVISOR, MUSIC, *PROMPTS, SOFTPHONE)

# A quarter of full scale: four parties in one conference do not clip.
LOUDNESS: Final = 8000.0


class Law(Enum):
    """The two codecs of G.711; the value is the RTP payload type."""

    MU = 0
    A = 8


def _decode_mu(byte: int) -> int:
    flipped = ~byte & 0xFF
    size = (((flipped & 0x0F) << 3) + 0x84) << ((flipped & 0x70) >> 4)
    return 0x84 - size if flipped & 0x80 else size - 0x84


def _decode_a(byte: int) -> int:
    flipped = byte ^ 0x55
    segment = (flipped & 0x70) >> 4
    size = ((flipped & 0x0F) << 4) + 8
    if segment:
        size = (size + 0x100) << (segment - 1)
    return size if flipped & 0x80 else -size


_DECODED: Final = {
    Law.MU: tuple(_decode_mu(byte) for byte in range(256)),
    Law.A: tuple(_decode_a(byte) for byte in range(256)),
}
_ENCODED: Final = {
    law: sorted((value, byte) for byte, value in enumerate(table))
    for law, table in _DECODED.items()
}


def encode(samples: list[float], law: Law) -> bytes:
    """The samples (16 bit range) as G.711, each as the nearest value the law knows."""
    values = _ENCODED[law]

    def nearest(sample: float) -> int:
        place = bisect_left(values, (sample, -1))
        around = values[max(0, place - 1) : place + 1]
        return min(around, key=lambda pair: abs(pair[0] - sample))[1]

    return bytes(nearest(sample) for sample in samples)


def decode(sound: bytes, law: Law) -> list[int]:
    """G.711 as samples in the 16 bit range."""
    return [_DECODED[law][byte] for byte in sound]


@lru_cache(maxsize=64)
def frames(tone: float, law: Law) -> tuple[bytes, ...]:
    """20 ms frames which, repeated for ever, are the tone without a click.

    One frame for multiples of 50 Hz, five for multiples of 10 Hz.
    Raises ValueError for other tones and for those out of a telephone's range.
    """
    if tone % 10 or not 0 < tone < RATE / 2:
        raise ValueError(f"a tone is a multiple of 10 Hz below 4000 Hz, not {tone}")
    count = 1 if tone % 50 == 0 else 5
    wave = [
        LOUDNESS * math.sin(2 * math.pi * tone * sample / RATE) for sample in range(count * WINDOW)
    ]
    return tuple(encode(wave[k * WINDOW : (k + 1) * WINDOW], law) for k in range(count))


@lru_cache(maxsize=256)
def _waves(tone: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    turns = [2 * math.pi * tone * sample / RATE for sample in range(WINDOW)]
    return tuple(map(math.cos, turns)), tuple(map(math.sin, turns))


# A steady tone that Asterisk passes through repeats the same bytes, so most windows are known ones.
@lru_cache(maxsize=4096)
def _samples(sound: bytes, law: Law) -> tuple[tuple[int, ...], float]:
    samples = tuple(decode(sound, law))
    return samples, sum(map(mul, samples, samples)) / WINDOW


def power(sound: bytes, law: Law) -> float:
    """Mean square of the window's samples."""
    return _samples(sound, law)[1]


@lru_cache(maxsize=16384)
def tone_power(sound: bytes, law: Law, tone: float) -> float:
    """The part of the window's power that lies at this tone (a single-bin Fourier sum, which is
    what Goertzel's recursion computes, but at the speed of C)."""
    samples, _ = _samples(sound, law)
    cosine, sine = _waves(tone)
    real, imaginary = sum(map(mul, samples, cosine)), sum(map(mul, samples, sine))
    return float(2 * (real * real + imaginary * imaginary) / WINDOW**2)
