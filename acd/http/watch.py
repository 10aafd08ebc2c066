"""Watching: the whole picture once, or the picture and all that changes in it. docs/stream.md."""

from typing import Any

from aiohttp import web
from pydantic import Field, field_validator

from acd.http.accounts import Accounts, Session
from acd.http.frames import Audience
from acd.http.pictures import Picture
from acd.http.problems import Problem
from acd.http.route import API, Asked, Route, Sent
from acd.http.stream import Stream
from acd.http.subscriber import Subscriber
from acd.http.view import Kind
from acd.ids import QueueGroupName
from acd.permissions import Key, Role

WORKING = frozenset({Kind.NODES, Kind.QUEUES, Kind.AGENTS})
"""What agents see: not who waits."""


class Watching(Sent):
    """What to show; each is several, separated by commas, and all where it is left out."""

    show: str = ",".join(Kind)
    """Of nodes, queues, groups, agents, extensions, entries."""
    project: str = ""
    """Only what belongs to these projects; agents belong to the one they are logged in to."""
    queue: str = ""
    """Only these queues, and who waits there."""
    group: str = ""
    """Only these groups, their queues as they are now, and who waits there."""

    @field_validator("show")
    @classmethod
    def _known(cls, value: str) -> str:
        for one in _split(value) or ("nothing",):
            if one not in list(Kind):
                raise ValueError(f"there is no {one} to show, only {', '.join(Kind)}")
        return value


class Following(Watching):
    since: int | None = Field(default=None, alias="from", ge=0)
    """The seq of the last message that was read: what came after it is told, if it is still
    known; otherwise, and without it, everything."""
    stream: str = ""
    """What the last snapshot has said: with another one `from` is not looked at."""


class Watch:
    def __init__(self, stream: Stream, accounts: Accounts) -> None:
        self._stream = stream
        self._accounts = accounts

    def routes(self) -> list[Route[Any]]:
        return [
            Route(
                method="GET",
                path=f"{API}/live",
                does=self.live,
                says="Nodes, queues, agents, extensions and who waits, as they are now",
                needs=Key.LIVE_SEE,
                sends=Watching,
                answers=Picture,
            ),
            Route(
                method="GET",
                path=f"{API}/stream",
                does=self.follow,
                says="The same by websocket, and then all that changes (docs/stream.md)",
                needs=Key.LIVE_SEE,
                sends=Following,
                status=101,
                fails=("not-websocket", "too-many-subscribers"),
            ),
        ]

    async def live(self, asked: Asked[Watching]) -> web.Response:
        text, _ = await self._stream.snapshot(self._audience(asked.sent, asked.session))
        return web.Response(body=text, content_type="application/json")

    async def follow(self, asked: Asked[Following]) -> web.WebSocketResponse:
        stream, sent = self._stream, asked.sent
        if not web.WebSocketResponse().can_prepare(asked.request):
            raise Problem("not-websocket", "connect with a websocket, or ask /live for the picture")
        if stream.subscribers >= stream.limits.subscribers:
            most = stream.limits.subscribers
            raise Problem(
                "too-many-subscribers", f"{most} subscribers are served already: try again later"
            )
        audience = self._audience(sent, asked.session)
        known = sent.stream == f"{stream.run_number}.{audience.name}"
        subscriber = Subscriber(stream, audience, sent.since if known else None)
        return await subscriber.serve(asked.request, self._accounts.until_ended(asked.session))

    def _audience(self, wanted: Watching, session: Session) -> Audience:
        """What was asked for, as far as it may be seen. Raises Problem."""
        settings = self._stream.view.tables.settings
        queues, projects = _split(wanted.queue), _split(wanted.project)
        for name in queues:
            if name not in settings.queues:
                raise Problem("malformed", f"there is no queue {name}")
        works_there = {queue.project for queue in settings.queues.values()}
        for name in projects:
            if name not in works_there:
                raise Problem("malformed", f"there is no project {name} with a queue")
        groups = _split(wanted.group)
        for group in groups:
            if group not in settings.queue_groups:
                raise Problem("malformed", f"there is no queue group {group}")
            queues.extend(settings.queue_groups[QueueGroupName(group)])
        kinds = frozenset(map(Kind, _split(wanted.show)))
        user = session.user
        is_agent = user.role is Role.AGENT
        return Audience(
            kinds=kinds & WORKING if is_agent else kinds,
            projects=frozenset(projects) or None,
            queues=frozenset(queues) if queues or groups else None,
            groups=frozenset(groups) or None,
            agents=frozenset({user.username}) if is_agent else None,
        )


def _split(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]
