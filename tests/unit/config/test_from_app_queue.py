"""docs/from-app-queue.md speaks of keys, strategies and commands that there are."""

import re
from pathlib import Path

from acd.cli.commands import COMMANDS, loaded
from acd.config.schema import keys
from acd.settings import Strategy

TEXT = (Path(__file__).parents[3] / "docs" / "from-app-queue.md").read_text(encoding="utf-8")
QUOTED = re.compile(r"`([^`]+)`")
KEYS = {key.path for key in keys()}
ASKED_FOR = {
    *("strategy", "timeout", "retry", "wrapuptime", "maxlen", "announce-frequency", "context"),
    *("announce-position", "periodic-announce", "joinempty", "leavewhenempty", "ringinuse"),
    *("memberdelay", "weight", "autopause", "servicelevel", "timeoutpriority", "penalty"),
    *("musicclass", "autofill", "member", "announce", "reportholdtime", "announce-holdtime"),
    *("autopausedelay", "force_longest_waiting_caller", "penaltymemberslimit", "monitor-type"),
}
"""What a queues.conf mostly has."""


def rows(cells: int) -> list[list[list[str]]]:
    """What is quoted in each cell of each line of the tables with so many columns."""
    lines = [line.strip("|").split("|") for line in TEXT.splitlines() if line.startswith("| ")]
    return [[QUOTED.findall(cell) for cell in line] for line in lines if len(line) == cells]


def test_what_things_are_called_here_is_what_they_are_called() -> None:
    here = {name for row in rows(3) for name in row[1]}
    assert here - KEYS == {*Strategy} - {"least_recent_activity"}
    explained = {name for row in rows(3) for name in row[2] if name.startswith("queues.")}
    assert explained <= KEYS
    assert {"queues.agent_timeout_s", "queues.timeout_s", "misses_before_pause"} <= here


def test_what_a_file_mostly_has_is_told() -> None:
    there = {name for row in rows(3) for name in row[0]}
    assert ASKED_FOR - there == set()


def test_the_commands_are_there() -> None:
    told = [name.split() for name in QUOTED.findall(TEXT) if name.startswith("acd ")]
    assert len(told) > 5
    for _, command, *words in told:
        under = getattr(loaded(command), "commands", None) if command in COMMANDS else {}
        assert under is None or set(words[:1]) & set(under), (command, *words)
