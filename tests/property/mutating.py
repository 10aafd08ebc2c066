"""Put a bug into the running core, and take it out again.

A mutant is a replacement in the source of one module. The module is compiled anew with it, and
the functions that differ are given the new code: so all who have imported them have the bug too,
and no class or constant exists twice.
"""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from types import CodeType, FunctionType, ModuleType
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Mutant:
    name: str
    module: str
    old: str
    new: str


@contextmanager
def mutated(mutant: Mutant) -> Iterator[None]:
    """The core with the bug. Raises AssertionError where the source has changed meanwhile."""
    changed = changed_by(mutant)
    module = import_module(mutant.module)
    functions = {name: _function(module, name) for name in changed}
    before = {name: function.__code__ for name, function in functions.items()}
    try:
        for name, function in functions.items():
            function.__code__ = changed[name]
        yield
    finally:
        for name, function in functions.items():
            function.__code__ = before[name]


def changed_by(mutant: Mutant) -> dict[str, CodeType]:
    """The new code of every function that has the bug. Raises AssertionError."""
    source = inspect.getsource(import_module(mutant.module))
    count = source.count(mutant.old)
    assert count == 1, f"{mutant.name}: its text is {count} times in {mutant.module}"
    honest, codes = _codes(source), _codes(source.replace(mutant.old, mutant.new))
    changed = {name: code for name, code in codes.items() if code != honest.get(name)}
    assert changed, f"{mutant.name}: only functions can be mutated"
    return changed


def _codes(source: str) -> dict[str, CodeType]:
    """The code of every function and method, by its name."""
    found: dict[str, CodeType] = {}
    look_at = [compile(source, "<mutant>", "exec")]
    while look_at:
        code = look_at.pop()
        for const in code.co_consts:
            if isinstance(const, CodeType) and "<" not in const.co_qualname:
                found[const.co_qualname] = const
                look_at.append(const)
    return {name: code for name, code in found.items() if not _is_class(code)}


def _is_class(code: CodeType) -> bool:
    return "__qualname__" in code.co_names and "__module__" in code.co_names


def _function(module: ModuleType, name: str) -> FunctionType:
    found: Any = module
    for part in name.split("."):
        found = inspect.getattr_static(found, part)
    found = found.fget if isinstance(found, property) else found
    assert isinstance(found, FunctionType)
    return found
