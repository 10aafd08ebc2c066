"""One operation with its parameters, as the HTTP request that ARI expects."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote

from acd.ari.models import OPERATIONS, Operation, Parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """A request: method, path with query (both percent-encoded), JSON body or None."""

    method: str
    target: str
    body: bytes | None


def encode(name: str, parameters: Mapping[str, Any]) -> Encoded:
    """The request for the operation called `name`; parameters that are None are left out.

    Raises TypeError for an operation or parameter that ARI does not have, a parameter that is
    missing or of the wrong type, and a path parameter that would change the path.
    """
    operation = OPERATIONS.get(name)
    if operation is None:
        raise TypeError(f"ARI has no operation {name}")
    given = {key: value for key, value in parameters.items() if value is not None}
    _check(name, operation, given)
    path, query, body = operation.path, [], None
    for parameter in operation.parameters:
        if parameter.name not in given:
            continue
        value = given[parameter.name]
        if parameter.place == "body":
            body = value if parameter.kind == "object" else {parameter.name: value}
        elif parameter.place == "path":
            path = path.replace(f"{{{parameter.name}}}", quote(value, safe=""))
        else:
            query.append(f"{parameter.name}={quote(_text(value), safe='')}")
    return Encoded(
        method=operation.method,
        target=f"{path}?{'&'.join(query)}" if query else path,
        body=None if body is None else json.dumps(body).encode(),
    )


def _check(name: str, operation: Operation, given: Mapping[str, Any]) -> None:
    if unknown := sorted(given.keys() - _known(name)):
        raise TypeError(f"{name} has no parameter {', '.join(unknown)}")
    for parameter in operation.parameters:
        if parameter.name in given:
            _check_value(name, parameter, given[parameter.name])
        elif parameter.required:
            raise TypeError(f"{name} needs {parameter.name}")


@cache
def _known(name: str) -> frozenset[str]:
    return frozenset(parameter.name for parameter in OPERATIONS[name].parameters)


def _check_value(name: str, parameter: Parameter, value: object) -> None:
    fits = _is_text_list if parameter.multiple else FITS[parameter.kind]
    if not fits(value):
        raise TypeError(f"{name}: {parameter.name} cannot be a {type(value).__name__}")
    # An empty segment or a dot would name another resource: DELETE /channels/ is not one channel.
    if parameter.place == "path" and value in ("", ".", ".."):
        raise TypeError(f"{name}: {parameter.name} cannot be {value!r}")


def _is_text_list(value: object) -> bool:
    """Several values travel as one text with commas, so none of them can contain one."""
    if isinstance(value, str):
        return True
    return isinstance(value, Sequence) and all(
        isinstance(item, str) and "," not in item for item in value
    )


FITS: dict[str, Callable[[object], bool]] = {
    "str": lambda value: isinstance(value, str),
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "float": lambda value: isinstance(value, float | int) and not isinstance(value, bool),
    "bool": lambda value: isinstance(value, bool),
    "container": lambda value: isinstance(value, Mapping | list | tuple),
    "object": lambda value: isinstance(value, Mapping),
}


def _text(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case list() | tuple():
            return ",".join(value)
        case _:
            return str(value)
