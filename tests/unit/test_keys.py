"""Each key of the configuration has a test that fails when the key is ignored (trap 41).

Such a test is marked with @pytest.mark.key("queues.acw_s"). That it would fail nobody can see from
here; that there is one, and that no marker names a key which is gone, is seen here.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from acd.config.schema import keys

TESTS = Path(__file__).parents[1]


def marks(source: str) -> Iterator[tuple[int, str]]:
    """Line and key of every mark in the source."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(
                func=ast.Attribute(attr="key", value=ast.Attribute(attr="mark")), args=arguments
            ):
                for argument in arguments:
                    assert isinstance(argument, ast.Constant), "a key is written out"
                    yield node.lineno, str(argument.value)


def marked() -> dict[str, list[str]]:
    """Which tests say that they are of which key."""
    found: dict[str, list[str]] = {}
    for path in sorted(TESTS.rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        if "mark.key" not in source:
            continue
        for line, key in marks(source):
            found.setdefault(key, []).append(f"{path.relative_to(TESTS)}:{line}")
    return found


MARKED = marked()
KEYS = {key.path: key for key in keys()}


@pytest.mark.parametrize("path", [path for path, key in KEYS.items() if not key.entries])
def test_a_key_has_a_test(path: str) -> None:
    assert path in MARKED, f"mark the test that fails when {path} is ignored: @pytest.mark.key"


def test_no_test_is_of_a_key_that_does_not_exist() -> None:
    unknown = {key: where for key, where in MARKED.items() if key not in KEYS}
    assert unknown == {}


def test_marks_are_found() -> None:
    source = '@pytest.mark.key("a.b", "c")\n@pytest.mark.slow\ndef test() -> None: ...\n'
    assert list(marks(source)) == [(1, "a.b"), (1, "c")]
