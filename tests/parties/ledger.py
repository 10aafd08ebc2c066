"""What went over the wire: every SIP message of a party, with its time, and a drawing of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aiosipua.message import SipRequest, SipResponse

from tests.parties.bell import Bell

# What a reader of a ladder wants to see besides the first line.
_SHOWN = ("reason", "alert-info", "contact", "retry-after")


class NotSo(AssertionError):
    """Something a test waited for did not happen; the text holds the party's ladder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One SIP message, sent or received, at monotonic seconds `at`."""

    at: float
    sent: bool
    call_id: str
    method: str
    status: int | None
    line: str
    headers: Mapping[str, tuple[str, ...]]
    body: str

    def header(self, name: str) -> str | None:
        """The first value of the header, or None. Case does not matter."""
        return next(iter(self.headers.get(name.lower(), ())), None)

    @classmethod
    def of(cls, message: SipRequest | SipResponse, *, at: float, sent: bool) -> Message:
        """The record of a parsed message. A response's method is its CSeq's."""
        cseq = message.cseq
        if isinstance(message, SipRequest):
            method, status, line = message.method, None, f"{message.method} {message.uri}"
        else:
            method, status = cseq.method if cseq else "", message.status_code
            line = f"{status} {message.reason_phrase} ({method})"
        return cls(
            at=at,
            sent=sent,
            call_id=message.call_id or "",
            method=method,
            status=status,
            line=line,
            headers={name.lower(): tuple(values) for name, values in message.headers.items()},
            body=message.text,
        )


class Ledger:
    """All messages of one party, in order."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.messages: list[Message] = []
        self.bell = Bell()

    def note(self, message: SipRequest | SipResponse, *, at: float, sent: bool) -> None:
        """Write it down and wake who waits."""
        self.messages.append(Message.of(message, at=at, sent=sent))
        self.bell.ring()

    def find(
        self, method: str, *, status: int | None = None, sent: bool | None = None
    ) -> list[Message]:
        """The messages of that method and status (None: requests), in one direction or both."""
        return [
            message
            for message in self.messages
            if message.method == method
            and message.status == status
            and (sent is None or message.sent is sent)
        ]

    def ladder(self) -> str:
        """The messages as text, one a line: seconds since the first, direction, first line and the
        headers that matter."""
        if not self.messages:
            return f"{self.name}: no SIP message\n"
        zero = self.messages[0].at
        lines = [f"{self.name}: SIP, seconds since {zero:.3f} (monotonic)"]
        for message in self.messages:
            arrow = "-->" if message.sent else "<--"
            shown = [f"{name}: {message.header(name)}" for name in _SHOWN if message.header(name)]
            lines.append(
                f"{message.at - zero:9.3f} {arrow} {message.line}"
                + (f"  [{'; '.join(shown)}]" if shown else "")
            )
        return "\n".join(lines) + "\n"
