"""What can be asked of the live picture and the event stream, and by whom."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from acd.http.stream import Limits
from acd.ids import QueueGroupName
from acd.permissions import Role
from tests.contract.until import until
from tests.unit.http import rows
from tests.unit.http.rows import AYSE, BARIS
from tests.unit.http.sites import API, Site, open_site


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    live = (rows.agent(), rows.agent(BARIS), rows.interaction(), rows.entry())
    async with open_site(*live) as site:
        site.tables.commit()
        clock = asyncio.create_task(site.stream.run())
        yield site
        clock.cancel()
        await asyncio.gather(clock, return_exceptions=True)


def put(site: Site, row: Any) -> None:
    site.tables.put(row)
    site.stream.changed(site.tables.commit())


async def first(site: Site, query: str = "", who: str = "root") -> dict[str, Any]:
    """The first message of the stream."""
    async with site.client.ws_connect(f"{API}/stream{query}", headers=site.shown(who)) as socket:
        told: dict[str, Any] = await socket.receive_json(timeout=5)
        return told


async def test_what_has_just_been_done_is_seen(site: Site) -> None:
    put(site, rows.agent(misses=7))
    _, answer = await site.get("/live")
    assert answer["agents"][0]["misses"] == 7


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", (1, 1, 2, 3, 1)),
        ("?show=agents", (0, 0, 2, 0, 0)),
        ("?show=queues,nodes", (1, 1, 0, 0, 0)),
        ("?show=extensions", (0, 0, 0, 3, 0)),
        ("?project=support", (1, 1, 2, 0, 1)),
        ("?queue=sales&show=entries", (0, 0, 0, 0, 1)),
    ],
)
async def test_one_can_ask_for_a_part(site: Site, query: str, shown: tuple[int, ...]) -> None:
    _, answer = await site.get(f"/live{query}")
    lists = ("nodes", "queues", "agents", "extensions", "entries")
    assert tuple(len(answer[name]) for name in lists) == shown
    told = await first(site, query)
    assert tuple(len(told[name]) for name in lists) == shown


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("?show=quues", "there is no quues to show, only nodes, queues"),
        ("?show=,", "there is no nothing to show, only nodes, queues"),
        ("?queue=salse", "there is no queue salse"),
        ("?project=x", "there is no project x with a queue"),
    ],
)
async def test_what_there_is_not_is_said(site: Site, query: str, detail: str) -> None:
    for path in ("/live", "/stream"):
        status, answer = await site.ask(
            "GET", f"{API}{path}{query}", headers=site.shown("root") | UPGRADE
        )
        assert (status, answer["type"]) == (400, "/problems/malformed")
        assert detail in answer["detail"]


UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg==",
}


async def test_an_agent_sees_the_own_picture_and_not_who_waits(site: Site) -> None:
    site.accounts.add("ayse", Role.AGENT)
    told = await first(site, who="ayse")
    assert [agent["agent"] for agent in told["agents"]] == ["ayse"]
    assert (len(told["queues"]), told["entries"]) == (1, [])
    _, answer = await site.get("/live?show=entries", who="ayse")
    assert answer["entries"] == []


async def test_who_comes_back_goes_on_where_the_own_stream_was(site: Site) -> None:
    told = await first(site)
    seq, stream = told["seq"], told["stream"]
    put(site, rows.agent(AYSE, misses=1))
    await until(lambda: site.stream.seq > seq)
    again = await first(site, f"?from={seq}&stream={stream}")
    assert (again["type"], again["agents"][0]["misses"]) == ("delta", 1)


@pytest.mark.parametrize("stream", ["", "2.{audience}", "3.of-another-audience"])
async def test_another_run_or_audience_begins_anew(site: Site, stream: str) -> None:
    told = await first(site)
    audience = told["stream"].partition(".")[2]
    query = f"?from={told['seq']}&stream={stream.format(audience=audience)}"
    assert (await first(site, query))["type"] == "snapshot"


async def test_a_filter_is_another_audience(site: Site) -> None:
    told = await first(site)
    query = f"?show=agents&from={told['seq']}&stream={told['stream']}"
    assert (await first(site, query))["type"] == "snapshot"


@pytest.mark.parametrize("seq", ["-1", "x", "1.5"])
async def test_a_place_in_the_stream_is_a_number(site: Site, seq: str) -> None:
    headers = site.shown("root") | UPGRADE
    status, answer = await site.ask("GET", f"{API}/stream?from={seq}", headers=headers)
    assert (status, answer["mistakes"][0]["parameter"]) == (400, "from")


async def test_without_a_websocket_it_says_what_to_do(site: Site) -> None:
    status, answer = await site.get("/stream")
    assert (status, answer["type"]) == (426, "/problems/not-websocket")


async def test_who_has_no_token_is_not_let_in(site: Site) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await first(site, who="nobody")
    assert refused.value.status == 401


async def test_there_is_an_end_to_how_many_may_follow(site: Site) -> None:
    site.stream.limits = Limits(subscribers=1)
    headers = site.shown("root")
    async with site.client.ws_connect(f"{API}/stream", headers=headers) as socket:
        await socket.receive_json(timeout=5)
        status, answer = await site.ask("GET", f"{API}/stream", headers=headers | UPGRADE)
        assert (status, answer["type"]) == (503, "/problems/too-many-subscribers")


async def test_a_token_that_ends_ends_the_stream(site: Site) -> None:
    ended = asyncio.Event()

    async def until_ended(session: Any) -> None:
        assert session.user.username == "root"
        await ended.wait()

    site.accounts.until_ended = until_ended  # type: ignore[method-assign]
    async with site.client.ws_connect(f"{API}/stream", headers=site.shown("root")) as socket:
        await socket.receive_json(timeout=5)
        ended.set()
        closed = await socket.receive(timeout=5)
    assert (closed.type, closed.data) == (aiohttp.WSMsgType.CLOSE, 4001)
    assert json.dumps(closed.extra) == '"the token is no longer valid: log in again"'


async def test_a_group_is_watched_with_its_queues_and_who_waits_there(site: Site) -> None:
    groups = {QueueGroupName("centre"): (rows.SALES,), QueueGroupName("empty"): ()}
    put(site, replace(site.tables.settings.general, queue_groups=groups))
    for query, queues, waiting in (("centre", ["sales"], 1), ("empty", [], 0)):
        _, answer = await site.get(f"/live?group={query}")
        assert [one["group"] for one in answer["groups"]] == [query]
        assert [one["queue"] for one in answer["queues"]] == queues
        assert len(answer["entries"]) == waiting
        assert answer["groups"][0]["waiting"] == waiting
    status, answer = await site.get("/live?group=center")
    assert (status, answer["detail"].endswith("there is no queue group center")) == (400, True)
