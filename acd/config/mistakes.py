"""What is wrong in a configuration, and where."""

from collections.abc import Iterable
from dataclasses import dataclass

Location = tuple[int | str, ...]
"""The way to a value: ("queues", 2, "name")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One mistake or warning. Line and column count from 1; None where nothing has lines."""

    file: str
    line: int | None = None
    column: int | None = None
    place: str = ""
    """queues[2].acw_s; empty where the mistake is not one of a value."""
    says: str

    def __str__(self) -> str:
        """acd.yaml:14:5: queues[2].acw_s: expected a whole number, got 'soon'"""
        text = ": ".join(part for part in (self.where, self.place, self.says) if part)
        return text if text.isprintable() else "".join(map(_printable, text))

    @property
    def where(self) -> str:
        """acd.yaml:14:5"""
        numbers = (str(number) for number in (self.line, self.column) if number is not None)
        return ":".join([self.file, *numbers])


class BadConfiguration(Exception):
    """The configuration cannot be used; every mistake is a line of the text."""

    def __init__(self, text: str, mistakes: tuple[Mistake, ...] = ()) -> None:
        super().__init__(text)
        self.mistakes = mistakes

    @classmethod
    def of(cls, mistakes: Iterable[Mistake]) -> "BadConfiguration":
        """All of them, in the order of the files."""
        found = sorted(
            dict.fromkeys(mistakes), key=lambda one: (one.file, one.line or 0, one.column or 0)
        )
        return cls("\n".join(map(str, found)), tuple(found))


def _printable(character: str) -> str:
    """The character, or an escape: a mistake is one line, whatever is in the file."""
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode()


def shown(at: Location) -> str:
    """queues[2].agent_timeout_s"""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in at)
    return "".join(parts).lstrip(".")
