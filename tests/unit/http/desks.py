"""A desk of the configuration that does what it is told to."""

from typing import Any

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
from acd.http.problems import Problem


class Desk:
    """One version, and what was asked of it."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.fails: Problem | None = None

    def in_force(self) -> VersionPicture:
        return VersionPicture(version=4, digest="d4")

    def affected(self, sent: AffectedSent) -> AffectedPicture:
        self.asked.append(sent)
        return AffectedPicture(
            waiting={"sales": 2}, on_call=["ayse"], logged_in=[], registered=["1001"], calls={}
        )

    async def apply(self, sent: ApplySent, author: str) -> TakenPicture:
        return self._taken("apply", sent, author)

    async def entities(self, section: str, sent: PageSent) -> list[EntityPicture]:
        self.asked.append((section, sent))
        return [EntityPicture(name="sales", owner="files", where="acd.yaml:3:5", body={"a": 1})]

    async def entity(self, section: str, name: str) -> EntityPicture:
        self.asked.append((section, name))
        return EntityPicture(name=name, owner="database", where=None, body={"a": 1})

    async def put(self, section: str, name: str, sent: EntitySent, author: str) -> TakenPicture:
        return self._taken("put", section, name, sent, author)

    async def remove(self, section: str, name: str, author: str) -> TakenPicture:
        return self._taken("remove", section, name, author)

    def _taken(self, *asked: Any) -> TakenPicture:
        if self.fails:
            raise self.fails
        self.asked.append(asked)
        return TakenPicture(version=5, digest="d5", durable=True, at_start=["http"])
