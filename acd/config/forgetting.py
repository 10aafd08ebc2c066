"""Versions of the configuration as if somebody had never been an agent in them: one can go back to
each of them all the same."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from acd.config.difference import Change
from acd.config.entities import Entity, digest_after, text_of
from acd.config.texts import Texts

SECTION = "agents"
"""Of agents; in other pieces, the key of a list of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgetting:
    """agent: the username; value, text: what puts another name into JSON, and into a text."""

    agent: str
    value: Callable[[Any], Any]
    text: Callable[[str], str]

    def changes(self, changes: Iterable[Change]) -> list[Change]:
        """The changes that are left without the agent."""
        left = (
            Change(before=self._piece(change.before), after=self._piece(change.after))
            for change in changes
        )
        return [change for change in left if change.before != change.after]

    def texts(self, texts: Texts) -> Texts:
        """The files with another name in them, and the places without that of the agent."""
        return Texts(
            files=tuple(
                replace(file, name=self.text(file.name), text=self.text(file.text))
                for file in texts.files
            ),
            places=tuple(
                replace(place, where=self.text(place.where))
                for place in texts.places
                if (place.section, place.name) != (SECTION, self.agent)
            ),
        )

    def _piece(self, piece: Entity | None) -> Entity | None:
        if piece is None or piece.key == (SECTION, self.agent):
            return None
        value = self.value(self._dropped(piece.value))
        return piece if value == piece.value else replace(piece, body=text_of(value))

    def _dropped(self, value: Any) -> Any:
        if not isinstance(value, dict) or self.agent not in (value.get(SECTION) or ()):
            return value
        return {**value, SECTION: [each for each in value[SECTION] if each != self.agent]}


def called(changes: Iterable[Change], agent: str) -> Iterator[str]:
    """What the agent was called by, and at: names and mobiles."""
    pieces = (piece for change in changes for piece in (change.before, change.after))
    for piece in pieces:
        if piece and piece.key == (SECTION, agent):
            value = piece.value
            yield from (value[key] for key in ("name", "mobile") if value.get(key))


def digests(newest: str, changes: Sequence[Iterable[Change]]) -> Iterator[str]:
    """Those of versions, the newest first, of which each has changed that."""
    for each in changes:
        yield newest
        newest = digest_after(newest, [(change.after, change.before) for change in each])
