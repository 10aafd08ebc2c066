"""Whatever stands at a key and cannot stand there is told at its place: for every key there is."""

from collections.abc import Iterator
from enum import Enum
from typing import Any, get_args, get_origin

import pytest
from annotated_types import Ge, Le

from acd.config.schema import Key, is_list, keys
from tests.unit.config.texts import told

KEYS = {key.path: key for key in keys()}


def written(path: str, value: str) -> tuple[str, str, int, int]:
    """A file that says it and nothing else; how the place is shown; the key's line and column."""
    lines: list[str] = []
    indent, shown, said = "", "", ""
    for part in path.split("."):
        said = f"{said}.{part}".lstrip(".")
        shown = f"{shown}.{part}".lstrip(".")
        begin = indent if not lines or not lines[-1].endswith("-") else f"{lines.pop()} "
        lines.append(f"{begin}{part}:")
        indent = " " * (len(begin) + 2)
        if said != path and is_list(KEYS[said].field.annotation):
            lines.append(f"{indent}-")
            shown += "[0]"
    column = len(begin) + 1
    lines[-1] += f" {value}"
    return "\n".join(lines) + "\n", shown, len(lines), column


def simple(key: Key) -> str:
    """A value without parts that is wrong for it."""
    inner = str(key.field.annotation)
    wants_text = "str" in inner or "Secret" in inner or "ids." in inner or "settings." in inner
    if key.entries or is_list(key.field.annotation) or not wants_text:
        return "soon"
    return "12"


NAMES_ONE_CHOOSES = {path for path, key in KEYS.items() if get_origin(key.field.annotation) is dict}
"""Whose value is keys with values, with keys that are nowhere declared."""


@pytest.mark.parametrize("path", [path for path in KEYS if path not in NAMES_ONE_CHOOSES])
def test_keys_with_values_where_none_belong(path: str) -> None:
    key = KEYS[path]
    value = "[{wrong: 1}]" if key.entries and is_list(key.field.annotation) else "{wrong: 1}"
    text, shown, line, column = written(key.path, value)
    inside = f"{shown}[0].wrong" if value.startswith("[") else f"{shown}.wrong"
    lines = told(text)
    if key.entries:
        assert any(f": {inside}: there is no such key" in told_ for told_ in lines), lines
    else:
        start = f"acd.yaml:{line}:{column}: {shown}: expected "
        assert any(told_.startswith(start) for told_ in lines), lines
        assert any(
            told_.endswith(", got keys with values") or "something else" in told_ for told_ in lines
        )


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_a_value_of_another_type(key: Key) -> None:
    value = simple(key)
    text, shown, line, column = written(key.path, value)
    column += len(shown.rpartition(".")[2]) + 2
    start = f"acd.yaml:{line}:{column}: {shown}: expected "
    lines = told(text)
    assert any(told_.startswith(start) for told_ in lines), (text, lines)


def bounds() -> Iterator[tuple[str, str]]:
    """Of each key that has some: a value just outside."""
    for path, key in KEYS.items():
        shape = "{{a: {}}}" if path in NAMES_ONE_CHOOSES else "{}"
        for bound in (*key.field.metadata, *_of_values(key.field.annotation)):
            match bound:
                case Ge(ge=least):
                    yield path, shape.format(int(str(least)) - 1)
                case Le(le=most):
                    yield path, shape.format(int(str(most)) + 1)
        if any(issubclass(one, Enum) for one in types(key.field.annotation)):
            value = "nonsense"
            yield path, f"[{value}]" if is_list(key.field.annotation) else value


def _of_values(annotation: Any) -> list[Any]:
    """The bounds of a dictionary's values."""
    if get_origin(annotation) is not dict:
        return []
    [field] = get_args(annotation)[1].__metadata__
    return list(field.metadata)


def types(annotation: object) -> Iterator[type]:
    """All types in it."""
    if isinstance(annotation, type) and not get_args(annotation):
        yield annotation
    for inner in get_args(annotation):
        yield from types(inner)


@pytest.mark.parametrize(("path", "value"), list(bounds()))
def test_a_value_that_is_out_of_bounds(path: str, value: str) -> None:
    text, shown, line, _ = written(path, value)
    expected = "one of" if "nonsense" in value else "a number"
    start = f"acd.yaml:{line}:"
    assert any(
        one.startswith(start) and f": {shown}" in one and f"expected {expected}" in one
        for one in told(text)
    )


def test_every_whole_number_has_two_bounds() -> None:
    """What is stored and shown is a number that a person could mean."""
    found = [path for path, _ in bounds()]
    numbers = {path for path, key in KEYS.items() if int in types(key.field.annotation)}
    assert {path for path in numbers if found.count(path) != 2} == set()
