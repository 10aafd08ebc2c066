"""SIP transactions over UDP on loopback, for user agents that may misbehave on purpose.

Messages, dialogs and digests are aiosipua's. Its user agent is not used: it sends 100 by itself,
forgets a call once CANCEL is sent (so a 200 that crosses the CANCEL is never acknowledged), takes a
repeated INVITE for a new call, and repeats no request. A phone that ignores CANCEL, answers after
it or drops dead cannot be made of it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from aiosipua.auth import SipDigestAuth, answer_challenge
from aiosipua.headers import CSeq, stringify_cseq
from aiosipua.message import SipMessage, SipRequest, SipResponse
from aiosipua.utils import generate_branch

from tests.parties.ledger import Ledger
from tests.parties.wire import Address, Wire

# RFC 3261's T1, T2 and 64 T1.
_T1 = 0.5
_T2 = 4.0
_GIVE_UP = 32.0
_REASONS = {
    100: "Trying",
    180: "Ringing",
    183: "Session Progress",
    200: "OK",
    302: "Moved Temporarily",
    404: "Not Found",
    405: "Method Not Allowed",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    500: "Server Internal Error",
    503: "Service Unavailable",
    603: "Decline",
}

Provisional = Callable[[SipResponse], None]


class NoAnswer(Exception):
    """No final response to a request within RFC 3261's 32 s (or the bound that was given)."""


@dataclass(slots=True)
class _Asked:
    request: SipRequest
    to: Address
    final: asyncio.Future[SipResponse]
    provisional: Provisional | None
    heard: bool = False


@dataclass(slots=True)
class _Served:
    request: SipRequest
    source: Address
    last: bytes | None = None
    repeating: asyncio.Task[None] | None = None


class Signalling:
    """One SIP socket: client and server transactions, digest, and the ledger of all of it.

    `on_request` is called once for every new request except ACKs of refusals and repetitions.
    """

    def __init__(
        self, *, host: str, ledger: Ledger, on_request: Callable[[SipRequest, float], None]
    ) -> None:
        self.ledger = ledger
        self.dead = False
        self.auth: SipDigestAuth | None = None
        self._on_request = on_request
        self._wire = Wire.open(self._received, host)
        self._asked: dict[tuple[str, str], _Asked] = {}
        self._served: dict[tuple[str, str], _Served] = {}
        self._acks: dict[tuple[str, int], tuple[bytes, Address]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> Address:
        """Where we listen."""
        return self._wire.address

    def close(self) -> None:
        """Stop everything at once. Idempotent."""
        for task in self._tasks:
            task.cancel()
        for asked in self._asked.values():
            asked.final.cancel()
        self._wire.close()

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Run work that ends with us."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def ask(
        self,
        request: SipRequest,
        to: Address,
        *,
        provisional: Provisional | None = None,
        within: float | None = None,
    ) -> SipResponse:
        """Send a request, repeat it as UDP needs, answer one challenge, return the final response.

        `request` is changed where a challenge is answered: it is what was sent last.
        Raises NoAnswer.
        """
        response = await self._ask_once(request, to, provisional, within)
        if response.status_code not in (401, 407) or self.auth is None:
            return response
        answer = answer_challenge(
            self.auth, response, response.status_code, request.method, request.uri
        )
        if answer is None:
            return response
        request.headers.set_single(*answer)
        advance(request)
        return await self._ask_once(request, to, provisional, within)

    def send_ack(self, ack: SipRequest, to: Address) -> None:
        """Acknowledge a 200 to our INVITE, now and whenever the 200 comes again."""
        cseq = ack.cseq
        self._acks[ack.call_id or "", cseq.seq if cseq else 0] = (bytes(ack), to)
        self.send(ack, to)

    def send(self, message: SipRequest | SipResponse, to: Address) -> None:
        """Send as it is, once. Nothing leaves a dead phone."""
        if self.dead:
            return
        self.ledger.note(message, at=time.monotonic(), sent=True)
        self._wire.send(bytes(message), to)

    def answer(self, request: SipRequest, response: SipResponse) -> None:
        """Send a response. A final one to an INVITE is repeated until the ACK comes."""
        served = self._served.get(_key(request))
        if served is None:
            return
        served.last = bytes(response)
        self.send(response, served.source)
        if request.method == "INVITE" and response.status_code >= 200:
            self._stop_repeating(served)
            served.repeating = self.spawn(self._repeat(served, response), "repeat final response")

    def invite_of(self, cancel: SipRequest) -> SipRequest | None:
        """The INVITE a CANCEL is about, if it is (or was) open."""
        served = self._served.get((_branch(cancel), "INVITE"))
        return served.request if served else None

    async def _ask_once(
        self,
        request: SipRequest,
        to: Address,
        provisional: Provisional | None,
        within: float | None,
    ) -> SipResponse:
        final: asyncio.Future[SipResponse] = asyncio.get_running_loop().create_future()
        asked = _Asked(request, to, final, provisional)
        self._asked[_key(request)] = asked
        repeating = self.spawn(self._repeat_request(asked), f"repeat {request.method}")
        # A ringing INVITE may take minutes; only the silence before the first response is bounded.
        bound = within if within is not None else _GIVE_UP
        try:
            async with asyncio.timeout(None if request.method == "INVITE" else bound):
                return await final
        except TimeoutError:
            raise NoAnswer(f"{request.method}\n{self.ledger.ladder()}") from None
        finally:
            repeating.cancel()

    async def _repeat_request(self, asked: _Asked) -> None:
        pause, waited = _T1, 0.0
        while waited < _GIVE_UP:
            self.send(asked.request, asked.to)
            await asyncio.sleep(pause)
            waited += pause
            if asked.final.done() or (asked.heard and asked.request.method == "INVITE"):
                return
            pause = min(2 * pause, _T2) if asked.request.method != "INVITE" else 2 * pause
        if not asked.final.done():
            asked.final.set_exception(NoAnswer(f"INVITE\n{self.ledger.ladder()}"))

    async def _repeat(self, served: _Served, response: SipResponse) -> None:
        pause, waited = _T1, 0.0
        while waited < _GIVE_UP:
            await asyncio.sleep(pause)
            waited += pause
            self.send(response, served.source)
            pause = min(2 * pause, _T2)

    def _received(self, data: bytes, source: Address, at: float) -> None:
        if self.dead or not data.strip():
            return
        message = SipMessage.parse(data)
        self.ledger.note(message, at=at, sent=False)
        if isinstance(message, SipResponse):
            self._received_response(message)
            return
        self._received_request(message, source, at)

    def _received_response(self, response: SipResponse) -> None:
        asked = self._asked.get(_key(response))
        if asked is None:
            return
        if response.status_code < 200:
            asked.heard = True
            if asked.provisional is not None:
                asked.provisional(response)
            return
        if response.status_code >= 300 and asked.request.method == "INVITE":
            self.send(_ack_of_refusal(asked.request, response), asked.to)
        if not asked.final.done():
            asked.final.set_result(response)
            return
        cseq = response.cseq
        again = self._acks.get((response.call_id or "", cseq.seq if cseq else 0))
        if again is not None and not self.dead:
            self._wire.send(*again)

    def _received_request(self, request: SipRequest, source: Address, at: float) -> None:
        if request.method == "ACK":
            self._received_ack(request, at)
            return
        known = self._served.get(_key(request))
        if known is not None:
            if known.last is not None:
                self._wire.send(known.last, source)
            return
        self._served[_key(request)] = _Served(request, source)
        self._on_request(request, at)

    def _received_ack(self, ack: SipRequest, at: float) -> None:
        # The ACK of a 200 has a branch of its own: the CSeq says which INVITE it is about.
        cseq = ack.cseq
        for served in self._served.values():
            invite = served.request
            if invite.method != "INVITE" or invite.call_id != ack.call_id:
                continue
            if invite.cseq and cseq and invite.cseq.seq == cseq.seq:
                self._stop_repeating(served)
        self._on_request(ack, at)

    @staticmethod
    def _stop_repeating(served: _Served) -> None:
        if served.repeating is not None:
            served.repeating.cancel()
            served.repeating = None


