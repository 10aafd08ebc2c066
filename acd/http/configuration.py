"""The configuration by HTTP: which version is in force, applying another, and what the database
owns of it."""

from typing import Annotated, Any, Protocol

from pydantic import Field
from typing_extensions import TypedDict

from acd.http.route import API, Asked, Nothing, Route, Sent
from acd.ids import AgentId, ExtensionNumber, QueueName, TrunkName
from acd.permissions import Key

LARGEST = 64 * 1024 * 1024
"""Bytes of a version: the texts of thousands of agents, and all that is new in them."""


class VersionPicture(TypedDict):
    """The version that is in force. digest: the same for the same configuration."""

    version: int
    digest: str


class TakenPicture(TypedDict):
    """A version that is in force now."""

    version: int
    digest: str
    durable: bool
    at_start: list[str]
    """The sections whose change holds from the process's next start on."""


class AffectedPicture(TypedDict):
    """Who would notice if these went."""

    waiting: dict[str, int]
    """Callers in each of the queues."""
    on_call: list[str]
    """Of the agents: who is on a call."""
    logged_in: list[str]
    """Of the agents: who else is at work."""
    registered: list[str]
    """Of the extensions: those that a phone is registered as."""
    calls: dict[str, int]
    """Calls on each of the trunks."""


class EntityPicture(TypedDict):
    """Something configured. Secrets are not shown: placeholders are."""

    name: str
    owner: str
    """files or database."""
    where: str | None
    """Where the files declare it: file:line:column."""
    body: dict[str, Any]


class ApplySent(Sent):
    base: int
    """The version that is changed."""
    changes: str
    """JSON: pairs of what each piece was and is."""
    result: str
    """The digest of the configuration once it is changed."""
    sources: str
    """The digest of the files."""
    texts: str | None = None
    """The files, packed, in base64; without it those of the digest, which the database has."""
    note: str = ""


class AffectedSent(Sent):
    queues: tuple[QueueName, ...] = ()
    agents: tuple[AgentId, ...] = ()
    extensions: tuple[ExtensionNumber, ...] = ()
    trunks: tuple[TrunkName, ...] = ()


class EntitySent(Sent):
    body: dict[str, Any]
    """Its keys, as in the files."""
    note: str = ""


class PageSent(Sent):
    after: str = ""
    """The last name of the page before."""
    limit: Annotated[int, Field(ge=1, le=200)] = 100


class Desk(Protocol):
    """Does it. Raises Problem."""

    def in_force(self) -> VersionPicture: ...
    def affected(self, sent: AffectedSent) -> AffectedPicture: ...
    async def apply(self, sent: ApplySent, author: str) -> TakenPicture: ...
    async def entities(self, section: str, sent: PageSent) -> list[EntityPicture]: ...
    async def entity(self, section: str, name: str) -> EntityPicture: ...
    async def put(self, section: str, name: str, sent: EntitySent, author: str) -> TakenPicture: ...
    async def remove(self, section: str, name: str, author: str) -> TakenPicture: ...


class ConfigurationRoutes:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route[Any]]:
        return [*self._versions(), *self._entities()]

    def _versions(self) -> list[Route[Any]]:
        return [
            Route(
                method="GET",
                path=f"{API}/configuration",
                does=self.in_force,
                says="Which version of the configuration is in force",
                needs=Key.CONFIGURATION_SEE,
                sends=Nothing,
                answers=VersionPicture,
            ),
            Route(
                method="POST",
                path=f"{API}/configuration",
                does=self.apply,
                says="Apply another version: what `acd apply` does",
                needs=Key.CONFIGURATION_CHANGE,
                sends=ApplySent,
                answers=TakenPicture,
                fails=("refused", "database-away"),
                largest=LARGEST,
            ),
            Route(
                method="POST",
                path=f"{API}/configuration/affected",
                does=self.affected,
                says="Who would notice if these queues, agents, extensions and trunks went",
                needs=Key.CONFIGURATION_SEE,
                sends=AffectedSent,
                answers=AffectedPicture,
                largest=LARGEST,
            ),
        ]

    def _entities(self) -> list[Route[Any]]:
        one = f"{API}/entities/{{section}}/{{name}}"
        return [
            Route(
                method="GET",
                path=f"{API}/entities/{{section}}",
                does=self.entities,
                says="What is configured in a section, by name, a page at a time",
                needs=Key.CONFIGURATION_SEE,
                sends=PageSent,
                answers=list[EntityPicture],
                fails=("not-found", "database-away"),
            ),
            Route(
                method="GET",
                path=one,
                does=self.entity,
                says="One thing that is configured, and who owns it",
                needs=Key.CONFIGURATION_SEE,
                sends=Nothing,
                answers=EntityPicture,
                fails=("not-found", "database-away"),
            ),
            Route(
                method="PUT",
                path=one,
                does=self.put,
                says="Add or change something that the database owns; a version of its own",
                needs=Key.CONFIGURATION_CHANGE,
                sends=EntitySent,
                answers=TakenPicture,
                fails=("refused", "not-found", "database-away"),
            ),
            Route(
                method="DELETE",
                path=one,
                does=self.remove,
                says="Remove something that the database owns; a version of its own",
                needs=Key.CONFIGURATION_CHANGE,
                sends=Nothing,
                answers=TakenPicture,
                fails=("refused", "needed", "not-found", "database-away"),
            ),
        ]

    async def in_force(self, asked: Asked[Nothing]) -> VersionPicture:
        return self._desk.in_force()

    async def affected(self, asked: Asked[AffectedSent]) -> AffectedPicture:
        return self._desk.affected(asked.sent)

    async def apply(self, asked: Asked[ApplySent]) -> TakenPicture:
        return await self._desk.apply(asked.sent, asked.session.user.username)

    async def entities(self, asked: Asked[PageSent]) -> list[EntityPicture]:
        return await self._desk.entities(asked.path["section"], asked.sent)

    async def entity(self, asked: Asked[Nothing]) -> EntityPicture:
        return await self._desk.entity(asked.path["section"], asked.path["name"])

    async def put(self, asked: Asked[EntitySent]) -> TakenPicture:
        section, name = asked.path["section"], asked.path["name"]
        return await self._desk.put(section, name, asked.sent, asked.session.user.username)

    async def remove(self, asked: Asked[Nothing]) -> TakenPicture:
        section, name = asked.path["section"], asked.path["name"]
        return await self._desk.remove(section, name, asked.session.user.username)
