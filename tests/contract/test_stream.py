"""The event stream over real sockets: what subscribers are told, and what becomes of slow ones."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from acd.cli.mirror import Mirror
from acd.distributor import State
from acd.http.frames import EVERYTHING, Audience, Held
from acd.http.stream import Limits, Stream
from acd.http.subscriber import SLACK_S, TOO_SLOW, Subscriber
from acd.http.view import Kind, LiveView
from acd.ids import AgentId
from tests.contract.until import until
from tests.property.shown import shown
from tests.unit.http import rows
from tests.unit.http.rows import AYSE, BARIS, NOW

QUICK = Limits(every_s=0.02, unwatched_s=0.02, beat_s=0.05, stalled_s=0.2, grace_s=0.5)


@dataclass(kw_only=True)
class Site:
    """A stream, served; every subscriber's audience and token are as the test says."""

    state: State
    stream: Stream
    url: str = ""
    audience: Audience = EVERYTHING
    served: int = 0
    """Subscribers that are done with."""
    logged_out: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, *rows: Any) -> None:
        """Change rows, as one input does."""
        for row in rows:
            self.state.put(row)
        self.stream.changed(self.state.commit())

    def end(self, *rows: Any) -> None:
        for row in rows:
            self.state.end(row)
        self.stream.changed(self.state.commit())

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        since = request.query.get("from")
        subscriber = Subscriber(self.stream, self.audience, int(since) if since else None)
        try:
            return await subscriber.serve(request, _waited(self.logged_out))
        finally:
            self.served += 1


async def _waited(event: asyncio.Event) -> None:
    await event.wait()


@asynccontextmanager
async def opened(
    state: State, limits: Limits = QUICK, held: Held | None = None
) -> AsyncIterator[Site]:
    stream = Stream(LiveView(lambda: state), run=3, now=lambda: NOW, limits=limits, held=held)
    site = Site(state=state, stream=stream)
    application = web.Application()
    application.add_routes([web.get("/stream", site.serve)])
    async with TestServer(application) as server:
        site.url = str(server.make_url("/stream"))
        clock = asyncio.create_task(stream.run())
        try:
            yield site
        finally:
            await stream.close()
            await until(lambda: not stream.subscribers)
            clock.cancel()
            await asyncio.gather(clock, return_exceptions=True)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    state = rows.state(rows.agent(), rows.logged_out(BARIS))
    state.commit()
    async with opened(state) as site:
        yield site


@dataclass(kw_only=True)
class Reader:
    """A subscriber that reads all; beats are left out of what it has read."""

    socket: aiohttp.ClientWebSocketResponse
    mirror: Mirror = field(default_factory=Mirror)
    read: list[dict[str, Any]] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    beats: int = 0
    task: asyncio.Task[None] | None = None

    async def follow(self) -> None:
        async for message in self.socket:
            told = json.loads(message.data)
            self.mirror.apply(told)
            if told["type"] == "beat":
                self.beats += 1
            else:
                self.read.append(told)
                self.raw.append(message.data)


