"""Reading what only a channel can be asked for: dialplan functions."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial

from acd.app.nodes import NodeSettings
from acd.ari import snapshot
from acd.ari.errors import AriError
from acd.ari.events import StasisApp
from acd.ari.node import AriNode

APP = StasisApp(name="acd-doctor", allowed=("ApplicationReplaced",))
"""An application of our own: a channel of the ACD's would be a call to it."""
CONNECTED_WITHIN_S = 5.0
Read = Callable[[str], Awaitable[str]]


@asynccontextmanager
async def reading(settings: NodeSettings) -> AsyncIterator[Read]:
    """A function that reads variables and functions, on half of a Local channel that never goes
    anywhere. Raises AriError, TimeoutError."""
    connected = asyncio.Event()

    async def on_connected() -> None:
        connected.set()

    async with AriNode(
        settings.node,
        settings.address,
        deliver=lambda event: None,
        on_connected=on_connected,
        apps=(APP,),
    ) as node:
        following = asyncio.create_task(node.events.run())
        try:
            async with asyncio.timeout(CONNECTED_WITHIN_S):
                await connected.wait()
            await node.rest.call(
                "channels.create", endpoint="Local/s@nowhere", app=APP.name, channelId=APP.name
            )
            yield partial(snapshot.read, node.rest, APP.name)
        finally:
            with suppress(AriError):
                await node.rest.channels.hangup(APP.name)
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
