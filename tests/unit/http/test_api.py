"""The HTTP API over given rows: what it asks of the core, and what it answers."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer

from acd.distributor.state import Node, State
from acd.http.api import Api, Sources
from acd.http.serving import PortTaken, listen, serving
from acd.requests import FinishAcw, LogIn, LogOut, Refused, Request, SetStatus
from tests.unit.http import rows
from tests.unit.http.rows import AYSE, NODE, NOW

Answer = tuple[int, dict[str, Any]]


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
class Site:
    core: Core
    tables: State
    client: TestClient[Any, Any]

    async def post(
        self, path: str, body: str = "", headers: Mapping[str, str] | None = None
    ) -> Answer:
        async with self.client.post(path, data=body, headers=headers) as answer:
            return answer.status, await answer.json()

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        async with self.client.get(path, headers=headers) as answer:
            return answer.status, await answer.json()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    core, tables = Core(), rows.state(rows.agent())
    sources = Sources(
        ask=core.ask,
        tables=lambda: tables,
        now=lambda: NOW,
        database_away=lambda: False,
        loop_lag=lambda: {"1": 7},
        run=3,
    )
    async with TestClient(TestServer(Api(sources).application())) as client:
        yield Site(core=core, tables=tables, client=client)


@pytest.mark.parametrize(
    ("path", "body", "request_"),
    [
        ("login", '{"project": "support"}', LogIn(agent=AYSE, project=rows.SUPPORT)),
        ("logout", "", LogOut(agent=AYSE)),
        ("logout", "{}", LogOut(agent=AYSE)),
        ("status", '{"status": "Lunch"}', SetStatus(agent=AYSE, status="Lunch")),  # type: ignore[arg-type]
        ("acw/finish", "", FinishAcw(agent=AYSE)),
    ],
)
async def test_a_request_is_put_to_the_core_and_answered_with_the_agent(
    site: Site, path: str, body: str, request_: Request
) -> None:
    status, answer = await site.post(f"/agents/ayse/{path}", body)
    assert site.core.asked == [request_]
    assert (status, answer["durable"], answer["agent"]["agent"]) == (200, True, "ayse")


async def test_a_request_that_is_not_committed_yet_says_so(site: Site) -> None:
    site.core.durable = False
    status, answer = await site.post("/agents/ayse/logout")
    assert (status, answer["durable"]) == (200, False)


async def test_what_makes_no_sense_now_is_refused_with_the_reason(site: Site) -> None:
    site.core.fails = Refused("ayse is on a call")
    assert await site.post("/agents/ayse/logout") == (409, {"error": "ayse is on a call"})


async def test_nobody_is_not_found_whatever_the_name(site: Site) -> None:
    error = {"error": "there is no agent no\nbody"}
    assert await site.post("/agents/no%0Abody/logout") == (404, error)
    assert site.core.asked == []


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("", "project: Field required"),
        ('{"project": 1}', "project: Input should be a valid string"),
        (
            '{"project": "support", "agent": "x"}',
            "agent: Extra inputs are not permitted",
        ),
    ],
)
async def test_a_malformed_body_is_told_what_is_wrong(site: Site, body: str, error: str) -> None:
    assert await site.post("/agents/ayse/login", body) == (400, {"error": error})
    assert site.core.asked == []


@pytest.mark.parametrize("body", ["{", "[]", "\xff"])
async def test_a_body_that_is_no_json_object_is_malformed(site: Site, body: str) -> None:
    status, answer = await site.post("/agents/ayse/login", body)
    assert (status, list(answer)) == (400, ["error"])


async def test_a_fault_of_ours_is_in_the_log_and_not_in_the_answer(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    site.core.fails = ZeroDivisionError("secret")
    status, answer = await site.post("/agents/ayse/logout")
    assert (status, answer) == (500, {"error": "this is our fault, and is in the log"})
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


async def test_the_live_picture(site: Site) -> None:
    status, answer = await site.get("/live")
    assert (status, answer["run"], answer["agents"][0]["agent"]) == (200, 3, "ayse")


async def test_health_says_which_process_it_is(site: Site) -> None:
    expected = {"run": 3, "pid": os.getpid(), "loop_lag_ms": {"1": 7}}
    assert await site.get("/healthz") == (200, expected)


async def test_it_is_ready_while_every_node_is_up(site: Site) -> None:
    ready = {"ready": True, "nodes": {"asterisk": True}, "database": True}
    assert await site.get("/readyz") == (200, ready)
    site.tables.put(Node(id=NODE, up=False))
    status, answer = await site.get("/readyz")
    assert (status, answer["ready"], answer["nodes"]) == (503, False, {"asterisk": False})


async def test_what_is_not_there_is_told_in_json(site: Site) -> None:
    assert await site.get("/nowhere") == (404, {"error": "Not Found"})
    assert await site.get("/agents/ayse/logout") == (405, {"error": "Method Not Allowed"})


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://page.example"}, {"Host": "page.example:8080"}]
)
async def test_a_web_page_may_not_ask(site: Site, headers: Mapping[str, str]) -> None:
    status, answer = await site.post("/agents/ayse/logout", headers=headers)
    assert (status, list(answer)) == (403, ["error"])
    assert site.core.asked == []


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1", "[::1]:8080"])
async def test_this_machine_may_ask_by_any_of_its_names(site: Site, host: str) -> None:
    assert (await site.get("/live", headers={"Host": host}))[0] == 200


# The port.


async def test_a_port_that_is_taken_is_told_with_the_remedy() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        told = f"HTTP cannot be served at 127.0.0.1:{port}: another program listens there"
        with pytest.raises(PortTaken, match=f"^{told}"):
            listen("127.0.0.1", port)


async def test_an_address_of_another_machine_cannot_be_listened_at() -> None:
    with pytest.raises(PortTaken, match="Cannot assign requested address"):
        listen("192.0.2.77", 0)


async def test_at_the_end_requests_under_way_are_answered() -> None:
    entered = asyncio.Event()

    async def slow(_: aiohttp.web.Request) -> aiohttp.web.Response:
        entered.set()
        await asyncio.sleep(0.05)
        return aiohttp.web.Response(text="done")

    application = aiohttp.web.Application()
    application.add_routes([aiohttp.web.get("/", slow)])
    with listen("127.0.0.1", 0) as at:
        url = f"http://127.0.0.1:{at.getsockname()[1]}/"
        async with aiohttp.ClientSession() as session:
            async with serving(application, at):
                asked = asyncio.create_task(session.get(url))
                await entered.wait()
            assert await (await asked).text() == "done"
    assert at.fileno() == -1


def test_ipv6_is_listened_at_as_well() -> None:
    with listen("::1", 0) as at:
        assert at.family is socket.AF_INET6
