"""A finding: one thing that was looked at."""

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """WARNING: calls work today. WRONG: they do not, or will not for long."""

    FINE = "fine"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    about: str
    """What was looked at, as "node asterisk: dialplan"."""
    grade: Grade
    says: str
    remedy: str = ""


def fine(about: str, says: str) -> Finding:
    return Finding(about=about, grade=Grade.FINE, says=says)


def warning(about: str, says: str, remedy: str) -> Finding:
    return Finding(about=about, grade=Grade.WARNING, says=says, remedy=remedy)


def wrong(about: str, says: str, remedy: str) -> Finding:
    return Finding(about=about, grade=Grade.WRONG, says=says, remedy=remedy)
