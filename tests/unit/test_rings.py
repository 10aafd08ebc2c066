"""What import-linter cannot see of 'who may import whom'."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PURE_OF_RING_4 = {"recovery"}
ALLOWED = {
    "acd",
    "bisect",
    "collections",
    "dataclasses",
    "datetime",
    "enum",
    "functools",
    "heapq",
    "itertools",
    "phonenumbers",
    "re",
    "types",
    "typing",
}
"""All of the world that a decision needs."""
CLOCKS = {"now", "today", "utcnow", "fromtimestamp"}
CALLS_OUT = {"open", "print", "input", "exec", "eval", "__import__", "hash", "id"}


def contract(name: str) -> dict[str, Any]:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts: list[dict[str, Any]] = pyproject["tool"]["importlinter"]["contracts"]
    return next(contract for contract in contracts if contract["id"] == name)


def inner_modules() -> Iterator[str]:
    """The modules of rings 1 to 3, and those of ring 4 that decide, as far as they exist."""
    layers = [layer.replace("(", "").replace(")", "") for layer in contract("rings")["layers"]]
    inner = layers[layers.index("distributor") :]
    for name in [*" | ".join(inner).split(" | "), *sorted(PURE_OF_RING_4)]:
        if (ROOT / "acd" / name).exists() or (ROOT / "acd" / f"{name}.py").exists():
            yield name


def inner_files() -> list[Path]:
    return [
        path
        for name in inner_modules()
        for path in [*(ROOT / "acd" / name).rglob("*.py"), ROOT / "acd" / f"{name}.py"]
        if path.exists()
    ]


def test_every_module_that_decides_is_held_to_be_pure() -> None:
    assert {f"acd.{name}" for name in inner_modules()} == set(contract("pure")["source_modules"])


@pytest.mark.parametrize("path", inner_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_that_decides_needs_nothing_of_the_world(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                assert {alias.name.split(".")[0] for alias in names} <= ALLOWED
            case ast.ImportFrom(module=module, level=level):
                assert level == 0
                assert module
                assert module.split(".")[0] in ALLOWED
            case ast.Call(func=ast.Attribute(attr=attribute)):
                assert attribute not in CLOCKS, "the core reads a clock"
            case ast.Call(func=ast.Name(id=name)):
                assert name not in CALLS_OUT
            case ast.AsyncFunctionDef() | ast.Global() | ast.Await():
                pytest.fail(f"line {node.lineno}")
