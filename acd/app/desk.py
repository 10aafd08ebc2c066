"""What the HTTP API asks about the configuration, done with the running process's."""

import asyncio
import binascii
import json
from base64 import b64decode
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict, replace
from typing import TypeVar

from acd.app.configuring import Configuring, Stale, Taken
from acd.app.proposing import Proposal
from acd.config import BadConfiguration, File
from acd.config.concealing import concealed_body
from acd.config.dependants import one_of
from acd.config.difference import Change, changes_of
from acd.config.document import NAMES
from acd.config.entities import Entity, text_of
from acd.config.schema import entries, is_list
from acd.config.texts import Texts, unpacked
from acd.db import DatabaseError
from acd.db.versions import Piece
from acd.distributor import State
from acd.http.configuration import (
    AffectedPicture,
    AffectedSent,
    ApplySent,
    EntityPicture,
    EntitySent,
    PageSent,
    TakenPicture,
    VersionPicture,
)
from acd.http.problems import DependantPicture, Problem
from acd.ids import TrunkName

T = TypeVar("T")
MOST_NAMED = 10
"""So many of those that need something are in the sentence; the list has all."""
FILES_ONLY = {"nodes"}
"""Sections that only files declare: without the nodes there is no process to ask."""


class ConfigurationDesk:
    """The Desk of acd/http/configuration.py."""

    def __init__(self, configuring: Configuring, state: Callable[[], State]) -> None:
        self._configuring = configuring
        self._state = state
        self._texts: tuple[str, Texts] = ("", Texts())

    def in_force(self) -> VersionPicture:
        return VersionPicture(version=self._configuring.version, digest=self._configuring.digest)

    async def apply(self, sent: ApplySent, author: str) -> TakenPicture:
        proposal = await asyncio.to_thread(_proposal, sent)
        return await _taken(self._configuring.apply(proposal, author=author, note=sent.note))

    # What the database owns.

    async def entities(self, section: str, sent: PageSent) -> list[EntityPicture]:
        _section(section)
        found = await _reached(self._configuring.versions.pieces(section, sent.after, sent.limit))
        texts = await self._current_texts()
        return [_picture(piece, texts) for piece in found]

    async def entity(self, section: str, name: str) -> EntityPicture:
        _section(section)
        found = await _reached(self._configuring.versions.piece(section, name))
        if found is None:
            raise Problem("not-found", f"there is no {name} in {section}")
        return _picture(found, await self._current_texts())

    async def put(self, section: str, name: str, sent: EntitySent, author: str) -> TakenPicture:
        key = _section(section)
        body = {key: name} | sent.body
        if body[key] != name:
            raise Problem("malformed", f"the body's {key} is not {name}, as in the address")
        after = Entity(section=section, name=name, owner="database", body=text_of(body))
        before = await self._owned(section, name)
        return await self._change(Change(before=before, after=after), sent.note, author)

    async def remove(self, section: str, name: str, author: str) -> TakenPicture:
        _section(section)
        before = await self._owned(section, name)
        if before is None:
            raise Problem("not-found", f"there is no {name} in {section}")
        self._refuse_needed(section, name)
        return await self._change(Change(before=before, after=None), "", author)

    def _refuse_needed(self, section: str, name: str) -> None:
        """Raises Problem if something needs it."""
        found = self._configuring.dependants(section, name)
        if not found:
            return
        told = ", ".join(map(str, found[:MOST_NAMED]))
        more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
        raise Problem(
            "needed",
            f"{one_of(section)} {name} is needed by {told}{more}: take it out there first",
            dependants=[
                DependantPicture(section=one.section, name=one.name, key=one.key) for one in found
            ],
        )

    async def _change(self, change: Change, note: str, author: str) -> TakenPicture:
        return await _taken(self._configuring.change(change, author=author, note=note))

    async def _owned(self, section: str, name: str) -> Entity | None:
        """What is in force of that name. Raises Problem if the files declare it."""
        piece = await _reached(self._configuring.versions.piece(section, name))
        if piece is None:
            return None
        if piece.owner == "files":
            where = (await self._current_texts()).where(section, name) or "the files"
            raise Problem(
                "refused", f"{name} is declared at {where}: change it there, and `acd apply`"
            )
        return Entity(**asdict(piece))

    async def _current_texts(self) -> Texts:
        sources = self._configuring.sources
        if self._texts[0] != sources:
            body = await _reached(self._configuring.versions.sources(sources))
            texts = await asyncio.to_thread(unpacked, body) if body else Texts()
            self._texts = (sources, replace(texts, files=()))
        return self._texts[1]

    # Who would notice.

    def affected(self, sent: AffectedSent) -> AffectedPicture:
        state = self._state()
        waiting = Counter(entry.queue for entry in state.entries.values())
        agents = [state.agents[name] for name in sent.agents if name in state.agents]
        phones = {phone.extension for phone in state.phones.values() if phone.contacts}
        calls = Counter(_trunks(state))
        return AffectedPicture(
            waiting={queue: waiting[queue] for queue in sent.queues if waiting[queue]},
            on_call=[agent.id for agent in agents if agent.assignments],
            logged_in=[a.id for a in agents if a.project is not None and not a.assignments],
            registered=[number for number in sent.extensions if number in phones],
            calls={trunk: calls[trunk] for trunk in sent.trunks if calls[trunk]},
        )


def _trunks(state: State) -> Iterator[TrunkName]:
    """The trunk of every leg that is on one."""
    for leg in state.legs.values():
        if leg.trunk:
            yield leg.trunk


async def _taken(applying: Awaitable[Taken]) -> TakenPicture:
    """What came of it. Raises Problem."""
    try:
        taken = await applying
    except Stale as error:
        raise Problem("refused", str(error)) from None
    except BadConfiguration as error:
        raise Problem("malformed", str(error)) from None
    except DatabaseError as error:
        raise Problem("database-away", str(error)) from None
    return TakenPicture(
        version=taken.version,
        digest=taken.digest,
        durable=taken.durable,
        at_start=list(taken.at_start),
    )


async def _reached(asking: Awaitable[T]) -> T:
    try:
        return await asking
    except DatabaseError as error:
        raise Problem("database-away", str(error)) from None


def _proposal(sent: ApplySent) -> Proposal:
    """What is sent, read. Raises Problem."""
    try:
        changes = changes_of(json.loads(sent.changes))
        texts = None if sent.texts is None else b64decode(sent.texts, validate=True)
        if texts is not None:
            unpacked(texts)
    except (ValueError, TypeError, binascii.Error) as error:
        raise Problem("malformed", f"the version cannot be read: {error}") from None
    return Proposal(
        base=sent.base,
        changes=tuple(changes),
        result=sent.result,
        sources=sent.sources,
        texts=texts,
    )


def _section(name: str) -> str:
    """The key that its entries are named by. Raises Problem."""
    field = File.model_fields.get(name)
    model = entries(field.annotation) if field else None
    if field is None or model is None or not is_list(field.annotation) or name in FILES_ONLY:
        raise Problem("not-found", f"there is no section {name} that the database may own")
    return next(key for key in NAMES if key in model.model_fields)


def _picture(piece: Piece, texts: Texts) -> EntityPicture:
    body = concealed_body(piece.section, json.loads(piece.body))
    where = texts.where(piece.section, piece.name)
    return EntityPicture(name=piece.name, owner=piece.owner, where=where, body=body)
