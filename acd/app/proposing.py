"""What another version would be: of the files and what the database owns, or of an earlier one."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from acd.config import BadConfiguration, Configuration, compile, read
from acd.config.difference import (
    Change,
    changes_of,
    changes_text,
    difference,
    plan_digest,
    undone,
)
from acd.config.entities import Entity, Key, digest, document_of, entities, places
from acd.config.texts import Texts, packed, texts_digest
from acd.db.versions import Addition, Piece, Version, Versions

NOTHING = f"{0:064x}"
"""The digest of no pieces at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A version to come, as what it changes."""

    base: int
    """The version it changes; 0 where there is none yet."""
    changes: tuple[Change, ...]
    result: str
    """The digest of all pieces once they are changed."""
    sources: str
    """The digest of the texts it is made from."""
    texts: bytes | None = None
    """Those texts; None where the database has them."""
    warnings: tuple[str, ...] = ()

    @property
    def is_needless(self) -> bool:
        """Whether nothing is changed, not even a comment of the files."""
        return not self.changes and self.texts is None

    @property
    def digest(self) -> str:
        """The name of the plan."""
        return plan_digest(self.base, self.changes, self.sources)

    def addition(self, *, at: datetime, author: str, note: str) -> Addition:
        """As the database takes it."""
        return Addition(
            version=Version(
                version=self.base + 1,
                at=at,
                author=author,
                note=note,
                digest=self.result,
                sources=self.sources,
                changes=changes_text(self.changes),
            ),
            put=[_piece(change.after) for change in self.changes if change.after],
            drop=[change.one.key for change in self.changes if change.after is None],
            sources=self.texts,
        )


async def of_files(
    versions: Versions, path: Path, environment: Mapping[str, str]
) -> tuple[Proposal, Configuration]:
    """What applying the files would change. Raises BadConfiguration, DatabaseUnavailable."""
    base = await versions.latest()
    old = await in_force(versions)
    owned = document_of(entity for entity in old.values() if entity.owner == "database")
    sources = read(path)
    configuration = compile(sources, environment, owned)
    new = entities(configuration)
    texts = Texts(files=sources, places=tuple(places(configuration, new)))
    named = texts_digest(sources)
    proposal = Proposal(
        base=base.version if base else 0,
        changes=tuple(difference(old, new)),
        result=digest(new.values()),
        sources=named,
        texts=None if base and base.sources == named else packed(texts),
        warnings=configuration.warnings,
    )
    return proposal, configuration


async def of_version(versions: Versions, number: int) -> Proposal:
    """What going back to an earlier version would change. Raises BadConfiguration if there is no
    such version, DatabaseUnavailable."""
    base, wanted = await versions.latest(), await versions.find(number)
    if base is None or wanted is None:
        raise BadConfiguration(f"there is no version {number}: `acd apply --list` names them")
    old = await in_force(versions)
    since = [
        change
        for text in await versions.changes_after(number)
        for change in reversed(changes_of(json.loads(text)))
    ]
    new = undone(old, since)
    return Proposal(
        base=base.version,
        changes=tuple(difference(old, new)),
        result=digest(new.values()),
        sources=wanted.sources,
    )


async def in_force(versions: Versions) -> dict[Key, Entity]:
    """The pieces of the version that is in force. Raises DatabaseUnavailable."""
    return pieces_of(await versions.pieces())


def pieces_of(found: Iterable[Piece]) -> dict[Key, Entity]:
    pieces = (Entity(**asdict(piece)) for piece in found)
    return {piece.key: piece for piece in pieces}


def _piece(entity: Entity) -> Piece:
    return Piece(section=entity.section, name=entity.name, owner=entity.owner, body=entity.body)
