"""The API over given rows, with people who have tokens."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from acd.distributor.state import State
from acd.http.accounts import NewToken, Session, Token
from acd.http.api import Api, Sources
from acd.http.metrics import Metrics, Probes
from acd.http.stream import Stream
from acd.http.view import LiveView
from acd.permissions import Role, User
from acd.requests import Request
from tests.unit.http import rows
from tests.unit.http.described import Description
from tests.unit.http.desks import Desk
from tests.unit.http.rows import NODE, NOW

API = "/api/v1"
PROBES = Probes(
    loop_lag=lambda: ({"1": 5, "20": 2, "inf": 1}, 1.5),
    inbox=lambda: 3,
    lanes=lambda: 4,
    backlog=lambda: (5, 6, 7),
    database_away_s=lambda: 8.5,
)
Answer = tuple[int, Any]


@dataclass(kw_only=True)
class Core:
    """The core as the API sees it: it keeps what was asked."""

    asked: list[Request] = field(default_factory=list)
    durable: bool = True
    fails: Exception | None = None

    async def ask(self, request: Request) -> bool:
        self.asked.append(request)
        if self.fails:
            raise self.fails
        return self.durable


@dataclass(kw_only=True)
class Database:
    away: bool = False
    unwritten: int = 0


class NoneLost:
    """No call was ever lost."""

    async def listed(self, queue: str, **wanted: Any) -> list[Any]:
        return []

    async def mark(self, queue: str, entry: str, **mark: Any) -> bool:
        return False


@dataclass(kw_only=True)
class People:
    """Accounts as the API sees them; everybody's token is the own name."""

    users: dict[str, User] = field(default_factory=dict)
    fails: Exception | None = None

    def add(self, username: str, role: Role, **more: Any) -> None:
        self.users[username] = User(username=username, role=role, **more)

    def remove(self, username: str) -> None:
        del self.users[username]

    async def session(self, secret: str) -> Session | None:
        if self.fails:
            raise self.fails
        user = self.users.get(secret)
        return Session(user=user, token=f"id-{secret}") if user else None

    async def may_work(self, username: str) -> bool:
        return username not in self.users or not self.users[username].must_change_password

    async def until_ended(self, session: Session) -> None:
        await asyncio.Event().wait()

    async def log_in(self, username: str, password: str, *, address: str, name: str) -> NewToken:
        raise NotImplementedError

    async def tokens(self, session: Session) -> Sequence[Token]:
        raise NotImplementedError

    async def revoke(self, session: Session, token: str) -> bool:
        raise NotImplementedError

    async def change_password(self, session: Session, old: str, new: str, *, address: str) -> None:
        user = replace(session.user, must_change_password=False)
        self.users[user.username] = user


@dataclass(kw_only=True)
class Site:
    core: Core
    tables: State
    database: Database
    accounts: People
    desk: Desk
    application: web.Application
    client: TestClient[Any, Any]
    description: Description
    stream: Stream
    metrics: Metrics
    answered: ClientResponse = field(init=False)
    """The latest."""

    def shown(self, who: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {who}"}

    async def post(
        self, path: str, body: Any = None, *, who: str = "root", kind: str = "application/json"
    ) -> Answer:
        headers = {**self.shown(who), "Content-Type": kind}
        return await self.ask("POST", API + path, body, headers=headers)

    async def get(self, path: str, *, who: str = "root") -> Answer:
        return await self.ask("GET", API + path, headers=self.shown(who))

    async def ask(
        self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """The status and what is answered, which is as it is described. A body is JSON, or text
        as it stands."""
        text = isinstance(body, str | bytes)
        sent = {"data": body} if text or body is None else {"json": body}
        async with self.client.request(method, path, headers=headers, **sent) as answer:  # type: ignore[arg-type]
            told = await answer.json(content_type=None) if await answer.read() else None
        self.answered = answer
        self.description.check(method, path, answer.status, answer.content_type, told)
        return answer.status, told

    def needing_a_token(self) -> list[tuple[str, str]]:
        """Methods and paths."""
        return [
            (method.upper(), re.sub(r"{\w+}", "ayse", path))
            for path, operations in self.description.document["paths"].items()
            for method, operation in operations.items()
            if operation["security"]
        ]


@asynccontextmanager
async def open_site(
    *live: Any, nodes: bool = True, tables: State | None = None, **others: Any
) -> AsyncIterator[Site]:
    """With root, an admin. others: instead of the sources that are made up here."""
    core, database, accounts, desk = Core(), Database(), People(), Desk()
    tables = tables or rows.state(*live)
    if not nodes:
        del tables.nodes[NODE]
    accounts.add("root", Role.ADMIN)
    stream = Stream(LiveView(lambda: tables), run=3, now=lambda: NOW)
    sources: dict[str, Any] = dict(
        ask=core.ask,
        tables=lambda: tables,
        now=lambda: NOW,
        database_away=lambda: database.away,
        unwritten=lambda: database.unwritten,
        loop_lag=lambda: {"1": 7},
        run=3,
        accounts=accounts,
        configuration=desk,
        stream=stream,
        metrics=Metrics(stream=stream, probes=PROBES, now=lambda: NOW, version="0"),
        lost=NoneLost(),
    )
    api = Api(Sources(**{**sources, **others}))
    application = api.application()
    async with TestClient(TestServer(application)) as client:
        yield Site(
            core=core,
            tables=tables,
            database=database,
            accounts=accounts,
            desk=desk,
            application=application,
            client=client,
            description=_description(api),
            stream=stream,
            metrics=sources["metrics"],
        )


_DESCRIPTIONS: list[Description] = []


def _description(api: Api) -> Description:
    """Made once: all sites have the same routes."""
    if not _DESCRIPTIONS:
        _DESCRIPTIONS.append(Description(api.document()))
    return _DESCRIPTIONS[0]
