"""How the process ends: an exit code, and one sentence that names the place and the remedy."""

from collections.abc import Iterator

from acd.app.exits import Exit, HeldByAnother, WrongPassword
from acd.config import BadConfiguration
from acd.db import DatabaseError, Superseded
from acd.engine import TooManyBugs
from acd.http.serving import PortTaken

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
