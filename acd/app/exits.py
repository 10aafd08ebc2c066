"""How the process ends: an exit code, and one sentence that names the place and the remedy.

docs/running.md says what each code means.
"""

from collections.abc import Iterator
from enum import IntEnum

from acd.config import BadConfiguration
from acd.db import DatabaseError, Superseded
from acd.engine import TooManyBugs
from acd.http.serving import PortTaken


class Exit(IntEnum):
    DONE = 0
    FAILED = 1
    CONFIGURATION = 2
    DATABASE = 3
    PASSWORD = 4
    REPLACED = 5
    BUGS = 6
    PORT = 7
    DIFFERENT = 8


NEEDS_A_PERSON = {Exit.CONFIGURATION, Exit.PASSWORD, Exit.REPLACED, Exit.PORT}
"""After these a supervisor should not start the process again: it would end the same way."""


class HeldByAnother(Exception):
    """Another process works on this database or node; the text says which."""


class WrongPassword(Exception):
    """Asterisk refuses the ARI user or password; the text says which."""


CODES: dict[type[Exception], Exit] = {
    BadConfiguration: Exit.CONFIGURATION,
    HeldByAnother: Exit.REPLACED,
    Superseded: Exit.REPLACED,
    DatabaseError: Exit.DATABASE,
    WrongPassword: Exit.PASSWORD,
    TooManyBugs: Exit.BUGS,
    PortTaken: Exit.PORT,
}
"""The first that fits counts."""


def ending(error: BaseException) -> tuple[Exit, str] | None:
    """The exit code and the sentence for an error, or for the known ones of a group; None for
    one that is not foreseen."""
    known = [
        (exit_code, str(leaf))
        for leaf in _leaves(error)
        for kind, exit_code in CODES.items()
        if isinstance(leaf, kind)
    ]
    return min(known, key=lambda found: list(CODES.values()).index(found[0]), default=None)


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if not isinstance(error, BaseExceptionGroup):
        yield error
        return
    for member in error.exceptions:
        yield from _leaves(member)
