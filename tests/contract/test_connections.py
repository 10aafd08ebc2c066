"""HTTP as bytes: answers in all the ways they may come, and connections that are kept or not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from acd.ari import connections as module
from acd.ari.connections import Connections, Lost, NotSent

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"


class Server:
    """Answers each request with the next of its answers: bytes, in pieces. An empty piece closes
    the connection, and without an answer nothing is said."""

    def __init__(self) -> None:
        self.answers: list[list[bytes]] = []
        self.asked: list[bytes] = []
        self.connections = 0
        self.ended = 0
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while request := await reader.readuntil(b"\r\n\r\n"):
                self.asked.append(request)
                for piece in self.answers.pop(0) if self.answers else []:
                    if not piece:
                        return
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            self.ended += 1
            writer.close()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    told = Server()
    listening = await asyncio.start_server(told.serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    told.url = f"http://127.0.0.1:{port}/ari/"
    async with listening:
        yield told


@pytest.fixture
async def client(server: Server) -> AsyncIterator[Connections]:
    connections = Connections(server.url, "ü:ser", "pass")
    yield connections
    connections.close()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(2):
        while not condition():
            await asyncio.sleep(0.001)


@pytest.mark.parametrize(
    ("pieces", "answer"),
    [
        ([OK + b"{}"], (200, b"{}")),
        ([OK[:9], OK[9:30], OK[30:] + b"{", b"}"], (200, b"{}")),
        ([b"HTTP/1.1 204 No Content\r\n\r\n"], (204, b"")),
        ([b"HTTP/1.1 404\r\ncontent-length:0\r\n\r\n"], (404, b"")),
        ([b"HTTP/1.0 200 OK\r\n\r\nall ", b"there is", b""], (200, b"all there is")),
    ],
)
async def test_an_answer_comes_whole_however_it_is_cut(
    server: Server, client: Connections, pieces: list[bytes], answer: tuple[int, bytes]
) -> None:
    server.answers = [pieces]
    assert await client.ask("GET", "/x?a=b", None) == answer


async def test_a_request_is_as_http_wants_it(server: Server, client: Connections) -> None:
    server.answers = [[OK + b"{}"]]
    await client.ask("POST", "/channels", b'{"a":1}')
    [head] = server.asked
    port = server.url.split(":")[2].split("/")[0]
    assert head.decode().splitlines() == [
        "POST /ari/channels HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Authorization: Basic w7w6c2VyOnBhc3M=",
        "Content-Type: application/json",
        "Content-Length: 7",
        "",
    ]


async def test_a_connection_is_used_again(server: Server, client: Connections) -> None:
    server.answers = [[OK + b"{}"]] * 3
    for _ in range(3):
        await client.ask("GET", "/", None)
    assert server.connections == 1


async def test_a_connection_that_the_server_ends_is_not(
    server: Server, client: Connections
) -> None:
    last = b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 2\r\n\r\n{}"
    server.answers = [[last], [OK + b"{}"]]
    for _ in range(2):
        assert await client.ask("GET", "/", None) == (200, b"{}")
    assert server.connections == 2


async def test_a_connection_that_was_free_for_long_is_not(
    server: Server, client: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers = [[OK + b"{}"]] * 2
    await client.ask("GET", "/", None)
    monkeypatch.setattr(module, "KEEPALIVE_S", 0.0)
    await client.ask("GET", "/", None)
    assert server.connections == 2


async def test_more_than_was_asked_for_ends_the_connection(
    server: Server, client: Connections
) -> None:
    server.answers = [[OK + b"{}and more"], [OK + b"{}"]]
    for _ in range(2):
        assert await client.ask("GET", "/", None) == (200, b"{}")
    assert server.connections == 2


async def test_what_nobody_has_asked_for_ends_the_connection(
    server: Server, client: Connections
) -> None:
    server.answers = [[OK + b"{}", b"and later more"], [OK + b"{}"]]
    assert await client.ask("GET", "/", None) == (200, b"{}")
    await until(lambda: server.ended == 1)
    assert await client.ask("GET", "/", None) == (200, b"{}")
    assert server.connections == 2


@pytest.mark.parametrize(
    "pieces",
    [
        [b""],
        [OK + b"{", b""],
        [OK[:20], b""],
        [b"SIP/2.0 200 OK\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\nContent-Length: some\r\n\r\n"],
        [b"x" * (module.LARGEST_HEAD + 1)],
    ],
)
async def test_an_answer_that_cannot_be_had_is_lost(
    server: Server, client: Connections, pieces: list[bytes]
) -> None:
    server.answers = [pieces, [OK + b"{}"]]
    with pytest.raises(Lost):
        await client.ask("GET", "/", None)
    assert await client.ask("GET", "/", None) == (200, b"{}")


async def test_who_does_not_wait_any_more_leaves_no_answer_behind(
    server: Server, client: Connections
) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await client.ask("GET", "/slow", None)
    await until(lambda: server.ended == 1)
    server.answers = [[OK + b"{}"]]
    assert await client.ask("GET", "/", None) == (200, b"{}")
    assert server.connections == 2


async def test_a_server_that_is_not_there_was_sent_nothing() -> None:
    listening = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    listening.close()
    await listening.wait_closed()
    with pytest.raises(NotSent):
        await Connections(f"http://127.0.0.1:{port}/ari", "u", "p").ask("GET", "/", None)


async def test_no_more_connections_than_asterisk_can_take(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "OPENING", 100)
    async with asking(Connections(server.url, "user", "pass"), 60):
        await until(lambda: len(server.asked) == module.CONNECTIONS)
        assert server.connections == module.CONNECTIONS


async def test_no_more_connections_at_once_than_asterisk_lets_wait(
    server: Server, client: Connections
) -> None:
    async with asking(client, 60):
        await until(lambda: len(server.asked) == module.OPENING)
        await asyncio.sleep(0.01)
        assert server.connections == module.OPENING


async def test_a_connection_that_has_answered_does_not_keep_others_from_being_opened(
    server: Server, client: Connections
) -> None:
    server.answers = [[OK + b"{}"] for _ in range(module.OPENING)]
    async with asking(client, 60):
        # Each that has answered is asked again, and as many new ones besides.
        await until(lambda: len(server.asked) == 3 * module.OPENING)
        assert server.connections == 2 * module.OPENING


@asynccontextmanager
async def asking(client: Connections, times: int) -> AsyncIterator[None]:
    """So many requests at once."""
    tasks = [asyncio.create_task(client.ask("GET", "/", None)) for _ in range(times)]
    try:
        yield
    finally:
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
