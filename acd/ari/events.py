"""The event stream of one Asterisk: a websocket that always comes back.

One connection after the other, each CONNECTING (handshake) → SYNCING (filters, then `on_connected`,
while events are kept back) → LIVE (events are delivered as they come) → DOWN. All ways of ending
are treated alike: logged once, and the next connection is tried after a delay. The events of the
gap are lost, which is why `on_connected` compares with Asterisk at every connect.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, NoReturn

import aiohttp
from pydantic_core import from_json

from acd.ari.errors import AriError, AriUnauthorized, Replaced
from acd.ari.models import EVENTS, Event
from acd.ari.rest import RestClient

logger = logging.getLogger(__name__)

# Events handed out in one go after a sync, before the loop gets a turn.
SLICE = 100


class RawEvent(Event):
    """An event of a type that this Asterisk has and our models do not; see `raw`."""

    __slots__ = ()


class StreamState(Enum):
    """Where the stream is; only LIVE delivers."""

    CONNECTING = auto()
    SYNCING = auto()
    LIVE = auto()
    DOWN = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class StasisApp:
    """A Stasis application and its filter, which Asterisk forgets and is told anew at each connect.

    `allowed` and `disallowed` are event types; none allowed means all.
    """

    name: str
    allowed: tuple[str, ...] = ()
    disallowed: tuple[str, ...] = ()


# Most of a call's events, which nobody reads: to take them in is 6 % of its processor time
# (docs/performance.md). A list of what is disallowed and not of what is allowed, so that types of
# newer Asterisks still come.
ACD = StasisApp(
    name="acd",
    disallowed=(
        "BridgeCreated",
        "BridgeDestroyed",
        "ChannelDialplan",
        "ChannelHangupRequest",
        "ChannelLeftBridge",
        "ChannelVarset",
        "PlaybackContinuing",
        "PlaybackStarted",
    ),
)
# On its own, since subscribing to endpoints sends all events of their channels a second time.
PRESENCE = StasisApp(
    name="acd-presence",
    allowed=("ApplicationReplaced", "ContactStatusChange"),
)
PHONES = "endpoint:PJSIP"
"""What PRESENCE subscribes to, after provisioning: before there is a first endpoint, Asterisk
answers that with 422. Never `endpoint:`, which is all of them, though it leaves out the channels:
when the socket goes, Asterisk frees what a message of a phone that registers just then is still
written to, and dies of it with all calls (res/stasis/app.c, endpoint_state_cb)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamTimes:
    """Seconds, and the bound of what is kept back while syncing."""

    handshake_s: float = 5.0
    heartbeat_s: float = 10.0
    probe_every_s: float = 10.0
    probe_timeout_s: float = 5.0
    first_delay_s: float = 0.1
    longest_delay_s: float = 5.0
    most_kept_back: int = 20_000


USUAL_TIMES = StreamTimes()


class StreamEnded(Exception):
    """This connection is over, for the reason given; another one follows."""


class Backoff:
    """Seconds to wait before the next attempt: doubling up to a bound, with jitter, for ever.

    The jitter (half to all of the delay) keeps the clients of a restarted server apart.
    """

    def __init__(self, first_s: float, longest_s: float) -> None:
        self._first_s = first_s
        self._longest_s = longest_s
        self._now_s = first_s

    def next_s(self) -> float:
        delay_s, self._now_s = self._now_s, min(2 * self._now_s, self._longest_s)
        return delay_s * random.uniform(0.5, 1.0)

    def reset(self) -> None:
        self._now_s = self._first_s


