"""The texts of a configuration: one file, or all of a folder."""

import stat
from dataclasses import dataclass
from pathlib import Path

from acd.config.mistakes import BadConfiguration, Mistake

MOST_BYTES = 8_000_000
"""Of one file. Five thousand agents take a tenth of it."""
MOST_SECRET_BYTES = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A text, and the name of the file it is from."""

    name: str
    text: str


def read(path: Path) -> tuple[Source, ...]:
    """The file, or every *.yaml of the folder by name; what is in sub-folders is not read.

    Raises BadConfiguration with all that cannot be read.
    """
    if not path.is_dir():
        return (_source(path),)
    paths = sorted(file for file in path.iterdir() if file.suffix == ".yaml")
    if not paths:
        raise _bad(path, "holds no *.yaml: a folder is read for the files in it")
    sources: list[Source] = []
    mistakes: list[Mistake] = []
    for file in paths:
        try:
            sources.append(_source(file))
        except BadConfiguration as error:
            mistakes += error.mistakes
    if mistakes:
        raise BadConfiguration.of(mistakes)
    return tuple(sources)


def secret(path: str) -> str:
    """What the file holds, without the end of its line. Raises ValueError that says why not."""
    if not path.startswith("/"):
        raise ValueError("is no absolute path")
    return _text(Path(path), MOST_SECRET_BYTES).removesuffix("\n").removesuffix("\r")


def _source(path: Path) -> Source:
    try:
        return Source(name=str(path), text=_text(path, MOST_BYTES))
    except ValueError as error:
        raise _bad(path, str(error)) from error


def _text(path: Path, most: int) -> str:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise ValueError("is no file")
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from error
    if len(content) > most:
        raise ValueError(f"is larger than {most:,} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(f"is not text in UTF-8 (line {line})") from error


def _bad(path: Path, says: str) -> BadConfiguration:
    return BadConfiguration.of([Mistake(file=str(path), says=says)])
