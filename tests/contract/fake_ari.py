"""A fake ARI server, driven by the same OPERATIONS as the client, that misbehaves on command.

    async with FakeAri() as ari:
        async with RestClient(ari.address) as rest:
            ari.refuse("channels.answer", 412)
            ...
        assert ari.operations == ["channels.answer"]

Each request is checked against OPERATIONS: method, path, and every parameter's name, place, type
and allowed values. A violation is answered with 400 and fails the test when the server is left.
`ari.world` is what this Asterisk has, and lets phones and callers act; `ari.applications` are the
Stasis applications' filters and subscriptions.
"""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, Self

from aiohttp import WSMsgType, web

from acd.ari.rest import AriAddress
from tests.contract.checking import Received, Violation, received
from tests.contract.fake_applications import Applications
from tests.contract.fake_world import Json, Refusal, World, now

USER, PASSWORD = "acd", "secret"


@dataclass(kw_only=True)
class Fault:
    """What goes wrong with the next `times` requests of an operation ("*": of any)."""

    operation: str
    times: int
    status: int | None = None
    message: str = ""
    drop: Literal["", "before", "after"] = ""
    gate: asyncio.Event | None = None
    body: bytes | None = None

    def fits(self, operation: str) -> bool:
        return self.times > 0 and self.operation in ("*", operation)


@dataclass(eq=False)
class Socket:
    """A connected event socket; `apps` shrinks when another one takes an application over."""

    apps: set[str]
    request: web.Request
    response: web.WebSocketResponse
    frames: asyncio.Queue[str | bytes] = field(default_factory=asyncio.Queue)

    def abort(self) -> None:
        if self.request.transport is not None:
            self.request.transport.abort()


