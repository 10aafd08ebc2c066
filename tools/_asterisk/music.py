"""Quiet music for those who wait, made here so that nobody's rights are touched."""

import math
from pathlib import Path

_RATE = 8000
_BEAT_S = 4
_CHORDS = (
    (220.0, 261.63, 329.63),
    (174.61, 220.0, 261.63),
    (196.0, 246.94, 293.66),
    (261.63, 329.63, 392.0),
)  # A minor, F, G, C
_LOUDNESS = 1400  # of 32767: about -27 dB, under a talking voice


def compose(folder: Path) -> None:
    """Write calm.ulaw and calm.alaw into the folder: 16 seconds that join end to start."""
    samples = [sample for chord in _CHORDS for sample in _swell(chord)]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "calm.ulaw").write_bytes(bytes(map(ulaw, samples)))
    (folder / "calm.alaw").write_bytes(bytes(map(alaw, samples)))


def _swell(chord: tuple[float, ...]) -> list[int]:
    """One chord that comes and goes, silent at both ends."""
    length = _BEAT_S * _RATE
    steps = [2 * math.pi * note / _RATE for note in chord]
    share = _LOUDNESS / len(chord)
    return [
        int(share * math.sin(math.pi * i / length) * sum(math.sin(step * i) for step in steps))
        for i in range(length)
    ]


def ulaw(sample: int) -> int:
    """One 16-bit sample as G.711 µ-law."""
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), 32635) + 132
    exponent = magnitude.bit_length() - 8
    return ~(sign | exponent << 4 | magnitude >> exponent + 3 & 0x0F) & 0xFF


def alaw(sample: int) -> int:
    """One 16-bit sample as G.711 A-law."""
    sign = 0 if sample < 0 else 0x80
    magnitude = min(~sample if sample < 0 else sample, 32767) >> 3
    exponent = max(magnitude.bit_length() - 5, 0)
    mantissa = magnitude >> max(exponent, 1) & 0x0F
    return (sign | exponent << 4 | mantissa) ^ 0x55
