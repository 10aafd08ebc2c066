"""Whatever is in a file: it is a configuration, or every mistake has a place; nothing else."""

import re

from hypothesis import example, given, settings
from hypothesis import strategies as some

from acd.config import BadConfiguration, Configuration, bootstrap, compile, written
from tests.unit.config.texts import ENVIRONMENT, SMALL, source

PIECES = some.sampled_from(
    [
        *":,{}[]#?|>%\\é\t\n \"'",
        *("  ", "- ", ": ", "${", "$${", "${ARI}", "${file:/nowhere}", "&a", "*a", "<<", "!x"),
        *("---", "...", "null", "~", "true", "1", "-1", "1e9", "9" * 400, "0x1", "[]", "{}"),
        *("\u0085", "\ufeff", "\ue041", "agents", "queues: ", "database: ", "nodes", "name: "),
    ]
)
CUTS = some.tuples(some.integers(0, len(SMALL)), some.integers(0, 12), some.text() | PIECES)


def changed(cuts: list[tuple[int, int, str]]) -> str:
    """The small configuration with pieces taken out and others put in."""
    text = SMALL
    for at, length, piece in cuts:
        text = text[:at] + piece + text[at + length :]
    return text


@given(text=some.lists(CUTS, min_size=1, max_size=4).map(changed))
@example(text=SMALL.replace("projects: [support]", 'projects: ["${ARI}support"]'))
@example(text="nodes: null")
@example(text='"a\\nb": 1')
@example(text="\x85\x85nodes: {")
@example(text="a: \ud800")
@settings(max_examples=150, deadline=None)
def test_any_text_is_right_or_has_mistakes_with_places(text: str) -> None:
    found = outcome(text)
    if isinstance(found, BadConfiguration):
        assert found.mistakes
        for mistake in found.mistakes:
            assert mistake.file == "acd.yaml"
            assert mistake.line is None or 1 <= mistake.line <= len(re.split("\r\n?|\n", text)) + 1
            assert not [secret for secret in ENVIRONMENT.values() if secret in str(mistake)]
            assert "\n" not in str(mistake)
    else:
        again = written(found)
        assert written(compile([source(again)], ENVIRONMENT)) == again


def outcome(text: str) -> Configuration | BadConfiguration:
    try:
        return compile([source(text)], ENVIRONMENT)
    except BadConfiguration as bad:
        return bad


@given(text=some.lists(CUTS, min_size=1, max_size=4).map(changed))
@settings(max_examples=50, deadline=None)
def test_of_any_text_the_database_is_found_or_told(text: str) -> None:
    try:
        found = bootstrap([source(text)], ENVIRONMENT)
    except BadConfiguration as bad:
        found = str(bad)
    assert found.startswith(("sqlite:///", "postgresql://", "acd.yaml:"))