class EventStream:
    """Delivers the events of the applications to `deliver`, in Asterisk's order, for ever.

    `deliver` is synchronous and quick: Asterisk drops a reader who is slow for 100 ms by default.
    An exception from it is logged, and the next event follows. `on_connected` is awaited at every
    connect, with the stream SYNCING; if it raises, the connection is given up. `on_state` hears of
    each change of `state`.
    """

    def __init__(
        self,
        rest: RestClient,
        *,
        apps: Sequence[StasisApp] = (ACD,),
        deliver: Callable[[Event], None],
        on_connected: Callable[[], Awaitable[None]],
        on_state: Callable[[StreamState], None] = lambda state: None,
        node_id: str = "",
        times: StreamTimes = USUAL_TIMES,
    ) -> None:
        self._rest = rest
        self._apps = tuple(apps)
        self._deliver = deliver
        self._on_connected = on_connected
        self._on_state = on_state
        self._node_id = node_id
        self._times = times
        self._state = StreamState.DOWN
        self._kept_back: deque[Event] = deque()
        self._backoff = Backoff(times.first_delay_s, times.longest_delay_s)
        self._ever_connected = False
        self._last_reason = ""

    @property
    def state(self) -> StreamState:
        return self._state

    async def run(self) -> NoReturn:
        """Stay connected. Returns only by raising.

        Raises Replaced when another process has taken over an application, and AriUnauthorized
        when user or password are wrong at the first connect. Later on a refused log-in is
        something that Asterisk's configuration may cure, and is tried again like all else.
        """
        while True:
            try:
                await self._connect()
            except StreamEnded as ended:
                delay_s = self._backoff.next_s()
                self._log_end(str(ended), delay_s)
            finally:
                self._kept_back.clear()
                self._become(StreamState.DOWN)
            await asyncio.sleep(delay_s)

    async def _connect(self) -> NoReturn:
        self._become(StreamState.CONNECTING)
        socket = await self._shake_hands()
        self._ever_connected = True
        self._become(StreamState.SYNCING)
        tasks = [
            asyncio.create_task(self._read(socket), name=f"ari read {self._node_id}"),
            asyncio.create_task(self._sync_and_probe(), name=f"ari probe {self._node_id}"),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task in done:
                    task.result()
            raise StreamEnded("a task ended")  # cannot be: both run until they raise
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await socket.close()

    async def _shake_hands(self) -> aiohttp.ClientWebSocketResponse:
        names = [app.name for app in self._apps]
        try:
            # A port that accepts connections and then says nothing must not hold us for ever.
            async with asyncio.timeout(self._times.handshake_s):
                return await self._rest.open_events(names, heartbeat_s=self._times.heartbeat_s)
        except TimeoutError:
            raise StreamEnded("no answer to the handshake") from None
        except aiohttp.WSServerHandshakeError as error:
            if error.status == 401 and not self._ever_connected:
                raise AriUnauthorized(
                    "events.eventWebsocket", 401, "wrong ARI user or password (ari.conf)"
                ) from error
            raise StreamEnded(f"handshake refused with {error.status}") from error
        except (aiohttp.ClientError, OSError) as error:
            raise StreamEnded(f"not reachable: {error}") from error

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> NoReturn:
        """Take frames until the connection ends. Nothing of the application is awaited here."""
        while True:
            message = await socket.receive()
            match message.type:
                case aiohttp.WSMsgType.TEXT:
                    self._take(message.data)
                case aiohttp.WSMsgType.BINARY:
                    logger.warning("binary frame ignored", extra={"node_id": self._node_id})
                case _:
                    reason = message.data if message.type is aiohttp.WSMsgType.ERROR else ""
                    raise StreamEnded(f"socket closed with {socket.close_code} {reason}".rstrip())

    def _take(self, text: str) -> None:
        event = decode(text)
        if event is None:
            logger.warning(
                "frame that is no event ignored",
                extra={"node_id": self._node_id, "length": len(text)},
            )
        elif event.type == "ApplicationReplaced":
            raise Replaced(event.application)
        elif self._state is StreamState.LIVE:
            self._hand_out(event)
        elif len(self._kept_back) < self._times.most_kept_back:
            self._kept_back.append(event)
        else:
            # Dropping events would leave a hole that nobody knows of; a reconnect starts clean.
            raise StreamEnded("too many events while syncing")

    def _hand_out(self, event: Event) -> None:
        try:
            self._deliver(event)
        except Exception:
            logger.exception(
                "event not taken", extra={"node_id": self._node_id, "event_type": event.type}
            )

    async def _sync_and_probe(self) -> NoReturn:
        await self._sync()
        while True:
            await asyncio.sleep(self._times.probe_every_s)
            for app in self._apps:
                await self._probe(app)

    async def _sync(self) -> None:
        try:
            for app in self._apps:
                await self._filter(app)
            await self._on_connected()
        except AriError as error:
            raise StreamEnded(f"sync failed: {error}") from error
        except Exception as error:
            logger.exception("sync failed", extra={"node_id": self._node_id})
            raise StreamEnded("sync failed") from error
        await self._hand_out_kept_back()
        self._become(StreamState.LIVE)
        self._backoff.reset()
        self._last_reason = ""
        logger.info("event stream live", extra={"node_id": self._node_id})

    async def _filter(self, app: StasisApp) -> None:
        await self._rest.applications.filter(
            app.name, allowed=app.allowed, disallowed=app.disallowed
        )

    async def _hand_out_kept_back(self) -> None:
        """In their order, until none is left; the reader may add more in between."""
        while self._kept_back:
            for _ in range(min(SLICE, len(self._kept_back))):
                self._hand_out(self._kept_back.popleft())
            await asyncio.sleep(0)

    async def _probe(self, app: StasisApp) -> None:
        """Asterisk may forget an application, or lock up in this very place, without a word."""
        try:
            await self._rest.applications.get(app.name, timeout_s=self._times.probe_timeout_s)
        except AriError as error:
            raise StreamEnded(f"probe failed: {error}") from error

    def _become(self, state: StreamState) -> None:
        if state is not self._state:
            self._state = state
            self._on_state(state)

    def _log_end(self, reason: str, delay_s: float) -> None:
        """Once for each reason: an Asterisk that is away for an hour is not worth 700 lines."""
        if reason != self._last_reason:
            self._last_reason = reason
            logger.warning(
                "event stream down",
                extra={
                    "node_id": self._node_id,
                    "state": self._state.name,
                    "reason": reason,
                    "next_attempt_s": round(delay_s, 3),
                },
            )


def decode(text: str) -> Event | None:
    """The event in a frame: RawEvent if its type is unknown, None if it is no event at all."""
    try:
        raw: Any = from_json(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(raw, dict) or not isinstance(raw.get("type"), str):
        return None
    try:
        return EVENTS.get(raw["type"], RawEvent.from_json)(raw)
    except (TypeError, AttributeError):
        return RawEvent.from_json(raw)  # a list where the model has a number, or the like
