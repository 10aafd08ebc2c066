"""Copies of a folder of music in G.711. Run as a program, for it takes seconds of a processor:

python -m acd.audio.copies FROM TO
"""

from __future__ import annotations

import shutil
import sys
import wave
from array import array
from pathlib import Path

from acd.audio import g711

READY = {".alaw", ".ulaw"}


class Unusable(Exception):
    """A file cannot be used as music; the text says which, why and what helps."""


def make(source: Path, target: Path) -> int:
    """Copy every file; how many there were. Raises Unusable."""
    try:
        files = sorted(path for path in source.iterdir() if path.is_file())
    except OSError as error:
        raise Unusable(f"{source} cannot be read: {error.strerror}") from error
    files = [path for path in files if not path.name.startswith(".")]
    if not files:
        raise Unusable(f"there is no file in {source}")
    for path in files:
        _copy(path, target)
    return len(files)


def _copy(path: Path, target: Path) -> None:
    if path.suffix in READY:
        shutil.copyfile(path, target / path.name)
        return
    samples = _samples(path)
    (target / f"{path.stem}.ulaw").write_bytes(g711.ulaw(samples))
    (target / f"{path.stem}.alaw").write_bytes(g711.alaw(samples))


def _samples(path: Path) -> array[int]:
    """One voice of 8,000 samples a second."""
    try:
        with wave.open(str(path)) as file:
            channels, width, rate = file.getnchannels(), file.getsampwidth(), file.getframerate()
            data = file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        raise Unusable(f"{path} is no WAV file of PCM ({error}): {_REMEDY}") from error
    if width != 2:
        raise Unusable(f"{path} has samples of {8 * width} bits, not of 16: {_REMEDY}")
    samples = array("h", data[: len(data) - len(data) % (2 * channels)])
    if sys.byteorder == "big":
        samples.byteswap()
    voices = [samples[place::channels] for place in range(channels)]
    mixed = [sum(together) // channels for together in zip(*voices, strict=True)]
    return g711.resampled(mixed, rate)


_REMEDY = "convert it, as with: sox FILE -b 16 FILE.wav"


def main() -> int:
    try:
        make(Path(sys.argv[1]), Path(sys.argv[2]))
    except Unusable as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