class FakeAri:
    """The server, on a free port of loopback. Open it with `async with`.

    `requests` are all that came, in order. `answer_pings = False` (before the client connects)
    makes a peer that is dead although its connection is up.
    """

    def __init__(self) -> None:
        self.world = World(self._emit)
        self.requests: list[Received] = []
        self.violations: list[str] = []
        self.applications = Applications(self.world, self._is_registered)
        self.sockets: list[Socket] = []
        self.handshakes = 0
        self.answer_pings = True
        self.password = PASSWORD
        self._faults: list[Fault] = []
        self._gates: list[asyncio.Event] = []
        self._held_back: list[tuple[str, Json]] | None = None
        self._port = 0
        self._runner: web.AppRunner | None = None
        self._operations: dict[str, Callable[[Json], Any]] = self._table()

    # Looking.

    @property
    def address(self) -> AriAddress:
        url = f"http://127.0.0.1:{self._port}/ari"
        return AriAddress(url=url, user=USER, password=PASSWORD)

    @property
    def operations(self) -> list[str]:
        """The names of all requests so far but the event sockets', in order."""
        return [each.operation for each in self.requests if each.operation != SOCKET]

    def sent_to(self, operation: str) -> list[Json]:
        """The parameters of each request of this operation."""
        return [each.parameters for each in self.requests if each.operation == operation]

    # Misbehaving.

    def refuse(self, operation: str, status: int, message: str = "no", *, times: int = 1) -> None:
        """Answer the next requests of the operation with an error status, doing nothing."""
        self._faults.append(Fault(operation=operation, times=times, status=status, message=message))

    def drop(self, operation: str, when: Literal["before", "after"], *, times: int = 1) -> None:
        """Cut the connection of the next requests, before or after performing them."""
        self._faults.append(Fault(operation=operation, times=times, drop=when))

    def hold(self, operation: str, *, times: int = 1) -> asyncio.Event:
        """Say nothing to the next requests until the returned event is set."""
        gate = asyncio.Event()
        self._gates.append(gate)
        self._faults.append(Fault(operation=operation, times=times, gate=gate))
        return gate

    def answer(self, operation: str, status: int, body: bytes, *, times: int = 1) -> None:
        """Answer the next requests of the operation with just this, doing nothing."""
        self._faults.append(Fault(operation=operation, times=times, status=status, body=body))

    def behave(self) -> None:
        """Forget all faults that were asked for, and let go what is held."""
        self._faults.clear()
        for gate in self._gates:
            gate.set()

    def hold_events(self) -> None:
        """Keep events back until `release_events`."""
        self._held_back = []

    def release_events(
        self,
        order: Callable[[list[tuple[str, Json]]], list[tuple[str, Json]]] = lambda events: events,
    ) -> None:
        """Send what was kept back as (application, event), in another order or number if wished."""
        held, self._held_back = self._held_back or [], None
        for app, event in order(held):
            self._emit(app, event)

    def forget(self, app: str) -> None:
        """Lose the application without a word, as Asterisk has been seen to."""
        for socket in self.sockets:
            socket.apps.discard(app)
        self.applications.filters.pop(app, None)

    # Event sockets.

    def send(self, event: Json, *, app: str = "acd") -> None:
        """An event of the test's own, past the filter; what is missing is filled in."""
        filled = {"application": app, "timestamp": now(), "asterisk_id": "fake", **event}
        self.send_frame(json.dumps(filled), app=app)

    def send_frame(self, frame: str | bytes, *, app: str = "acd") -> None:
        """Any frame at all: text, or binary for bytes."""
        for socket in self.sockets:
            if app in socket.apps:
                socket.frames.put_nowait(frame)

    async def close_sockets(self, code: int = 1000) -> None:
        """Close the event sockets cleanly, with this code."""
        for socket in list(self.sockets):
            await socket.response.close(code=code)

    def cut_sockets(self) -> None:
        """End the event sockets' connections without a close frame: 1006."""
        for socket in list(self.sockets):
            socket.abort()

    # Starting and stopping.

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()
        if error is None:
            assert not self.violations, self.violations

    async def start(self) -> None:
        """Listen; after `stop` on the same port as before, with the same world."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening and cut every connection."""
        for gate in self._gates:
            gate.set()
        self.cut_sockets()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    # Inside.

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != self._authorization():
            return refusal(401, "Authentication required")
        try:
            this = received(request.method, request.raw_path, await request.read())
        except Violation as violation:
            self.violations.append(str(violation))
            return refusal(400, str(violation))
        self.requests.append(this)
        fault = self._fault(this.operation)
        if fault.gate is not None:
            await fault.gate.wait()
        if fault.drop == "before":
            return hang_up_on(request)
        if fault.status is not None and fault.body is not None:
            return web.Response(status=fault.status, body=fault.body)
        if fault.status is not None:
            return refusal(fault.status, fault.message)
        answer = await self._perform(request, this)
        return hang_up_on(request) if fault.drop == "after" else answer

    def _authorization(self) -> str:
        return "Basic " + b64encode(f"{USER}:{self.password}".encode()).decode()

    def _fault(self, operation: str) -> Fault:
        for fault in self._faults:
            if fault.fits(operation):
                fault.times -= 1
                return fault
        return Fault(operation=operation, times=0)

    async def _perform(self, request: web.Request, this: Received) -> web.StreamResponse:
        if this.operation == SOCKET:
            return await self._serve_events(request, this.parameters)
        perform = self._operations.get(this.operation)
        if perform is None:
            self.violations.append(f"the fake knows no {this.operation}")
            return refusal(501, "not faked")
        try:
            result = perform(this.parameters)
        except Refusal as reason:
            return refusal(reason.status, str(reason))
        return web.Response(status=204) if result is None else web.json_response(result)

    async def _serve_events(self, request: web.Request, parameters: Json) -> web.StreamResponse:
        if "subscribeAll" in parameters:
            self.violations.append("subscribeAll is never to be used")
            return refusal(400, self.violations[-1])
        self.handshakes += 1
        response = web.WebSocketResponse(autoping=self.answer_pings, timeout=0.1)
        await response.prepare(request)
        socket = Socket(apps=set(parameters["app"]), request=request, response=response)
        self._register(socket)
        sender = asyncio.create_task(send_frames(socket))
        try:
            while (await response.receive()).type in (WSMsgType.TEXT, WSMsgType.PING):
                pass
        finally:
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
            self.sockets.remove(socket)
        return response

    def _register(self, socket: Socket) -> None:
        """The last socket to name an application has it; the one before is told, and no more."""
        for app in socket.apps:
            self.send({"type": "ApplicationReplaced"}, app=app)
            for other in self.sockets:
                other.apps.discard(app)
        self.sockets.append(socket)
        for app in sorted(socket.apps):
            self.send({"type": "ApplicationRegistered"}, app=app)

    def _is_registered(self, app: str) -> bool:
        return any(app in socket.apps for socket in self.sockets)

    def _emit(self, app: str, event: Json) -> None:
        if self._held_back is not None:
            self._held_back.append((app, event))
        elif self.applications.allows(app, event["type"]):
            self.send(event, app=app)

    def _table(self) -> dict[str, Callable[[Json], Any]]:
        world = self.world
        return {
            "applications.get": self.applications.get,
            "applications.filter": self.applications.filter,
            "applications.subscribe": self.applications.subscribe,
            "applications.unsubscribe": self.applications.unsubscribe,
            "asterisk.getInfo": world.info,
            "asterisk.ping": world.ping,
            "asterisk.getObject": world.get_object,
            "asterisk.updateObject": world.update_object,
            "asterisk.deleteObject": world.delete_object,
            "asterisk.reloadModule": world.nothing,
            "asterisk.getGlobalVar": world.get_global,
            "asterisk.setGlobalVar": world.set_global,
            "bridges.list": world.all_bridges,
            "bridges.get": world.get_bridge,
            "bridges.createWithId": world.create_bridge,
            "bridges.destroy": world.destroy_bridge,
            "bridges.addChannel": world.add_channel,
            "bridges.removeChannel": world.remove_channel,
            "bridges.record": world.record_bridge,
            "channels.list": world.all_channels,
            "channels.get": world.get_channel,
            "channels.originateWithId": world.originate,
            "channels.create": world.create,
            "channels.getChannelVar": world.get_variable,
            "channels.answer": world.answer,
            "channels.ring": world.accept,
            "channels.ringStop": world.accept,
            "channels.hangup": world.hangup,
            "channels.startMoh": world.start_moh,
            "channels.stopMoh": world.stop_moh,
            "channels.playWithId": world.play,
            "channels.setChannelVar": world.set_variable,
            "channels.continueInDialplan": world.continue_in_dialplan,
            "channels.snoopChannelWithId": world.snoop,
            "channels.rtpstatistics": world.rtp_statistics,
            "endpoints.listByTech": world.endpoints_of,
            "endpoints.get": world.get_endpoint,
            "playbacks.get": world.get_playback,
            "playbacks.stop": world.stop_playback,
            "recordings.getLive": world.get_recording,
            "recordings.stop": world.stop_recording,
        }


SOCKET = "events.eventWebsocket"


async def send_frames(socket: Socket) -> None:
    while True:
        frame = await socket.frames.get()
        send: Callable[[Any], Awaitable[None]] = (
            socket.response.send_bytes if isinstance(frame, bytes) else socket.response.send_str
        )
        await send(frame)


def refusal(status: int, message: str) -> web.Response:
    return web.json_response({"message": message}, status=status)


def hang_up_on(request: web.Request) -> web.Response:
    """Cut the connection; the response goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
