"""What two versions differ in, and the name of that: its digest."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal, get_args

from acd.config.entities import Entity, Key, Owner, text_of

Kind = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One piece that is not as it was; None for one that is not there."""

    before: Entity | None
    after: Entity | None

    @property
    def one(self) -> Entity:
        """It, as it is or was."""
        one = self.after or self.before
        assert one is not None
        return one

    @property
    def kind(self) -> Kind:
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"

    @property
    def back(self) -> "Change":
        return Change(before=self.after, after=self.before)


def difference(old: Mapping[Key, Entity], new: Mapping[Key, Entity]) -> list[Change]:
    """What makes the new pieces of the old ones."""
    changed = [
        Change(before=old.get(key), after=entity)
        for key, entity in new.items()
        if old.get(key) != entity
    ]
    gone = [Change(before=entity, after=None) for key, entity in old.items() if key not in new]
    return changed + gone


def undone(now: Mapping[Key, Entity], changes: Iterable[Change]) -> dict[Key, Entity]:
    """The pieces as they were before the changes."""
    pieces = dict(now)
    for change in changes:
        if change.before is None:
            pieces.pop(change.one.key, None)
        else:
            pieces[change.one.key] = change.before
    return pieces


def plan_digest(base: int, changes: Iterable[Change], sources: str) -> str:
    """The name of a plan: the same for the same changes of the same version from the same files."""
    text = json.dumps([base, sources, changes_text(changes)])
    return sha256(text.encode()).hexdigest()[:16]


def changes_text(changes: Iterable[Change]) -> str:
    """The changes as they are kept and sent."""
    return text_of([[_piece(change.before), _piece(change.after)] for change in changes])


def changes_of(told: Iterable[tuple[Any, Any]]) -> list[Change]:
    """The changes again, of what changes_text() says once it is read. Raises ValueError, TypeError
    for what says no changes."""
    changes = [Change(before=_entity(before), after=_entity(after)) for before, after in told]
    for change in changes:
        if change.before is None and change.after is None:
            raise ValueError("a change of nothing")
    return changes


def _piece(entity: Entity | None) -> list[str] | None:
    return None if entity is None else [entity.section, entity.name, entity.owner, entity.body]


def _entity(piece: Any) -> Entity | None:
    if piece is None:
        return None
    section, name, owner, body = piece
    if owner not in get_args(Owner) or not isinstance(section, str) or not isinstance(name, str):
        raise ValueError("a piece without section, name or owner")
    # A body that is no JSON would be noticed only when it is needed.
    json.loads(body)
    return Entity(section=section, name=name, owner=owner, body=body)


Said = tuple[str, Any, Any]
"""A key, what it was and what it is; None is: not said."""


def keys(change: Change) -> Iterator[Said]:
    """The keys in which the piece differs."""
    before = change.before.value if change.before else None
    after = change.after.value if change.after else None
    if not isinstance(before, dict | None) or not isinstance(after, dict | None):
        yield change.one.section, before, after
        return
    before, after = before or {}, after or {}
    for key in dict.fromkeys([*before, *after]):
        if before.get(key) != after.get(key):
            yield key, before.get(key), after.get(key)
