"""All sources and what the database owns as one tree; each value knows where it is from."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from acd.config import placeholders
from acd.config.mistakes import Location, Mistake, shown
from acd.config.tree import Mark, Node, node_of

DATABASE = "database"
"""The source of what the database owns, as messages call it."""
NAMES = ("username", "name", "number", "pattern")
"""The keys by one of which others call an entry; the first that it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """A mistake or a warning, by its place in the document."""

    at: Location
    says: str
    key: bool = False
    """About the key itself, not its value."""


@dataclass(slots=True, kw_only=True)
class Document:
    """The tree. The entries of a section are those of all sources, one after the other."""

    root: Node
    starts: dict[str, list[int]] = field(default_factory=dict)
    """For each section: with which of its entries each source begins."""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What is put into its values, and into no message."""

    def mistake(self, wrong: Wrong) -> Mistake:
        """The same, by its place in a file."""
        node, mark = self.root, self.root.mark
        for part in wrong.at:
            child = node.child(part)
            if child is None:
                break
            key = node.keys.get(str(part)) if node.keys else None
            simple = child.text and not wrong.key
            mark = child.mark if simple or key is None else key
            node = child
        line, column = mark or (None, None)
        place = self._shown(wrong.at, node.source)
        says = self._concealed(node, wrong.says)
        return Mistake(file=node.source, line=line, column=column, place=place, says=says)

    def node(self, at: Location) -> Node | None:
        """What stands at the place, as written."""
        found: Node | None = self.root
        for part in at:
            found = found and found.child(part)
        return found

    def entries(self, section: str) -> Iterator[tuple[Location, Node]]:
        """The mappings in a section: a list of them, or the one it is."""
        found = self.node((section,))
        if found and isinstance(found.value, list):
            for place, entry in enumerate(found.value):
                yield (section, place), entry
        elif found:
            yield (section,), found

    def where(self, at: Location) -> str:
        """acd.yaml:12:5, or for what has no lines database: queues[sales]."""
        mistake = self.mistake(Wrong(at=at, says=""))
        if mistake.line is None:
            return f"{mistake.file}: {shown(_named(self, at))}"
        return mistake.where

    def _concealed(self, node: Node, says: str) -> str:
        """The message with what was put into the node's values as it is written there: a password
        may stand where a name is asked for."""
        if node.text:
            value = _put_in(node.text, self.environment)
            whole = rf"(?<!\w){re.escape(value)}(?!\w)"
            return says if value == node.text else re.sub(whole, lambda _: node.text, says)
        for _, child in node.children:
            says = self._concealed(child, says)
        return says

    def _shown(self, at: Location, source: str) -> str:
        """The place as its source counts; by name where the source counts nothing."""
        if len(at) < 2 or not isinstance(at[1], int):
            return shown(at)
        if source == DATABASE:
            return shown(_named(self, at))
        start = max(start for start in self.starts.get(str(at[0]), [0]) if start <= at[1])
        return shown((at[0], at[1] - start, *at[2:]))


def merged(
    roots: Sequence[Node], stored: Mapping[str, Sequence[Mapping[str, Any]]]
) -> tuple[Document, list[Mistake]]:
    """One document, and what is said more than once."""
    owned = {section: bodies for section, bodies in stored.items() if bodies}
    parts = [*roots, *([node_of(owned, DATABASE)] if owned else [])]
    keys: dict[str, Mark] = {}
    root = Node(source=parts[0].source, mark=parts[0].mark, value={}, keys=keys)
    document = Document(root=root)
    mistakes = []
    for part in parts:
        for key, node in part.children:
            if not isinstance(key, str):
                continue
            if part.keys:
                keys.setdefault(key, part.keys[key])
            if not _take(document, key, node):
                line, column = (part.keys or {}).get(key) or (None, None)
                says = f"is also at {document.where((key,))}"
                mistakes.append(
                    Mistake(file=part.source, line=line, column=column, place=key, says=says)
                )
    return document, mistakes


def filled(
    node: Node, environment: Mapping[str, str], at: Location = ()
) -> tuple[Any, list[Wrong]]:
    """The value with everything put in, and what cannot be."""
    wrong: list[Wrong] = []
    return _filled(node, environment, at, wrong), wrong


def _filled(node: Node, environment: Mapping[str, str], at: Location, wrong: list[Wrong]) -> Any:
    match node.value:
        case dict(items):
            return {
                key: _filled(item, environment, (*at, key), wrong) for key, item in items.items()
            }
        case list(nodes):
            return [
                _filled(item, environment, (*at, place), wrong) for place, item in enumerate(nodes)
            ]
        case str(text):
            return _text(text, environment, at, wrong)
    return node.value


def _text(text: str, environment: Mapping[str, str], at: Location, wrong: list[Wrong]) -> str:
    try:
        value = placeholders.fill(text, environment)
    except ValueError as error:
        wrong.append(Wrong(at=at, says=str(error)))
        return text
    if not value.isprintable() and (bad := _unprintable(value)):
        says = f"holds the character {bad}: a value is one line that can be printed"
        wrong.append(Wrong(at=at, says=says))
    return value


def _put_in(text: str, environment: Mapping[str, str]) -> str:
    """The value, or the text where something of it cannot be put in."""
    try:
        return placeholders.fill(text, environment)
    except ValueError:
        return text


def _unprintable(text: str) -> str:
    """The first character that is no letter, sign or space; empty if there is none."""
    found = (character for character in text if not character.isprintable())
    bad = next(
        (one for one in found if not one.isspace() or one in "\t\r\n\v\f\x85\u2028\u2029"), ""
    )
    return f"U+{ord(bad):04X}" if bad else ""


def _take(document: Document, key: str, node: Node) -> bool:
    """Take over one key of a source; False if another has said it already."""
    items = document.root.value
    assert isinstance(items, dict)
    here = items.get(key)
    if here is None:
        items[key] = node
        document.starts[key] = [0]
        return True
    if not isinstance(here.value, list) or not isinstance(node.value, list):
        return False
    document.starts[key].append(len(here.value))
    items[key] = Node(source=here.source, mark=here.mark, value=[*here.value, *node.value])
    return True


def _named(document: Document, at: Location) -> Location:
    """The place, with the entry's name instead of its number."""
    entry = document.node(at[:2])
    names: Iterable[Node | None] = (entry.child(name) for name in NAMES) if entry else ()
    name = next((node.text for node in names if node), str(at[1]))
    return (f"{at[0]}[{name}]", *at[2:])