def advance(request: SipRequest) -> None:
    """Make a sent request a new one: next CSeq, new branch."""
    cseq = request.cseq
    assert cseq is not None
    cseq = CSeq(seq=cseq.seq + 1, method=cseq.method)
    request.headers.set_single("CSeq", stringify_cseq(cseq))
    via = request.via
    via[0].branch = generate_branch()
    request.via = via


def response_to(
    request: SipRequest, status: int, *, tag: str | None = None, contact: str | None = None
) -> SipResponse:
    """A response with the headers a response copies, and our tag."""
    response = SipResponse(status_code=status, reason_phrase=_REASONS.get(status, "Unknown"))
    for name in ("Via", "Record-Route", "From", "To", "Call-ID", "CSeq"):
        for value in request.headers.get(name):
            response.headers.append(name, value)
    to = request.headers.get_first("To") or ""
    if tag is not None and ";tag=" not in to:
        response.headers.set_single("To", f"{to};tag={tag}")
    if contact is not None:
        response.headers.set_single("Contact", contact)
    return response


def _ack_of_refusal(invite: SipRequest, response: SipResponse) -> SipRequest:
    ack = SipRequest(method="ACK", uri=invite.uri)
    ack.headers.append("Via", invite.headers.get("Via")[0])
    ack.headers.set_single("From", invite.headers.get_first("From") or "")
    ack.headers.set_single("To", response.headers.get_first("To") or "")
    ack.headers.set_single("Call-ID", invite.call_id or "")
    cseq = invite.cseq
    ack.headers.set_single("CSeq", f"{cseq.seq if cseq else 1} ACK")
    ack.headers.set_single("Max-Forwards", "70")
    return ack


def _branch(message: SipRequest | SipResponse) -> str:
    vias = message.via
    return (vias[0].branch or "") if vias else ""


def _key(message: SipRequest | SipResponse) -> tuple[str, str]:
    cseq = message.cseq
    return _branch(message), cseq.method if cseq else ""
