"""`acd top` over the event stream of a process that comes and goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

import pytest
from aiohttp import web
from rich.console import Console

from acd.cli import following, top
from acd.cli.client import Unwilling
from acd.cli.following import follow
from acd.cli.mirror import Mirror
from tests.contract.until import until
from tests.unit.http import rows
from tests.unit.http.sites import Site, open_site


@dataclass(kw_only=True)
class Follower:
    mirror: Mirror = field(default_factory=Mirror)
    messages: list[dict[str, Any]] = field(default_factory=list)
    away: list[str] = field(default_factory=list)

    def take(self, message: dict[str, Any]) -> None:
        self.mirror.apply(message)
        self.messages.append(message)

    def position(self) -> tuple[int, str]:
        return self.mirror.seq, self.mirror.stream

    async def follow(self, url: str) -> None:
        await follow(url, self.position, self.take, self.away.append)

    @property
    def kinds(self) -> list[str]:
        return [message["type"] for message in self.messages]


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACD_TOKEN", "root")
    monkeypatch.setattr(following, "FIRST_PAUSE_S", 0.01)


@asynccontextmanager
async def running(site: Site) -> AsyncIterator[str]:
    """The site's stream at work; where it is served."""
    clock = asyncio.create_task(site.stream.run())
    yield str(site.client.make_url("/"))
    clock.cancel()
    await asyncio.gather(clock, return_exceptions=True)


@asynccontextmanager
async def followed(url: str) -> AsyncIterator[Follower]:
    follower = Follower()
    task = asyncio.create_task(follower.follow(url))
    try:
        yield follower
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def put(site: Site, row: Any) -> None:
    site.tables.put(row)
    site.stream.changed(site.tables.commit())


async def test_what_changes_is_followed() -> None:
    async with (
        open_site(rows.agent()) as site,
        running(site) as url,
        followed(url) as follower,
    ):
        await until(lambda: follower.messages)
        put(site, rows.agent(misses=2))
        await until(lambda: follower.mirror.agents[0]["misses"] == 2)
        assert follower.kinds == ["snapshot", "delta"]
        assert follower.away == []


async def test_after_a_break_it_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    async with (
        open_site(rows.agent()) as site,
        running(site) as url,
        followed(url) as follower,
    ):
        await until(lambda: follower.messages)
        await site.stream.close()
        await until(lambda: follower.away)
        put(site, rows.agent(misses=2))
        site.stream.over = False
        await until(lambda: follower.mirror.agents[0]["misses"] == 2)
        assert follower.kinds.count("snapshot") == 1


async def test_a_token_that_has_ended_ends_it_with_the_reason() -> None:
    ended = asyncio.Event()
    async with open_site(rows.agent()) as site, running(site) as url:
        site.accounts.until_ended = lambda session: _wait(ended)  # type: ignore[assignment,method-assign]
        follower = Follower()
        task = asyncio.create_task(follower.follow(url))
        await until(lambda: follower.messages)
        site.accounts.remove("root")
        ended.set()
        with pytest.raises(Unwilling, match="this token is not, or no longer, valid"):
            await asyncio.wait_for(task, 5)


async def _wait(event: asyncio.Event) -> None:
    await event.wait()


async def test_who_may_not_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACD_TOKEN", "nobody")
    async with open_site(rows.agent()) as site, running(site) as url:
        with pytest.raises(Unwilling, match="this token is not, or no longer, valid"):
            await asyncio.wait_for(Follower().follow(url), 5)


async def test_a_process_that_is_not_there_is_waited_for() -> None:
    async with followed("http://127.0.0.1:9") as follower:
        await until(lambda: len(follower.away) >= 2)
    assert follower.away[0].startswith("no acd answers at http://127.0.0.1:9 (")
    assert follower.away[0].endswith("--server or ACD_SERVER; trying again")


async def test_a_proxy_that_knows_no_websocket_is_suspected() -> None:
    async with open_site(rows.agent()) as site, running(site) as url:
        application = web.Application()

        async def live(request: web.Request) -> web.Response:
            return web.json_response({})

        application.add_routes([web.get("/api/v1/live", live)])
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        async with followed(f"http://{host}:{port}") as follower:
            await until(lambda: follower.away)
        await runner.cleanup()
        assert "is there a proxy between?" in follower.away[0]
        assert url


async def test_a_silent_process_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "SILENT_S", 0.05)
    async with (
        open_site(rows.agent()) as site,
        running(site) as url,
        followed(url) as follower,
    ):
        await until(lambda: follower.away)
        assert follower.away[0] == "the connection has ended: trying again"
        await until(lambda: len(follower.messages) >= 2)


# What is shown.


def text_of(shown: Any) -> list[str]:
    console = Console(width=100, record=True, color_system=None, file=StringIO())
    console.print(shown)
    return [line.rstrip() for line in console.export_text().splitlines()]


async def test_the_last_that_is_known_stays_while_there_is_no_connection() -> None:
    watched = top.Watched()
    assert text_of(watched.frame(24)) == ["acd top: connecting"]
    async with open_site(rows.agent()) as site, running(site) as url:
        async with followed(url) as follower:
            await until(lambda: follower.messages)
        watched.take(follower.messages[0])
        first = text_of(watched.frame(24))
        assert first[0].startswith("acd  12:00:00 UTC  run 3  asterisk up  0 calls")
        watched.lost("the connection has ended: trying again")
        shown = text_of(watched.frame(24))
        assert shown[0] == "acd top: the connection has ended: trying again"
        assert shown[1:] == first
        watched.take(follower.messages[0])
        assert text_of(watched.frame(24)) == first


async def test_clocks_go_on_while_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = top.Watched()
    async with open_site(rows.agent()) as site, running(site) as url:
        async with followed(url) as follower:
            await until(lambda: follower.messages)
        clock = top.monotonic()
        monkeypatch.setattr(top, "monotonic", lambda: clock)
        watched.take(follower.messages[0])
        clock += 65
        assert text_of(watched.frame(24))[0].startswith("acd  12:01:05 UTC")


async def test_news_are_shown_at_once_and_otherwise_each_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    watched = top.Watched()
    watched.lost("x")
    await asyncio.wait_for(watched.something_new(), 0.5)
    monkeypatch.setattr(top, "EVERY_S", 0.01)
    await asyncio.wait_for(watched.something_new(), 5)


async def test_as_json_each_message_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    async with open_site(rows.agent()) as site, running(site) as url:
        task = asyncio.create_task(top._lines(url, {}))
        told: list[str] = []
        await until(lambda: told.extend(capsys.readouterr().out.splitlines()) or told)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert told[0].startswith('{"type": "snapshot", "seq": ')
