"""Following the running process: one connection, and another one whenever it breaks."""

import asyncio
import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

import aiohttp

from acd.cli import client
from acd.cli.client import NoAnswer

SILENT_S = 25.0
"""The process says something every ten seconds."""
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0
LARGEST = 256 * 1024 * 1024
LOGGED_OUT = 4001

NOTHING_LESS: Mapping[str, str] = MappingProxyType({})

Take = Callable[[dict[str, Any]], None]


async def follow(
    server: str,
    position: Callable[[], tuple[int, str]],
    take: Take,
    away: Callable[[str], None],
    only: Mapping[str, str] = NOTHING_LESS,
) -> None:
    """Hand over every message for ever; position: seq and stream of where to go on; only: the
    parameters of docs/stream.md that ask for less than everything.

    away is told the sentence whenever there is no connection. Raises Unwilling if the process says
    no, as to a token that is not valid any more.
    """
    pause = FIRST_PAUSE_S
    async with aiohttp.ClientSession() as session:
        while True:
            try:
                async for message in _messages(session, server, position(), only):
                    take(message)
                    pause = FIRST_PAUSE_S
                away("the connection has ended: trying again")
            except NoAnswer as error:
                away(f"{error}; trying again")
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)


async def _messages(
    session: aiohttp.ClientSession,
    server: str,
    position: tuple[int, str],
    only: Mapping[str, str],
) -> Any:
    """Those of one connection, until it ends. Raises NoAnswer, Unwilling."""
    try:
        async with await _connect(session, server, position, only) as socket:
            while True:
                message = await socket.receive(SILENT_S)
                if message.type is not aiohttp.WSMsgType.TEXT:
                    break
                yield json.loads(message.data)
            logged_out = socket.close_code == LOGGED_OUT
    except (TimeoutError, aiohttp.ClientError, OSError):
        return
    if logged_out:
        await _ask_why(server)


async def _connect(
    session: aiohttp.ClientSession,
    server: str,
    position: tuple[int, str],
    only: Mapping[str, str],
) -> aiohttp.ClientWebSocketResponse:
    seq, stream = position
    going_on = {"from": seq, "stream": stream} if stream else {}
    secret, _ = client.token(server)
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    url = f"{server.rstrip('/')}{client.API}/stream?{urlencode({**only, **going_on})}"
    try:
        return await session.ws_connect(url, headers=headers, max_msg_size=LARGEST)
    except (aiohttp.ClientError, OSError, ValueError):
        # A refused handshake has no sentence. Who asks the same another way is told one.
        await _ask_why(server, only)
        raise NoAnswer(f"no event stream at {server}: is there a proxy between?") from None


async def _ask_why(server: str, only: Mapping[str, str] = NOTHING_LESS) -> None:
    """Raises NoAnswer or Unwilling, if there is a reason."""
    await asyncio.to_thread(client.get, server, f"/live?{urlencode({'show': 'nodes', **only})}")
