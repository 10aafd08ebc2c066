"""One call of a party, from INVITE to its end, either way round."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import Enum, auto

from aiosipua.dialog import Dialog
from aiosipua.headers import stringify_uri
from aiosipua.message import SipRequest, SipResponse

from tests.parties.ears import Ears
from tests.parties.ledger import NotSo
from tests.parties.media import Media
from tests.parties.sdp import Description, describe, understand
from tests.parties.signalling import NoAnswer, Signalling, response_to
from tests.parties.tones import Law
from tests.parties.wire import Address

_ELSEWHERE = ("cause=200", "answered elsewhere", "completed elsewhere")


class Way(Enum):
    """Who called whom."""

    IN = auto()
    OUT = auto()


class By(Enum):
    """Who ended a call."""

    US = auto()
    THEM = auto()


class Call:
    """A call: its times (monotonic seconds, None until it happened), its ears, and what the party
    can do with it."""

    def __init__(
        self,
        *,
        way: Way,
        invite: SipRequest,
        dialog: Dialog,
        peer: Address,
        signalling: Signalling,
        media: Media,
        laws: Sequence[Law],
        at: float,
    ) -> None:
        self.way = way
        self.invite = invite
        self.dialog = dialog
        self.media = media
        self.invited_at = at
        self.rang_at: float | None = None
        self.answered_at: float | None = None
        self.cancelled_at: float | None = None
        self.ended_at: float | None = None
        self.ended_by: By | None = None
        self.status: int | None = None
        self.answered_elsewhere = False
        self._peer = peer
        self._signalling = signalling
        self._laws = laws
        self._described = 0

    @property
    def ears(self) -> Ears:
        """What this call's party hears."""
        return self.media.ears

    @property
    def call_id(self) -> str:
        """SIP's Call-ID."""
        return self.dialog.call_id

    @property
    def caller_id(self) -> tuple[str, str]:
        """Name and number in the From of the INVITE; either may be empty."""
        address = self.invite.from_addr
        if address is None or address.uri is None:
            return "", ""
        return address.display_name or "", address.uri.user or ""

    @property
    def is_up(self) -> bool:
        """Answered and not over."""
        return self.answered_at is not None and self.ended_at is None

    def header(self, name: str) -> str | None:
        """The first value of a header of the INVITE, or None."""
        return self.invite.get_header(name)

    # Waiting

    async def ringing(self, within: float = 8.0) -> Call:
        """Wait until it rings. Raises NotSo."""
        return await self._until("ring", lambda: self.rang_at is not None, within)

    async def answered(self, within: float = 8.0) -> Call:
        """Wait until it is answered. Raises NotSo, at once if the call ends instead."""
        over = lambda: self.answered_at is not None or self.ended_at is not None  # noqa: E731
        await self._until("be answered", over, within)
        if self.answered_at is None:
            raise NotSo(f"the call ended with {self.status}\n{self._signalling.ledger.ladder()}")
        return self

    async def ended(self, within: float = 8.0) -> Call:
        """Wait until it is over. Raises NotSo."""
        return await self._until("end", lambda: self.ended_at is not None, within)

    async def hears(self, tone: float, within: float = 8.0, since: float | None = None) -> None:
        """Wait until the tone is heard. Raises NotSo, saying what was heard instead."""
        if not await self.ears.hears(tone, within, since=since):
            heard = self.ears.summary(self.invited_at)
            raise NotSo(
                f"did not hear {tone} Hz within {within} s but {heard}\n"
                + self._signalling.ledger.ladder()
            )

    async def _until(self, what: str, condition: Callable[[], bool], within: float) -> Call:
        ledger = self._signalling.ledger
        if not await ledger.bell.until(condition, within):
            raise NotSo(f"the call did not {what} within {within} s\n{ledger.ladder()}")
        return self

    # Doing, when called

    def trying(self) -> None:
        """Send 100."""
        self._signalling.answer(self.invite, response_to(self.invite, 100))

    def ring(self) -> None:
        """Send 180."""
        if self.answered_at is None and self.ended_at is None:
            self.rang_at = time.monotonic()
            self._respond(180)

    def answer(self) -> None:
        """Send 200 and start to speak; 488 where there is no common codec. A call that is over
        already, or answered, is left alone."""
        if self.answered_at is not None or self.ended_at is not None:
            return
        offer = understand(self.invite.text)
        laws = [law for law in self._laws if offer is None or law in offer.laws]
        if not laws:
            self.reject(488)
            return
        self.answered_at = time.monotonic()
        self.dialog.confirm()
        self._respond(200, body=self._describe(laws[:1] if offer else laws))
        if offer is not None:
            self._aim(offer)

    def reject(self, status: int, *, contact: str | None = None, reason: str | None = None) -> None:
        """Refuse; nothing happens if the call was answered or is over."""
        if self.answered_at is not None or self.ended_at is not None:
            return
        response = response_to(self.invite, status, tag=self.dialog.local_tag, contact=contact)
        if reason is not None:
            response.headers.set_single("Reason", reason)
        self._signalling.answer(self.invite, response)
        self._end(By.US, status)

    # Doing, at any time

    async def hang_up(self) -> None:
        """End the call in the way its state asks for: BYE, CANCEL, or 603."""
        if self.ended_at is not None:
            return
        if self.is_up:
            self._end(By.US, 200)
            await self._ask("BYE")
            return
        if self.way is Way.OUT:
            await self.cancel()
            return
        self.reject(603)

    async def cancel(self, within: float = 8.0) -> None:
        """Give up a call of ours that is not answered yet. SIP allows it once the other side has
        said anything: waits for that. Raises NotSo if it says nothing."""
        heard = lambda: self.status is not None  # noqa: E731
        await self._until("get any response", heard, within)
        if self.answered_at is not None or self.ended_at is not None:
            await self.hang_up()
            return
        self.cancelled_at = time.monotonic()
        self._signalling.spawn(self._send_cancel(), "cancel")

    async def send_digits(self, digits: str) -> None:
        """Press keys (RFC 4733), 220 ms each; returns when the last is out."""
        await self.media.send_digits(digits)

    async def hold(self) -> int:
        """Put the other side on hold and fall silent; returns the status of the re-INVITE."""
        self.media.speaks = False
        return await self._reinvite("sendonly")

    async def unhold(self) -> int:
        """Take the other side back; returns the status of the re-INVITE."""
        status = await self._reinvite("sendrecv")
        self.media.speaks = True
        return status

    async def refer(self, to: str) -> int:
        """Ask the other side to call somebody else (blind transfer); returns the status."""
        response = await self._ask("REFER", {"Refer-To": f"<{to}>"})
        return response.status_code

    # What the party is told

    def progressed(self, response: SipResponse) -> None:
        """A provisional response to our INVITE."""
        self.status = response.status_code
        if response.status_code >= 180 and self.rang_at is None:
            self.rang_at = time.monotonic()
        early = understand(response.text)
        if early is not None:
            self._aim(early)
        self._signalling.ledger.bell.ring()

    async def run(self) -> None:
        """Send our INVITE and see it through."""
        try:
            response = await self._signalling.ask(
                self.invite, self._peer, provisional=self.progressed
            )
        except NoAnswer:
            self._end(By.THEM, 408)
            return
        cseq = self.invite.cseq
        self.dialog.local_cseq = cseq.seq if cseq else 1
        if response.status_code >= 300:
            by = By.US if self.cancelled_at is not None else By.THEM
            self._end(by, response.status_code)
            return
        self._answered_by(response)
        if self.cancelled_at is not None:
            await self.hang_up()

    def cancelled(self, cancel: SipRequest, at: float) -> None:
        """A CANCEL of a call to us, obeyed."""
        self.note_cancel(cancel, at)
        self._respond(487)
        self._end(By.THEM, 487, at)

    def note_cancel(self, cancel: SipRequest, at: float) -> None:
        """A CANCEL came, whatever becomes of it."""
        reason = (cancel.get_header("Reason") or "").lower()
        self.cancelled_at = at
        self.answered_elsewhere = any(mark in reason for mark in _ELSEWHERE)

    def acknowledged(self, ack: SipRequest) -> None:
        """An ACK; where our 200 held the offer it brings the answer."""
        answer = understand(ack.text)
        if answer is not None and self.is_up:
            self._aim(answer)

    def said_bye(self, at: float) -> None:
        """The other side hung up."""
        if self.ended_at is None:
            self._end(By.THEM, 200, at)

    def reinvited(self, request: SipRequest) -> None:
        """The other side changes (or just refreshes) the call: agree."""
        offer = understand(request.text)
        response = response_to(request, 200, contact=self._contact)
        if offer is not None or request.method == "INVITE":
            laws = [law for law in self._laws if offer is None or law in offer.laws]
            response.text = self._describe(laws or self._laws, _mirrored(offer))
            response.headers.set_single("Content-Type", "application/sdp")
        if offer is not None:
            self._aim(offer)
        self._signalling.answer(request, response)

    def drop(self) -> None:
        """Forget the call without a word on the wire."""
        self.media.close()
        if self.ended_at is None:
            self._end(By.US, None)

    def offer(self) -> None:
        """Put our offer into the INVITE."""
        self.invite.text = self._describe(self._laws)
        self.invite.headers.set_single("Content-Type", "application/sdp")

    # Details

    @property
    def _contact(self) -> str:
        host, port = self._signalling.address
        return f"<sip:{host}:{port}>"

    def _describe(self, laws: Sequence[Law], direction: str = "sendrecv") -> str:
        self._described += 1
        host = self._signalling.address[0]
        return describe(host, self.media.port, laws, version=self._described, direction=direction)

    def _aim(self, there: Description) -> None:
        common = [law for law in there.laws if law in self._laws]
        self.media.aim(there.to, (common or [Law.MU])[0], there.events)

    def _respond(self, status: int, *, body: str = "") -> None:
        response = response_to(
            self.invite, status, tag=self.dialog.local_tag, contact=self._contact
        )
        if body:
            response.text = body
            response.headers.set_single("Content-Type", "application/sdp")
        self._signalling.answer(self.invite, response)

    def _answered_by(self, response: SipResponse) -> None:
        self.answered_at = time.monotonic()
        self.status = response.status_code
        self.dialog.confirm()
        to = response.to_addr
        self.dialog.remote_tag = (to.tag if to else None) or ""
        if response.contact and response.contact[0].uri:
            self.dialog.remote_target = stringify_uri(response.contact[0].uri)
        self._ack(self.invite)
        answer = understand(response.text)
        if answer is not None:
            self._aim(answer)
        self._signalling.ledger.bell.ring()

    def _request(self, method: str) -> SipRequest:
        host, port = self._signalling.address
        request = self.dialog.create_request(method, via_host=host, via_port=port)
        request.headers.set_single("Contact", self._contact)
        return request

    def _ack(self, invite: SipRequest) -> None:
        ack = self._request("ACK")
        cseq = invite.cseq
        self.dialog.local_cseq = cseq.seq if cseq else 1
        ack.headers.set_single("CSeq", f"{self.dialog.local_cseq} ACK")
        self._signalling.send_ack(ack, self._peer)

    async def _ask(self, method: str, headers: dict[str, str] | None = None) -> SipResponse:
        request = self._request(method)
        for name, value in (headers or {}).items():
            request.headers.set_single(name, value)
        response = await self._signalling.ask(request, self._peer)
        cseq = request.cseq
        self.dialog.local_cseq = cseq.seq if cseq else self.dialog.local_cseq
        return response

    async def _send_cancel(self) -> None:
        # What counts is the INVITE's final response; a CANCEL may stay unanswered.
        with suppress(NoAnswer):
            await self._signalling.ask(_cancel_of(self.invite), self._peer)

    async def _reinvite(self, direction: str) -> int:
        request = self._request("INVITE")
        request.text = self._describe(self._laws, direction)
        request.headers.set_single("Content-Type", "application/sdp")
        response = await self._signalling.ask(request, self._peer)
        if response.status_code < 300:
            self._ack(request)
            answer = understand(response.text)
            if answer is not None:
                self._aim(answer)
        return response.status_code

    def _end(self, by: By, status: int | None, at: float | None = None) -> None:
        self.ended_at = time.monotonic() if at is None else at
        self.ended_by, self.status = by, status
        self.dialog.terminate()
        self.media.close()
        self._signalling.ledger.bell.ring()


def _mirrored(offer: Description | None) -> str:
    if offer is None:
        return "sendrecv"
    return {"sendonly": "recvonly", "recvonly": "sendonly"}.get(offer.direction, offer.direction)


def _cancel_of(invite: SipRequest) -> SipRequest:
    cancel = SipRequest(method="CANCEL", uri=invite.uri)
    cancel.headers.append("Via", invite.headers.get("Via")[0])
    for name in ("From", "To", "Call-ID"):
        cancel.headers.set_single(name, invite.headers.get_first(name) or "")
    cseq = invite.cseq
    cancel.headers.set_single("CSeq", f"{cseq.seq if cseq else 1} CANCEL")
    cancel.headers.set_single("Max-Forwards", "70")
    return cancel
