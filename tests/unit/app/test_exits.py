"""How an error ends the process."""

import re
from pathlib import Path

import pytest

from acd.app.endings import ending
from acd.app.exits import Exit, HeldByAnother, WrongPassword
from acd.config import BadConfiguration
from acd.db import DatabaseUnavailable, SchemaBehind, Superseded
from acd.engine import TooManyBugs
from acd.http.serving import PortTaken

RUNNING = Path(__file__).parents[3] / "docs/running.md"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BadConfiguration("why"), Exit.CONFIGURATION),
        (DatabaseUnavailable("why"), Exit.DATABASE),
        (SchemaBehind("why"), Exit.DATABASE),
        (WrongPassword("why"), Exit.PASSWORD),
        (HeldByAnother("why"), Exit.REPLACED),
        (Superseded("why"), Exit.REPLACED),
        (TooManyBugs("why"), Exit.BUGS),
        (PortTaken("why"), Exit.PORT),
    ],
)
def test_what_is_foreseen_has_a_code_and_its_own_words(error: Exception, code: Exit) -> None:
    assert ending(error) == (code, "why")
    assert ending(ExceptionGroup("", [ExceptionGroup("", [error])])) == (code, "why")


def test_what_is_not_foreseen_has_none() -> None:
    assert ending(ZeroDivisionError()) is None
    assert ending(ExceptionGroup("", [KeyError()])) is None


def test_of_several_the_one_that_caused_the_others_counts() -> None:
    both = ExceptionGroup("", [DatabaseUnavailable("away"), HeldByAnother("taken over")])
    assert ending(both) == (Exit.REPLACED, "taken over")


def test_every_code_is_in_the_manual() -> None:
    table = re.findall(r"^\| (\d+) \|", RUNNING.read_text(encoding="utf-8"), re.MULTILINE)
    assert [int(code) for code in table] == [*Exit]
