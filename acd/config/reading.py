"""Reading YAML: what a file says, and in which line each thing stands.

${NAME} in a value stands for an environment variable. Its value is put in after parsing, so that
a password may hold anything.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

Location = tuple[int | str, ...]
"""The way to a value: ("queues", 2, "name")."""

_VARIABLE = re.compile(r"\$\{(\w+)\}")
# YAML would take the braces for its own: the parser is shown two characters of private use.
_MARKED = re.compile("\ue000(\\w+)\ue001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """Something wrong, and where."""

    at: Location = ()
    line: int | None = None
    """Where the place itself cannot be found: the line."""
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What the file says; lines has the line of each place."""

    raw: Any
    lines: Mapping[Location, int] = field(default_factory=dict)
    mistakes: tuple[Mistake, ...] = ()


def read(text: str, environment: Mapping[str, str]) -> Text:
    """Parse it. What cannot be parsed is a mistake, too."""
    loader = yaml.SafeLoader(_VARIABLE.sub("\ue000\\1\ue001", text))
    try:
        root = loader.get_single_node()
        raw = loader.construct_document(root) if root else None
    except yaml.YAMLError as error:
        return Text(raw=None, mistakes=(_not_yaml(error),))
    finally:
        loader.dispose()
    places = list(_places(root, ())) if root else []
    lines: dict[Location, int] = {}
    mistakes = []
    for place, line in places:
        if place in lines:
            mistakes.append(Mistake(line=line, says=f"{shown(place)}: is there twice"))
        lines[place] = line
    mistakes += _missing(raw, (), environment)
    return Text(raw=_filled(raw, environment), lines=lines, mistakes=tuple(mistakes))


def shown(at: Location) -> str:
    """queues[2].agent_timeout_s"""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in at)
    return "".join(parts).lstrip(".") or "the file"


def _not_yaml(error: yaml.YAMLError) -> Mistake:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    return Mistake(line=mark.line + 1 if mark else None, says=f"not YAML: {problem}")


def _places(node: yaml.Node, at: Location) -> Iterator[tuple[Location, int]]:
    """Every place below the node; a mapping's in the line of its key."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            place = (*at, str(key.value))
            yield place, key.start_mark.line + 1
            yield from _places(value, place)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield (*at, number), value.start_mark.line + 1
            yield from _places(value, (*at, number))


def _missing(raw: Any, at: Location, environment: Mapping[str, str]) -> Iterator[Mistake]:
    match raw:
        case str():
            for name in _MARKED.findall(raw):
                if name not in environment:
                    yield Mistake(at=at, says=f"the environment variable {name} is not set")
        case dict():
            for key, value in raw.items():
                yield from _missing(value, (*at, key), environment)
        case list():
            for number, value in enumerate(raw):
                yield from _missing(value, (*at, number), environment)


def _filled(raw: Any, environment: Mapping[str, str]) -> Any:
    match raw:
        case str():
            return _MARKED.sub(lambda found: environment.get(found[1], ""), raw)
        case dict():
            return {
                _filled(key, environment): _filled(value, environment) for key, value in raw.items()
            }
        case list():
            return [_filled(value, environment) for value in raw]
    return raw
