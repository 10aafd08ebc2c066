"""docs/requirements.md is true: no row is missing, and the code and the tests it names exist."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DONE_PARTS = {"01", "02"}
MATRIX = ROOT / "docs/requirements/matrix.yaml"
ROW = re.compile(r"^\| ([A-Z]+-\d+) \|([^|]*)\|([^|]*)\|([^|]*)\|$", re.MULTILINE)
QUOTED = re.compile(r"`([^`]+)`")


class Row(NamedTuple):
    id: str
    places: list[str]
    tests: list[str]
    open: bool


def rows() -> list[Row]:
    text = (ROOT / "docs/requirements.md").read_text()
    return [
        Row(id, QUOTED.findall(places), QUOTED.findall(tests), tests.strip().startswith("open: "))
        for id, _, places, tests in ROW.findall(text)
    ]


def matrix() -> dict[str, dict[str, str]]:
    # BaseLoader: part 01 is text, not the number 1.
    found = yaml.load(MATRIX.read_text(), Loader=yaml.BaseLoader)
    return {row["id"]: row for row in found}


def test_every_row_of_the_parts_that_are_done_is_there_once() -> None:
    wanted = {id for id, row in matrix().items() if row["part"] in DONE_PARTS}
    listed = [row.id for row in rows()]
    assert sorted(set(listed)) == sorted(listed)
    assert wanted <= set(listed) <= set(matrix())


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.id)
def test_what_the_row_names_exists(row: Row) -> None:
    assert row.places, "no place in the code"
    assert row.tests or row.open, "no test"
    for place in row.places:
        path, _, name = place.partition("::")
        assert (ROOT / path).exists(), place
        assert not name or name in names(ROOT / path), place
    for test in [] if row.open else row.tests:
        path, _, name = test.partition("::")
        assert name.startswith("test_"), test
        assert name in names(ROOT / path), test


@cache
def names(path: Path) -> set[str]:
    """The functions and classes of a module."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, kinds)}