@asynccontextmanager
async def reading(site: Site, query: str = "") -> AsyncIterator[Reader]:
    """Subscribed, with the first message read."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(site.url + query, max_msg_size=0) as socket,
    ):
        reader = Reader(socket=socket)
        reader.task = asyncio.create_task(reader.follow())
        await until(lambda: reader.mirror.at)
        yield reader
        await socket.close()
        await reader.task


def sees_all(site: Site, reader: Reader) -> Callable[[], bool]:
    return lambda: reader.mirror.tables == shown(site.state, site.audience)


async def test_everything_comes_first_and_then_what_changes(site: Site) -> None:
    async with reading(site) as reader:
        assert (reader.read[0]["type"], reader.read[0]["run"]) == ("snapshot", 3)
        assert sees_all(site, reader)()
        site.put(rows.interaction(), rows.entry())
        await until(sees_all(site, reader))
        site.end(rows.entry(), rows.interaction())
        await until(sees_all(site, reader))
    first, second = reader.read[1:]
    assert (first["type"], list(first)) == (
        "delta",
        ["type", "seq", "at", "nodes", "entries", "queues"],
    )
    assert second["gone"] == {"entries": ["1-1-1.1"]}
    assert second["seq"] == first["seq"] + 1


async def test_what_was_so_only_when_somebody_came_is_put_right() -> None:
    limits = replace(QUICK, every_s=0.2)
    async with opened(rows.state(rows.agent()), limits) as site, reading(site) as first:
        site.put(rows.agent(misses=1))
        await until(sees_all(site, first))
        site.put(rows.interaction(), rows.entry())
        async with reading(site) as second:
            assert second.mirror.entries
            site.end(rows.entry(), rows.interaction())
            await until(sees_all(site, second))
            await until(sees_all(site, first))


async def test_what_does_not_change_makes_no_message(site: Site) -> None:
    async with reading(site) as reader:
        for _ in range(3):
            site.put(rows.agent(misses=1))
            site.put(rows.agent())
        site.put(rows.leg())
        site.put(rows.agent(BARIS, misses=2))
        await until(sees_all(site, reader))
    assert [[one["agent"] for one in told["agents"]] for told in reader.read[1:]] == [["baris"]]


async def test_while_nobody_follows_there_are_few_frames_and_who_comes_is_served_at_once() -> None:
    limits = replace(QUICK, unwatched_s=60.0)
    async with opened(rows.state(rows.agent()), limits) as site:
        await until(lambda: site.stream.seq == 1)
        for misses in (1, 2, 3):
            site.put(rows.agent(misses=misses))
            await asyncio.sleep(2 * limits.every_s)
        assert site.stream.seq == 1
        async with reading(site, "?from=1") as reader:
            await until(lambda: reader.read)
            assert [told["agents"][0]["misses"] for told in reader.read] == [3]
        assert site.stream.seq == 2


async def test_who_hears_nothing_is_told_that_all_is_well(site: Site) -> None:
    async with reading(site) as reader:
        await until(lambda: reader.beats >= 2)
        assert len(reader.read) == 1


async def test_there_are_at_most_so_many_messages_and_the_newest_wins() -> None:
    limits = replace(QUICK, every_s=0.1)
    async with opened(rows.state(rows.agent()), limits) as site, reading(site) as reader:
        loop = asyncio.get_running_loop()
        begin, changes = loop.time(), 0
        while loop.time() - begin < 0.55:
            changes += 1
            site.put(rows.agent(misses=changes))
            await asyncio.sleep(0)
        await until(sees_all(site, reader))
        told = [message["agents"][0]["misses"] for message in reader.read[1:]]
        assert len(told) <= 1 + (loop.time() - begin) / limits.every_s
        assert told == sorted(told)
        assert changes > 50
        assert len(told) >= 2


async def test_others_who_ask_for_the_whole_make_no_more_messages() -> None:
    limits = replace(QUICK, every_s=0.2)
    async with opened(rows.state(rows.agent()), limits) as site, reading(site) as reader:
        loop = asyncio.get_running_loop()
        begin, changes = loop.time(), 0
        while loop.time() - begin < 0.5:
            changes += 1
            site.put(rows.agent(misses=changes))
            await site.stream.snapshot(EVERYTHING)
            await asyncio.sleep(0.005)
        took = loop.time() - begin
        assert site.stream.frames > 2 + took / limits.every_s
        assert len(reader.read) - 1 <= 1 + took / (limits.every_s - SLACK_S)
        await until(sees_all(site, reader))


async def test_a_snapshot_is_made_once_for_all_who_come_at_once_and_is_never_old() -> None:
    times = iter(NOW + timedelta(seconds=number) for number in range(9))
    limits = replace(QUICK, fresh_s=0.2)
    stream = Stream(
        LiveView(lambda: rows.state(rows.agent())), run=3, now=lambda: next(times), limits=limits
    )
    first, _ = await stream.snapshot(EVERYTHING)
    again, _ = await stream.snapshot(EVERYTHING)
    assert again is first
    loop, made_at = asyncio.get_running_loop(), stream._snapshots[EVERYTHING][1]
    await until(lambda: loop.time() - made_at > limits.fresh_s)
    later, _ = await stream.snapshot(EVERYTHING)
    assert (json.loads(first)["at"], json.loads(later)["at"]) == (
        "2026-07-01T12:00:00.000+00:00",
        "2026-07-01T12:00:01.000+00:00",
    )


async def test_all_who_see_the_same_get_the_same_bytes(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from acd.http import frames

    made: list[Audience] = []
    honest = frames.delta

    def counted(changed: Any, audience: Audience, seq: int, at: str) -> bytes | None:
        made.append(audience)
        return honest(changed, audience, seq, at)

    monkeypatch.setattr(frames, "delta", counted)
    async with reading(site) as one, reading(site) as two, reading(site) as three:
        site.put(rows.agent(misses=1))
        await until(lambda: all(sees_all(site, reader)() for reader in (one, two, three)))
    assert one.raw[-1] == two.raw[-1] == three.raw[-1]
    assert made == [EVERYTHING]


async def test_who_comes_back_is_told_what_was_missed_as_one_message(site: Site) -> None:
    async with reading(site) as reader:
        pass
    for misses in (1, 2, 3):
        site.put(rows.agent(misses=misses), rows.interaction(misses), rows.entry(misses))
        await until(lambda: not site.stream.view.stale)
    site.end(rows.entry(1))
    seq = reader.mirror.seq
    await until(lambda: site.stream.seq > seq and not site.stream.view.stale)
    async with reading(site, f"?from={seq}") as again:
        again.mirror.tables = reader.mirror.tables
        again.mirror.apply(again.read[0])
        assert again.read[0]["type"] == "delta"
        assert [agent["misses"] for agent in again.read[0]["agents"]] == [3]
        await until(sees_all(site, again))


async def test_who_has_missed_nothing_is_told_so(site: Site) -> None:
    async with reading(site) as reader:
        seq = reader.mirror.seq
    async with reading(site, f"?from={seq}") as again:
        assert (again.read, again.beats) == ([], 1)


@pytest.mark.parametrize("since", [0, 10**15])
async def test_what_is_not_held_any_more_comes_as_a_whole(since: int) -> None:
    async with opened(rows.state(rows.agent()), held=Held(frames=2)) as site:
        for misses in range(1, 6):
            site.put(rows.agent(misses=misses))
            await until(lambda misses=misses: site.stream.seq == misses)  # type: ignore[misc]
        async with reading(site, f"?from={since}") as reader:
            assert reader.read[0]["type"] == "snapshot"
            assert sees_all(site, reader)()
        async with reading(site, "?from=3") as reader:
            assert reader.read[0]["type"] == "delta"


async def test_each_audience_sees_what_is_for_it() -> None:
    state = rows.state(rows.agent(), rows.agent(BARIS), rows.interaction(), rows.entry())
    audiences = [
        EVERYTHING,
        Audience(kinds=frozenset({Kind.AGENTS}), agents=frozenset({AYSE})),
        Audience(queues=frozenset({"service"})),
        Audience(projects=frozenset({rows.SUPPORT})),
    ]
    async with opened(state) as site:
        for audience in audiences:
            site.audience = audience
            async with reading(site) as reader:
                assert sees_all(site, reader)()
                site.put(rows.agent(misses=9), rows.logged_out(BARIS))
                await until(sees_all(site, reader))
                site.put(rows.agent(), rows.agent(BARIS))
                await until(sees_all(site, reader))
    # Of the project somebody is gone who has logged out, and of everything nobody.
    assert reader.read[1]["gone"] == {"agents": ["baris"]}


# Those who do not read.


def deaf(site: Site) -> socket.socket:
    """Subscribes, and then reads nothing at all."""
    host, port = site.url.removeprefix("http://").removesuffix("/stream").split(":")
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 * 1024)
    found.connect((host, int(port)))
    key = base64.b64encode(b"0123456789abcdef").decode()
    found.sendall(
        f"GET /stream HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
    )
    return found


def big_state() -> State:
    """A snapshot of more than the kernel keeps for one that does not read."""
    names = [AgentId(f"agent{number:04}") for number in range(800)]
    state = rows.state(*(rows.agent(name) for name in names))
    state.commit()
    return state


async def test_who_does_not_read_is_cut_and_nobody_else_notices() -> None:
    limits = replace(QUICK, kernel_room=4096)
    async with opened(big_state(), limits) as site, reading(site) as reader:
        with deaf(site):
            await until(lambda: site.stream.subscribers == 2)
            await until(lambda: site.stream.cut == 1)
            await until(lambda: site.stream.subscribers == 1)
        site.put(rows.agent(AgentId("agent0001"), misses=1))
        await until(sees_all(site, reader))


async def test_who_does_not_read_costs_no_more_than_one_message() -> None:
    limits = replace(QUICK, kernel_room=4096, stalled_s=60.0)
    async with opened(big_state(), limits) as site:
        made: list[int] = []
        send = Subscriber._send

        async def counted(self: Subscriber, message: bytes) -> None:
            made.append(len(message))
            await send(self, message)

        with pytest.MonkeyPatch.context() as patch, deaf(site):
            patch.setattr(Subscriber, "_send", counted)
            await until(lambda: made)
            for misses in range(1, 20):
                site.put(rows.agent(AgentId("agent0001"), misses=misses))
                seq = site.stream.seq
                await until(lambda seq=seq: site.stream.seq > seq)  # type: ignore[misc]
            assert len(made) == 1
        await until(lambda: site.stream.subscribers == 0)


async def test_who_does_not_read_keeps_no_connection() -> None:
    limits = replace(QUICK, kernel_room=4096, grace_s=0.05)
    async with opened(big_state(), limits) as site:
        whole, _ = await site.stream.snapshot(EVERYTHING)
        with deaf(site) as late:
            await until(lambda: site.served == 1)
            told = await asyncio.to_thread(_rest_of, late)
    assert told < len(whole)


def _rest_of(sender: socket.socket) -> int:
    """How many bytes come until the connection is over."""
    sender.settimeout(5.0)
    count = 0
    with suppress(ConnectionResetError):
        while part := sender.recv(65536):
            count += len(part)
    return count


async def test_who_reads_again_before_the_connection_is_dropped_is_told_why() -> None:
    limits = replace(QUICK, kernel_room=4096, grace_s=5.0)
    async with opened(big_state(), limits) as site:
        with deaf(site) as late:
            await until(lambda: site.stream.cut == 1)
            told = await asyncio.to_thread(_all_of, late)
        assert told.endswith((4008).to_bytes(2) + TOO_SLOW.reason.encode())


def _all_of(sender: socket.socket) -> bytes:
    sender.settimeout(5.0)
    parts = bytearray()
    while not parts.endswith(TOO_SLOW.reason.encode()) and (part := sender.recv(65536)):
        parts += part
    return bytes(parts)


async def test_a_slow_one_catches_up_with_the_newest(site: Site) -> None:
    """Held back at its first message, it is told the rest as one."""
    gate = asyncio.Event()
    honest = Subscriber._room

    async def held_back(self: Subscriber, transport: asyncio.Transport) -> bool:
        await gate.wait()
        return await honest(self, transport)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Subscriber, "_room", held_back)
        async with reading(site) as reader:
            for misses in (1, 2, 3):
                seq = site.stream.seq
                site.put(rows.agent(misses=misses))
                await until(lambda seq=seq: site.stream.seq > seq)  # type: ignore[misc]
            gate.set()
            await until(sees_all(site, reader))
        assert [told["agents"][0]["misses"] for told in reader.read[1:]] == [3]


# How it ends.


async def code_of(reader: Reader) -> int | None:
    assert reader.task
    await asyncio.wait_for(asyncio.shield(reader.task), 5.0)
    return reader.socket.close_code


async def test_a_token_that_ends_closes_the_stream(site: Site) -> None:
    async with reading(site) as reader:
        site.logged_out.set()
        assert await code_of(reader) == 4001


async def test_who_speaks_is_told_to_listen(site: Site) -> None:
    async with reading(site) as reader:
        await reader.socket.send_str("more!")
        assert await code_of(reader) == 1003


async def test_a_process_that_ends_says_so(site: Site) -> None:
    async with reading(site) as reader:
        await site.stream.close()
        assert await code_of(reader) == 1001


async def test_who_leaves_is_forgotten(site: Site) -> None:
    async with reading(site):
        assert site.stream.subscribers == 1
    await until(lambda: site.stream.subscribers == 0)
