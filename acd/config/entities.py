"""A configuration taken to pieces: one for each thing that has a name, and for each other key.

Pieces are what two versions are compared by, what the database keeps, and what has an owner: what
the files declare is theirs, the rest belongs to the database and is changed by API.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal

from acd.config.compiling import Configuration
from acd.config.document import DATABASE
from acd.config.usable import name
from acd.config.writing import said

Owner = Literal["files", "database"]
NOT_KEPT = {"database"}
"""Where versions are kept is no part of them."""
Key = tuple[str, str]
"""Section and name; a key that is no section has an empty name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """One piece. Its body is JSON, as canonical as `acd export`: placeholders are kept."""

    section: str
    name: str = ""
    owner: Owner = "files"
    body: str

    @property
    def key(self) -> Key:
        return (self.section, self.name)

    @property
    def value(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the files declare an entity."""

    section: str
    name: str
    where: str
    """acd.yaml:12:5"""


def entities(configuration: Configuration) -> dict[Key, Entity]:
    """All pieces of the configuration, in its order."""
    pieces: dict[Key, Entity] = {}
    for section, value in said(configuration).items():
        if section in NOT_KEPT:
            continue
        for number, (called, body) in enumerate(_parts(configuration, section, value)):
            owner = _owner(configuration, section, number)
            entity = Entity(section=section, name=called, owner=owner, body=text_of(body))
            pieces[entity.key] = entity
    return pieces


def places(configuration: Configuration, pieces: Iterable[Key]) -> list[Place]:
    """Where each of the pieces stands that the files declare; all pieces, in order."""
    numbers: dict[str, int] = {}
    found = []
    for section, called in pieces:
        number = numbers[section] = numbers.get(section, -1) + 1
        if _owner(configuration, section, number) == "files":
            where = configuration.document.where((section, number) if called else (section,))
            found.append(Place(section=section, name=called, where=where))
    return found


def document_of(pieces: Iterable[Entity]) -> dict[str, Any]:
    """The pieces put together again, as raw data."""
    raw: dict[str, Any] = {}
    for entity in pieces:
        if entity.name:
            raw.setdefault(entity.section, []).append(entity.value)
        else:
            raw[entity.section] = entity.value
    return raw


def in_order(pieces: Iterable[Entity], order: Iterable[Place]) -> list[Entity]:
    """The pieces as the files have them one after the other, then those of the database."""
    known = {(place.section, place.name): number for number, place in enumerate(order)}
    return sorted(pieces, key=lambda one: (known.get(one.key, len(known)), one.key))


def digest(pieces: Iterable[Entity]) -> str:
    """What is the same for the same pieces in any order."""
    return f"{sum(map(_number, pieces)) % 2**256:064x}"


def digest_after(before: str, changes: Iterable[tuple[Entity | None, Entity | None]]) -> str:
    """The digest when each first piece has made place for the second."""
    number = int(before, 16)
    for old, new in changes:
        number += (_number(new) if new else 0) - (_number(old) if old else 0)
    return f"{number % 2**256:064x}"


def text_of(body: Any) -> str:
    """A body as it is kept."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _number(entity: Entity) -> int:
    text = json.dumps([entity.section, entity.name, entity.owner, entity.body])
    return int.from_bytes(sha256(text.encode()).digest())


def _parts(configuration: Configuration, section: str, value: Any) -> Iterator[tuple[str, Any]]:
    items = getattr(configuration.file, section)
    if not _is_section(value):
        yield "", value
        return
    for item, body in zip(items, value, strict=True):
        yield name(item), body


def _is_section(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _owner(configuration: Configuration, section: str, number: int) -> Owner:
    node = configuration.document.node((section, number))
    node = node or configuration.document.node((section,))
    return "database" if node and node.source == DATABASE else "files"
