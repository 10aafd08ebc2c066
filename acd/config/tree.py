"""YAML into a tree that knows where everything stands.

Events are read, never more: what nests, repeats itself or is large costs no more than its text. Of
YAML 1.2 all is understood but tags; a plain word is null, true or false, a number, or else text.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from typing import Any

import yaml

from acd.config.mistakes import BadConfiguration, Mistake, shown
from acd.config.placeholders import TAKEN, hide, show
from acd.config.sources import Source

DEPTH = 40
"""So deep may lists and mappings nest."""
MOST_KEYS = 1_000
"""In one mapping."""
MOST_VALUES = 400_000
"""In one file, with what aliases (*name) repeat. 5,000 agents in 500 queues take a quarter."""

Scalar = str | int | float | bool | None
Mark = tuple[int, int]
"""Line and column, from 1."""


@dataclass(slots=True, kw_only=True)
class Node:
    """A value, and where it stands. Without lines it is from no file."""

    source: str
    mark: Mark | None = None
    value: "Scalar | list[Node] | dict[str, Node]"
    text: str = ""
    """Of a scalar: as it is written."""
    keys: Mapping[str, Mark] | None = None
    """Of a mapping: where its keys stand."""
    size: int = 1
    """How many values it is, itself included."""

    @property
    def children(self) -> "Iterator[tuple[int | str, Node]]":
        match self.value:
            case dict():
                yield from self.value.items()
            case list():
                yield from enumerate(self.value)

    def child(self, part: int | str) -> "Node | None":
        """What stands there; None if nothing does."""
        match self.value, part:
            case dict(), str():
                return self.value.get(part)
            case list(), int() if part < len(self.value):
                return self.value[part]
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A source's tree, None if it says nothing or is no YAML."""

    root: Node | None
    mistakes: tuple[Mistake, ...] = ()


def parse(source: Source) -> Parsed:
    """Parse it. What cannot be parsed is a mistake, too."""
    if found := TAKEN.search(source.text):
        return _failed(source, _position(source.text, found.start()), "no such character is used")
    builder = _Builder(source.name)
    try:
        for event in yaml.parse(hide(source.text), LOADER):
            builder.take(event)
    except yaml.YAMLError as error:
        return _failed(source, *_not_yaml(source.text, error))
    except _Stop as stop:
        return Parsed(root=None, mistakes=(*builder.mistakes, stop.mistake))
    return Parsed(root=builder.root, mistakes=tuple(builder.mistakes))


def node_of(raw: Any, source: str, depth: int = 0) -> Node:
    """The tree of what is no text: lists, mappings and scalars. Raises BadConfiguration."""
    if depth > DEPTH:
        says = f"lists and mappings nest more than {DEPTH} deep"
        raise BadConfiguration.of([Mistake(file=source, says=says)])
    match raw:
        case Mapping():
            items = {str(key): node_of(value, source, depth + 1) for key, value in raw.items()}
            return Node(source=source, value=items)
        case str():
            return Node(source=source, value=raw, text=raw)
        case Iterable():
            return Node(source=source, value=[node_of(one, source, depth + 1) for one in raw])
    return Node(source=source, value=raw, text=str(raw))


LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Stop(Exception):
    """No more of the text is looked at."""

    def __init__(self, mistake: Mistake) -> None:
        super().__init__(str(mistake))
        self.mistake = mistake


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet."""

    node: Node
    keys: dict[str, Mark]
    anchor: str | None
    key: Node | None = None


class _Builder:
    """Makes the tree of one document, event by event."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.root: Node | None = None
        self.mistakes: list[Mistake] = []
        self._open: list[_Open] = []
        self._anchors: dict[str, Node | None] = {}
        self._merged = 0

    def take(self, event: yaml.Event) -> None:
        """The next event. Raises _Stop."""
        match event:
            case yaml.ScalarEvent():
                self._add(self._scalar(event), event.anchor)
            case yaml.CollectionStartEvent():
                self._begin(event)
            case yaml.CollectionEndEvent():
                closed = self._open.pop()
                self._add(closed.node, closed.anchor)
            case yaml.AliasEvent():
                self._add(self._alias(event), None)
            case yaml.DocumentStartEvent() if self.root:
                raise self._stop(event, "a second document begins here: write one in a file")

    def _scalar(self, event: yaml.ScalarEvent) -> Node:
        if event.tag is not None:
            raise self._stop(event, f"{event.tag}: tags are not used here: leave it out")
        text = show(event.value)
        value = text if event.style else plain(text)
        return Node(source=self.source, mark=_mark(event), value=value, text=text)

    def _begin(self, event: yaml.CollectionStartEvent) -> None:
        if event.tag is not None:
            raise self._stop(event, f"{event.tag}: tags are not used here: leave it out")
        if len(self._open) == DEPTH:
            raise self._stop(event, f"lists and mappings nest more than {DEPTH} deep")
        value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        keys: dict[str, Mark] = {}
        node = Node(source=self.source, mark=_mark(event), value=value, keys=keys)
        if event.anchor:
            self._anchors[event.anchor] = None
        self._open.append(_Open(node, keys, event.anchor))

    def _alias(self, event: yaml.AliasEvent) -> Node:
        if event.anchor not in self._anchors:
            raise self._stop(event, f"*{event.anchor}: there is no &{event.anchor} before it")
        node = self._anchors[event.anchor]
        if node is None:
            raise self._stop(event, f"*{event.anchor} would contain itself")
        return node

    def _add(self, node: Node, anchor: str | None) -> None:
        """Put what is complete into what it is in."""
        if anchor:
            self._anchors[anchor] = node
        if not self._open:
            self.root = node
            return
        inside = self._open[-1]
        match inside.node.value:
            case list(items):
                items.append(node)
                self._grow(inside.node, node.size)
            case dict(items):
                if inside.key is None:
                    inside.key = self._key(node)
                    return
                self._put(inside, items, inside.key, node)
                inside.key = None

    def _key(self, node: Node) -> Node:
        if isinstance(node.value, list | dict):
            raise self._at(node.mark, "a key is a word, not a list or a mapping")
        return node

    def _put(self, inside: _Open, items: dict[str, Node], key: Node, node: Node) -> None:
        if key.text == "<<":
            self._merge(inside.node, items, node)
            return
        # What was merged before gives way; what was written before does not.
        if key.text in inside.keys:
            line = inside.keys[key.text][0]
            says = f"is there twice, the first time in line {line}"
            self.mistakes.append(self._mistake(key.mark, says, key.text))
        if len(items) == MOST_KEYS:
            raise self._at(key.mark, f"there are more than {MOST_KEYS:,} keys in one mapping")
        items[key.text] = node
        if key.mark:
            inside.keys.setdefault(key.text, key.mark)
        self._grow(inside.node, node.size + 1)

    def _merge(self, into: Node, items: dict[str, Node], merged: Node) -> None:
        """<<: *defaults. What the mapping says itself beats it; the first of several wins."""
        parts = merged.value if isinstance(merged.value, list) else [merged]
        for part in parts:
            if not isinstance(part.value, dict):
                raise self._at(merged.mark, "<< takes in a mapping or a list of mappings")
            self._merged += len(part.value)
            if self._merged > MOST_VALUES:
                raise self._at(merged.mark, _too_many())
            for key, node in part.value.items():
                if key not in items:
                    items[key] = node
                    self._grow(into, node.size + 1)

    def _grow(self, node: Node, by: int) -> None:
        node.size += by
        if node.size > MOST_VALUES:
            raise self._at(node.mark, _too_many())

    def _stop(self, event: yaml.Event, says: str) -> _Stop:
        return self._at(_mark(event), says)

    def _at(self, mark: Mark | None, says: str) -> _Stop:
        return _Stop(self._mistake(mark, says))

    def _mistake(self, mark: Mark | None, says: str, key: str | None = None) -> Mistake:
        line, column = mark or (None, None)
        place = "" if len(self._open) == DEPTH else shown(tuple(self._path(key)))
        return Mistake(file=self.source, line=line, column=column, place=place, says=says)

    def _path(self, last: str | None) -> Iterator[int | str]:
        """The way to what is being read."""
        for inside in self._open[: -1 if last else None]:
            if isinstance(inside.node.value, list):
                yield len(inside.node.value)
            elif inside.key:
                yield inside.key.text
        if last:
            yield last


_INTEGER = re.compile(r"[-+]?[0-9]{1,300}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: Mapping[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


def plain(text: str) -> Scalar:
    """What a word without quotes means."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "0123456789+-.":
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def _too_many() -> str:
    return f"there are more than {MOST_VALUES:,} values, with what aliases (*name) repeat"


def _mark(event: yaml.Event) -> Mark:
    mark: Any = event.start_mark
    return mark.line + 1, mark.column + 1


def _failed(source: Source, mark: Mark | None, says: str) -> Parsed:
    line, column = mark or (None, None)
    mistake = Mistake(file=source.name, line=line, column=column, says=says)
    return Parsed(root=None, mistakes=(mistake,))


def _not_yaml(text: str, error: yaml.YAMLError) -> tuple[Mark | None, str]:
    found = getattr(error, "problem_mark", None)
    mark = (found.line + 1, found.column + 1) if found else _control(text)
    problem = show(str(getattr(error, "problem", None) or getattr(error, "reason", None) or error))
    if mark and _line(text, mark[0])[mark[1] - 1 :].startswith("\t"):
        problem = "a tab cannot stand here: indent by spaces"
    return mark, f"not YAML: {problem}"


def _line(text: str, number: int) -> str:
    """The line, from 1 on; empty if there is no such line."""
    return next(islice(StringIO(text), number - 1, None), "")


def _control(text: str) -> Mark | None:
    """Where the first character is that YAML does not take."""
    found = yaml.reader.Reader.NON_PRINTABLE.search(text)
    return _position(text, found.start()) if found else None


def _position(text: str, at: int) -> Mark:
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
