"""The top level is the one that was asked for, and in each of its packages there is something."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ASKED_FOR = (
    "pyproject.toml",
    "asterisk-config/extensions.conf",
    "sounds/en",
    "tests",
    "docker-compose.yml",
    "README.md",
)
PACKAGES = ("ari", "queues", "ivr", "agents", "dispositions")
OWN = {path: path.read_text(encoding="utf-8") for path in (ROOT / "acd").rglob("*.py")}


@pytest.mark.parametrize("path", ASKED_FOR)
def test_what_was_asked_for_is_there(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize("package", PACKAGES)
def test_each_package_does_something_that_others_need(package: str) -> None:
    folder = ROOT / "acd" / package
    functions = [
        node
        for path, text in OWN.items()
        if path.is_relative_to(folder)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    users = [
        path
        for path, text in OWN.items()
        if not path.is_relative_to(folder) and f"from acd.{package}." in text
    ]
    assert functions
    assert users
