"""The canonical text of a configuration: what it says, in one way to say it.

Placeholders are kept, defaults are left out, comments are not there any more. Reading the text and
writing it again gives the same bytes.
"""

import json
import re
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

from pydantic import BaseModel, SecretStr

from acd.config import placeholders
from acd.config.compiling import Configuration
from acd.config.tree import Node, plain

_SIMPLE = re.compile(r"[^\W\d_][\w/.@-]*( [\w/.@-]+)*")
_ELSEWHERE_TRUE_OR_FALSE = {"y", "n", "yes", "no", "on", "off"}
"""In YAML 1.1, as many programs still read it."""
_ESCAPED = re.compile("[\x7f-\xa0\u2028\u2029\ufeff]")


def written(configuration: Configuration) -> str:
    """YAML of the whole, of all files and of what the database owns."""
    return "".join(f"{line}\n" for line in _mapping(said(configuration), ""))


def said(configuration: Configuration) -> dict[str, Any]:
    """What is written, as data: placeholders are kept, defaults are left out."""
    return _model(configuration.file, configuration.document.root)


def _model(model: BaseModel, node: Node | None) -> dict[str, Any]:
    """Keys in the order of the model, without those that say what holds anyway."""
    keys = {}
    for name, field in type(model).model_fields.items():
        stands = node and node.child(name)
        value = getattr(model, name)
        if stands is None or (
            value == field.get_default(call_default_factory=True) and not _kept(stands)
        ):
            continue
        keys[name] = _said(value, stands)
    return keys


def _kept(node: Node) -> bool:
    """Whether something is put in there."""
    return any(map(_kept, (child for _, child in node.children))) or (
        isinstance(node.value, str) and placeholders.has_any(node.text)
    )


def _said(value: Any, node: Node) -> Any:
    if isinstance(value, BaseModel):
        return _model(value, node)
    if isinstance(node.value, str) and placeholders.has_any(node.text):
        return node.text
    match value:
        case list() | tuple():
            items = node.value if isinstance(node.value, list) else [node] * len(value)
            return [_said(item, child) for item, child in zip(value, items, strict=True)]
        case SecretStr():
            return placeholders.escape(value.get_secret_value())
        case Enum():
            return value.value
        case str():
            return placeholders.escape(value)
    return value


def _mapping(said: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in said.items():
        if isinstance(value, dict) and value:
            yield f"{indent}{key}:"
            yield from _mapping(value, f"{indent}  ")
        elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
            yield f"{indent}{key}:"
            for item in value:
                yield from _item(item, f"{indent}  ")
        else:
            yield f"{indent}{key}: {line(value)}"


def _item(item: Any, indent: str) -> Iterator[str]:
    """An item of a list that holds mappings; its first line begins with the dash."""
    if not isinstance(item, dict) or not item:
        yield f"{indent}- {line(item)}"
        return
    lines = _mapping(item, f"{indent}  ")
    first = next(lines)
    yield f"{indent}- {first[len(indent) + 2 :]}"
    yield from lines


def line(value: Any) -> str:
    """The value in one line of YAML."""
    match value:
        case dict():
            return "{" + ", ".join(f"{key}: {line(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(line, value)) + "]"
        case str() if _is_plain(value):
            return value
        case str():
            return _ESCAPED.sub(
                lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False)
            )
    return json.dumps(value)


def _is_plain(text: str) -> bool:
    """Whether the text needs no quotes."""
    if not text.isascii() or text.lower() in _ELSEWHERE_TRUE_OR_FALSE:
        return False
    return _SIMPLE.fullmatch(text) is not None and plain(text) == text
