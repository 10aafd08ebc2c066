"""One Asterisk as we see it: its commands and its events."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Self

from acd.ari.events import ACD, USUAL_TIMES, EventStream, StasisApp, StreamState, StreamTimes
from acd.ari.models import Event
from acd.ari.rest import AriAddress, OnCall, RestClient


class AriNode:
    """`rest` and `events` of one Asterisk, called `node_id`.

    Open it with `async with`, then `await node.events.run()` in a task of its own. There may be
    any number of nodes: they share nothing.
    """

    def __init__(
        self,
        node_id: str,
        address: AriAddress,
        *,
        deliver: Callable[[Event], None],
        on_connected: Callable[[], Awaitable[None]],
        apps: Sequence[StasisApp] = (ACD,),
        on_state: Callable[[StreamState], None] = lambda state: None,
        on_call: OnCall = lambda operation, seconds, status: None,
        request_timeout_s: float = 5.0,
        times: StreamTimes = USUAL_TIMES,
    ) -> None:
        self.node_id = node_id
        self.rest = RestClient(address, timeout_s=request_timeout_s, on_call=on_call)
        self.events = EventStream(
            self.rest,
            apps=apps,
            deliver=deliver,
            on_connected=on_connected,
            on_state=on_state,
            node_id=node_id,
            times=times,
        )

    async def __aenter__(self) -> Self:
        await self.rest.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.rest.__aexit__(kind, error, traceback)
