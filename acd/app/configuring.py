"""The configuration of a running process: which version is in force, and taking over another.

A version is stored first and taken over then. So a process that dies in between begins again with
what is stored: the old version or the new one, never half of one.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from acd.app.nodes import NodeSettings, nodes
from acd.app.proposing import NOTHING, Proposal
from acd.config import Configuration
from acd.config.dependants import Dependant, dependants
from acd.config.difference import Change, keys
from acd.config.entities import digest_after
from acd.config.revising import NOWHERE, revised
from acd.db import DatabaseError
from acd.db.versions import Addition, Version, Versions, VersionTaken
from acd.ids import NodeId
from acd.requests import Apply
from acd.revision import Revision, revision

logger = logging.getLogger(__name__)

AT_START = frozenset({"http", "journal", "nodes"})
"""What holds from its next start on; but of a node all that it is told itself."""
NODES_TOLD = frozenset({"nodes", "extensions", "trunks", "music"})
ADDRESS = ("ari_", "music_folder")
"""The beginnings of a node's keys that are about reaching it."""


class Stale(Exception):
    """The plan is not for the version that is in force; the text says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A version that is in force now."""

    version: int
    digest: str
    durable: bool
    """Whether the core's rows are committed too; the version itself always is."""
    at_start: tuple[str, ...]
    """The sections whose change holds from the next start on."""


class Follows(Protocol):
    """What is told of a new version: the link to a node."""

    async def take_over(self, settings: NodeSettings) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Next:
    """What another version means, worked out beside the loop."""

    configuration: Configuration
    revision: Revision
    nodes: list[NodeSettings]


class Configuring:
    """One for a process; configuration is that of the latest version."""

    def __init__(
        self,
        *,
        versions: Versions,
        run: int,
        configuration: Configuration,
        latest: Version | None,
        ask: Callable[[Apply], Awaitable[bool]],
        links: Mapping[NodeId, Follows],
        environment: Mapping[str, str],
        now: Callable[[], datetime],
    ) -> None:
        if latest and latest.version != configuration.settings.version:
            raise DatabaseError(
                f"version {latest.version} of the configuration was applied while this process "
                "began: start it again"
            )
        self.versions = versions
        self.version = latest.version if latest else 0
        self.digest = latest.digest if latest else NOTHING
        self.sources = latest.sources if latest else ""
        # What it was written like has been read: only what it says is needed from here on.
        self._configuration = replace(configuration, document=NOWHERE)
        self._run = run
        self._ask = ask
        self._links = links
        self._environment = environment
        self._now = now
        self._one = asyncio.Lock()
        """Versions come one after the other."""

    async def apply(self, proposal: Proposal, *, author: str, note: str = "") -> Taken:
        """Store the version and take it over, all or nothing.

        Raises Stale, BadConfiguration, DatabaseError, and Bug if the core fails on it.
        """
        async with self._one:
            self._refuse_stale(proposal)
            following = await asyncio.to_thread(self._work_out, proposal.changes)
            addition = proposal.addition(at=self._now(), author=author, note=note)
            await self._store(addition)
            durable = await self._take_over(following, proposal, addition)
            self.sources = proposal.sources
        about = {"version": self.version, "author": author, "changes": len(proposal.changes)}
        logger.info("another version of the configuration is in force", extra=about)
        return Taken(
            version=self.version,
            digest=self.digest,
            durable=durable,
            at_start=at_start(proposal.changes),
        )

    async def change(self, change: Change, *, author: str, note: str = "") -> Taken:
        """A version in which one piece is changed that the database owns. Raises as apply()."""
        pair = (change.before, change.after)
        proposal = Proposal(
            base=self.version,
            changes=(change,),
            result=digest_after(self.digest, [pair]),
            sources=self.sources,
        )
        return await self.apply(proposal, author=author, note=note)

    def dependants(self, section: str, name: str) -> list[Dependant]:
        """What needs that entry of the version in force."""
        return dependants(self._configuration.file, section, name)

    def _refuse_stale(self, proposal: Proposal) -> None:
        if proposal.base != self.version:
            raise Stale(
                f"the plan is stale: it changes version {proposal.base}, and version "
                f"{self.version} is in force. `acd plan` shows what is to be changed now"
            )
        pairs = [(change.before, change.after) for change in proposal.changes]
        if digest_after(self.digest, pairs) != proposal.result:
            raise Stale(
                f"the plan does not fit version {self.version} of this process: is it of another "
                "database? `acd plan` shows what is to be changed"
            )

    def _work_out(self, changes: tuple[Change, ...]) -> _Next:
        """What takes long, in a thread. Raises BadConfiguration."""
        now = self._configuration
        new = revised(now, changes, self._environment, self.version + 1)
        return _Next(
            configuration=new,
            revision=revision(now.settings, new.settings),
            nodes=nodes(new) if _told_to_nodes(changes) else [],
        )

    async def _store(self, addition: Addition) -> None:
        try:
            await self.versions.add(addition, run=self._run)
        except VersionTaken:
            raise Stale(
                f"version {addition.version.version} is in the database, and this process has not "
                "taken it over: it holds from its next start on. Restart it"
            ) from None

    async def _take_over(self, following: _Next, proposal: Proposal, addition: Addition) -> bool:
        try:
            durable = await self._ask(Apply(revision=following.revision))
        except Exception:
            # The core has taken back what it did; so must the database.
            await self.versions.take_back(_reverse(addition, proposal), run=self._run)
            raise
        self._configuration = following.configuration
        self.version, self.digest = addition.version.version, addition.version.digest
        for settings in following.nodes:
            if settings.node in self._links:
                await self._links[settings.node].take_over(settings)
        return durable


def at_start(changes: Iterable[Change]) -> tuple[str, ...]:
    """The sections of what a running process does not take over."""
    late = {change.one.section for change in changes if not _is_told(change)}
    return tuple(sorted(late & AT_START))


def _is_told(change: Change) -> bool:
    """Whether it is a change of a node that the node itself is told."""
    told = change.one.section == "nodes" and change.kind == "changed"
    return told and not any(key.startswith(ADDRESS) for key, _, _ in keys(change))


def _told_to_nodes(changes: Iterable[Change]) -> bool:
    return any(change.one.section in NODES_TOLD for change in changes)


def _reverse(addition: Addition, proposal: Proposal) -> Addition:
    back = replace(proposal, changes=tuple(change.back for change in proposal.changes))
    version = addition.version
    undone = back.addition(at=version.at, author=version.author, note=version.note)
    return replace(undone, version=version)
