"""A party: a telephone on loopback with its own port, its own tone, and ears."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self, assert_never

from aiosipua.auth import SipDigestAuth
from aiosipua.dialog import Dialog, create_dialog_from_request
from aiosipua.message import SipRequest
from aiosipua.utils import generate_call_id, generate_tag

from tests.parties.behaviour import Answer, Behaviour, Mute, OnCancel, Reject, Ring
from tests.parties.call import Call, Way
from tests.parties.ears import Ears
from tests.parties.ledger import Ledger, NotSo
from tests.parties.media import Media
from tests.parties.signalling import NoAnswer, Signalling, advance, response_to
from tests.parties.tones import Law
from tests.parties.wire import Address

HOST = "127.0.0.1"
# What telephones understand as "answer by yourself": Snom, Yealink, Polycom, Cisco, and RFC 5373.
_AUTO_ANSWER = (
    ("Alert-Info", "auto"),
    ("Alert-Info", "intercom"),
    ("Call-Info", "answer-after=0"),
    ("Answer-Mode", "auto"),
)
_ALLOWED = "INVITE, ACK, CANCEL, BYE, OPTIONS, NOTIFY, INFO, UPDATE, REFER, MESSAGE"


class Party:
    """A SIP user agent. What it does when called is `behaviour` (and `on_cancel`), which may be
    changed between calls; everything it saw is in `ledger` and `calls`.

    `auto_answer`: answers at once if the INVITE asks for it. `speaks` False: sends no RTP at all
    (an empty chair). Usable as an async context manager.
    """

    def __init__(
        self,
        *,
        tone: float,
        server: Address,
        number: str = "party",
        password: str | None = None,
        name: str = "",
        behaviour: Behaviour = Ring(),  # noqa: B008
        on_cancel: OnCancel = OnCancel.OBEY,
        auto_answer: bool = False,
        speaks: bool = True,
        laws: Sequence[Law] = (Law.MU, Law.A),
        host: str = HOST,
    ) -> None:
        self.tone = tone
        self.server = server
        self.number = number
        self.name = name
        self.behaviour = behaviour
        self.on_cancel = on_cancel
        self.auto_answer = auto_answer
        self.speaks = speaks
        self.laws = tuple(laws)
        self.calls: list[Call] = []
        self.ledger = Ledger(name or number)
        self._signalling = Signalling(host=host, ledger=self.ledger, on_request=self._requested)
        if password is not None:
            self._signalling.auth = SipDigestAuth(username=number, password=password)
        self._register: SipRequest | None = None
        self._refreshing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    # Where it is, what it saw

    @property
    def address(self) -> Address:
        """Its SIP address."""
        return self._signalling.address

    @property
    def uri(self) -> str:
        """Its contact."""
        return f"sip:{self.number}@{self.address[0]}:{self.address[1]}"

    @property
    def current(self) -> Call:
        """The latest call. Raises NotSo if there was none."""
        if not self.calls:
            raise NotSo(f"no call\n{self.ladder()}")
        return self.calls[-1]

    @property
    def ears(self) -> Ears:
        """The latest call's."""
        return self.current.ears

    def ladder(self) -> str:
        """Its SIP messages and what it heard, as text."""
        heard = [f"{c.way.name} {c.call_id}: {c.ears.summary()}" for c in self.calls]
        return self.ledger.ladder() + "\n".join([*heard, ""])

    async def invited(self, within: float = 8.0, *, calls: int = 1) -> Call:
        """Wait until it has been called so many times in all; the latest. Raises NotSo."""

        def called() -> bool:
            return sum(call.way is Way.IN for call in self.calls) >= calls

        if not await self.ledger.bell.until(called, within):
            raise NotSo(f"not called within {within} s\n{self.ladder()}")
        return [call for call in self.calls if call.way is Way.IN][-1]

    async def hears(self, tone: float, within: float = 8.0, since: float | None = None) -> None:
        """Wait until the tone is heard in the latest call. Raises NotSo."""
        await self.current.hears(tone, within, since)

    # Registration

    async def register(self, expires: int = 300, *, refresh: bool = True) -> int:
        """Register (again); returns the final status. With `refresh` it is renewed at half time
        until `unregister`, `drop_dead` or `close`."""
        status = await self._send_register(expires)
        self._stop_refreshing()
        if refresh and status == 200:
            self._refreshing = self._signalling.spawn(self._refresh(expires), "refresh")
        return status

    async def unregister(self) -> int:
        """Take the registration back; returns the final status."""
        self._stop_refreshing()
        return await self._send_register(0)

    # Calling

    async def dial(
        self,
        number: str,
        *,
        headers: Mapping[str, str] | None = None,
        caller_id: str | None = None,
    ) -> Call:
        """Call a number of the server's, or a whole `sip:` URI (sent to the server as well).
        Returns as soon as the INVITE is out; `await call.answered()` for the rest.

        `caller_id` is the user part of the From (default: our number).
        """
        host, port = self.server
        uri = number if number.startswith("sip:") else f"sip:{number}@{host}:{port}"
        call = self._outgoing(uri, caller_id or self.number, headers or {})
        self.calls.append(call)
        self._signalling.spawn(call.run(), f"call to {number}")
        await self.ledger.bell.until(lambda: self._sent(call), 1.0)
        return call

    async def send_digits(self, digits: str) -> None:
        """Press keys in the latest call."""
        await self.current.send_digits(digits)

    async def hang_up(self) -> None:
        """End the latest call, whatever its state."""
        await self.current.hang_up()

    # Ending

    def drop_dead(self) -> None:
        """Lose power: nothing is sent nor answered any more, neither SIP nor RTP. The ports stay
        bound: a dead phone does not send ICMP errors either."""
        self._stop_refreshing()
        self._signalling.dead = True
        for call in self.calls:
            call.media.die()

    def come_back(self) -> None:
        """Power is back: calls are forgotten, the registration has to be made again."""
        for call in self.calls:
            call.drop()
        self._signalling.dead = False

    async def close(self) -> None:
        """End open calls politely (bounded), then stop. Idempotent."""
        open_calls = [call for call in self.calls if call.ended_at is None]
        if open_calls and not self._signalling.dead:
            await asyncio.wait(
                [asyncio.ensure_future(_farewell(call)) for call in open_calls], timeout=2.0
            )
        for call in self.calls:
            call.drop()
        self._signalling.close()

    # Details

    def _sent(self, call: Call) -> bool:
        return any(m.call_id == call.call_id for m in self.ledger.find("INVITE", sent=True))

    def _media(self) -> Media:
        return Media(tone=self.tone, host=self.address[0], ears=Ears(), speaks=self.speaks)

    def _outgoing(self, uri: str, user: str, headers: Mapping[str, str]) -> Call:
        host, port = self.address
        dialog = Dialog(
            call_id=generate_call_id(host),
            local_tag=generate_tag(),
            local_uri=f"sip:{user}@{host}:{port}",
            remote_uri=uri,
            remote_target=uri,
        )
        invite = dialog.create_request("INVITE", via_host=host, via_port=port)
        if self.name:
            invite.headers.set_single(
                "From", f'"{self.name}" <{dialog.local_uri}>;tag={dialog.local_tag}'
            )
        invite.headers.set_single("Contact", f"<{self.uri}>")
        invite.headers.set_single("Allow", _ALLOWED)
        for name, value in headers.items():
            invite.headers.set_single(name, value)
        call = self._call(Way.OUT, invite, dialog, self.server, time.monotonic())
        call.offer()
        return call

    def _call(self, way: Way, invite: SipRequest, dialog: Dialog, peer: Address, at: float) -> Call:
        return Call(
            way=way,
            invite=invite,
            dialog=dialog,
            peer=peer,
            signalling=self._signalling,
            media=self._media(),
            laws=self.laws,
            at=at,
        )

    async def _send_register(self, expires: int) -> int:
        if self._register is None:
            self._register = self._new_register()
        else:
            advance(self._register)
        self._register.headers.remove("Authorization")
        self._register.headers.set_single("Expires", str(expires))
        response = await self._signalling.ask(self._register, self.server)
        return response.status_code

    def _new_register(self) -> SipRequest:
        (host, port), (server, server_port) = self.address, self.server
        own = f"sip:{self.number}@{server}:{server_port}"
        dialog = Dialog(
            call_id=generate_call_id(host),
            local_tag=generate_tag(),
            local_uri=own,
            remote_uri=own,
            remote_target=f"sip:{server}:{server_port}",
        )
        request = dialog.create_request("REGISTER", via_host=host, via_port=port)
        request.headers.set_single("Contact", f"<{self.uri}>")
        return request

    async def _refresh(self, expires: int) -> None:
        while True:
            await asyncio.sleep(expires / 2)
            try:
                await self._send_register(expires)
            except NoAnswer:
                # A server that is away now may be back by the next time; phones go on trying.
                continue

    def _stop_refreshing(self) -> None:
        if self._refreshing is not None:
            self._refreshing.cancel()
            self._refreshing = None

    # Being asked

    def _requested(self, request: SipRequest, at: float) -> None:
        call = next((c for c in self.calls if c.call_id == request.call_id), None)
        match request.method, call:
            case "INVITE", None:
                self._invited(request, at)
            case (("INVITE" | "UPDATE"), Call()) if call.ended_at is None:
                call.reinvited(request)
            case "ACK", _:
                if call is not None:
                    call.acknowledged(request)
            case "CANCEL", _:
                self._cancelled(request, call, at)
            case _:
                self._requested_otherwise(request, call, at)

    def _requested_otherwise(self, request: SipRequest, call: Call | None, at: float) -> None:
        if request.method == "BYE" and call is not None:
            call.said_bye(at)
        known = request.method in _ALLOWED and not (request.method == "BYE" and call is None)
        response = response_to(request, 200 if known else 481)
        response.headers.set_single("Allow", _ALLOWED)
        self._signalling.answer(request, response)

    def _invited(self, invite: SipRequest, at: float) -> None:
        dialog = create_dialog_from_request(invite)
        via = invite.via[0]
        call = self._call(Way.IN, invite, dialog, (via.host, via.port or 5060), at)
        self.calls.append(call)
        self._signalling.spawn(self._behave(call), f"behaviour of {self.number}")
        self.ledger.bell.ring()

    async def _behave(self, call: Call) -> None:
        behaviour = self.behaviour
        if self.auto_answer and wants_auto_answer(call):
            behaviour = Answer(ring=False)
        if behaviour == Mute():
            call.trying()
        if behaviour.rings:
            call.ring()
        match behaviour:
            case Answer(after=after):
                await asyncio.sleep(after)
                call.answer()
            case Reject(status=status, after=after, contact=contact, reason=reason):
                await asyncio.sleep(after)
                call.reject(status, contact=contact, reason=reason)
            case Ring() | Mute():
                return
            case _:
                assert_never(behaviour)

    def _cancelled(self, cancel: SipRequest, call: Call | None, at: float) -> None:
        open_call = call is not None and call.answered_at is None and call.ended_at is None
        if call is None or not open_call or self._signalling.invite_of(cancel) is None:
            status = 481 if self._signalling.invite_of(cancel) is None else 200
            self._signalling.answer(cancel, response_to(cancel, status))
            return
        if self.on_cancel is OnCancel.IGNORE:
            call.note_cancel(cancel, at)
            return
        self._signalling.answer(cancel, response_to(cancel, 200))
        if self.on_cancel is OnCancel.ANSWER:
            call.note_cancel(cancel, at)
            call.answer()
            return
        call.cancelled(cancel, at)


def wants_auto_answer(call: Call) -> bool:
    """Whether the INVITE carries one of the usual headers for it."""
    return any(mark in (call.header(name) or "").lower() for name, mark in _AUTO_ANSWER)


async def _farewell(call: Call) -> None:
    try:
        await call.hang_up()
        await call.ended()
    except (NoAnswer, NotSo):
        # The other side is gone: nobody to say goodbye to.
        return
