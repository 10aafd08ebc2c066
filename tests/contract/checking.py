"""A raw HTTP request, checked against OPERATIONS as strictly as Asterisk would, or more."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, unquote_plus

from acd.ari.models import OPERATIONS, Operation, Parameter

BASE = "/ari"


class Violation(Exception):
    """The request is not one that ARI describes."""


@dataclass(frozen=True, kw_only=True)
class Received:
    """A request that came: which operation, and its parameters decoded by their types."""

    operation: str
    parameters: dict[str, Any]


def received(method: str, target: str, body: bytes) -> Received:
    """Raises Violation unless the request is exactly what OPERATIONS allows."""
    path, _, query = target.partition("?")
    name, segments = operation_of(method, path)
    operation = OPERATIONS[name]
    texts = [("path", key, value) for key, value in segments.items()]
    texts += [("query", *pair) for pair in pairs_of(query)]
    found: dict[str, Any] = {}
    for place, key, text in texts:
        parameter = named(name, operation, key, place)
        if key in found:
            raise Violation(f"{name}: {key} comes twice")
        found[key] = decoded(name, parameter, text)
    found |= body_of(name, operation, body)
    missing = {each.name for each in operation.parameters if each.required} - found.keys()
    if missing:
        raise Violation(f"{name}: {sorted(missing)} is missing")
    return Received(operation=name, parameters=found)


def operation_of(method: str, path: str) -> tuple[str, dict[str, str]]:
    """The operation, and its path parameters. /channels/create is literal, not a channel's id."""
    candidates = []
    for name, operation in OPERATIONS.items():
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", operation.path)
        match = re.fullmatch(BASE + pattern, path)
        if match and operation.method == method:
            candidates.append((len(match.groupdict()), name, match.groupdict()))
    if not candidates:
        raise Violation(f"no such operation: {method} {path}")
    _, name, segments = min(candidates, key=lambda candidate: candidate[0])
    return name, {key: unquote(value, errors="strict") for key, value in segments.items()}


def pairs_of(query: str) -> list[tuple[str, str]]:
    """As Asterisk reads a query: a plus is a space."""
    pairs = [each.partition("=") for each in query.split("&") if each]
    return [(unquote_plus(key), unquote_plus(value)) for key, _, value in pairs]


def named(name: str, operation: Operation, key: str, place: str) -> Parameter:
    for parameter in operation.parameters:
        if parameter.name == key and parameter.place == place:
            return parameter
    raise Violation(f"{name} has no {place} parameter {key}")


def decoded(name: str, parameter: Parameter, text: str) -> Any:
    """The value of the parameter's type."""
    values = text.split(",") if parameter.multiple else [text]
    if parameter.values and not set(values) <= set(parameter.values):
        raise Violation(f"{name}: {parameter.name} cannot be {text}")
    match parameter.kind:
        case "int" if re.fullmatch(r"-?\d+", text):
            return int(text)
        case "bool" if text in ("true", "false"):
            return text == "true"
        case "str":
            return values if parameter.multiple else text
        case _:
            raise Violation(f"{name}: {parameter.name} cannot be {text}")


def body_of(name: str, operation: Operation, body: bytes) -> dict[str, Any]:
    wanted = next((each for each in operation.parameters if each.place == "body"), None)
    if not body:
        return {}
    try:
        content = json.loads(body)
    except ValueError:
        raise Violation(f"{name}: the body is not JSON") from None
    if wanted is None or not isinstance(content, dict):
        raise Violation(f"{name}: a body nobody asked for")
    if wanted.kind == "object":
        return {wanted.name: content}
    if content.keys() != {wanted.name}:
        raise Violation(f"{name}: the body has {sorted(content)}, not {wanted.name}")
    return content
