"""Ports that are free, and that stay an instance's own from the choice to the bind."""

import json
import socket
from dataclasses import asdict, dataclass
from pathlib import Path

from _asterisk import places, processes
from _asterisk.places import Trouble

_SIP, _HTTP, _RTP = 15060, 18088, 20000
_RTP_BLOCK = 1000  # 500 streams: each takes a port for RTP and one for RTCP
_HIGHEST = 32000  # above, the kernel hands out ports to whoever asks


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """What one instance listens on; the RTP range includes both ends."""

    sip: int
    http: int
    rtp_start: int
    rtp_end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """The ports asked for; None is chosen here."""

    sip: int | None = None
    http: int | None = None
    rtp_start: int | None = None
    rtp_end: int | None = None


def choose(wishes: Wishes) -> Ports:
    """Free ports, as wished where something is wished. Call it locked, and claim before unlocking.

    Raises Trouble if a wished port is taken or nothing is free.
    """
    claims = _claims()
    start, end = _rtp(wishes, claims)
    return Ports(
        sip=_one("--sip-port", wishes.sip, _SIP, socket.SOCK_DGRAM, {c.sip for c in claims}),
        http=_one("--http-port", wishes.http, _HTTP, socket.SOCK_STREAM, {c.http for c in claims}),
        rtp_start=start,
        rtp_end=end,
    )


def claim(ports: Ports, owner: processes.Process) -> None:
    """Note that the ports are the process's own as long as it lives."""
    entry = {"ports": asdict(ports), "owner": asdict(owner)}
    _register().write_text(json.dumps([*_living(), entry]))


def _one(option: str, wish: int | None, first: int, kind: int, claimed: set[int]) -> int:
    if wish is not None:
        if wish in claimed or not _free(wish, kind):
            raise Trouble(f"Port {wish} of {option} is taken. End what uses it or choose another.")
        return wish
    for port in range(first, first + 1000):
        if port not in claimed and _free(port, kind):
            return port
    raise Trouble(f"No port is free from {first} on. Give one with {option}.")


def _rtp(wishes: Wishes, claims: list[Ports]) -> tuple[int, int]:
    if wishes.rtp_start is not None:
        end = wishes.rtp_end or wishes.rtp_start + _RTP_BLOCK - 1
        if end <= wishes.rtp_start:
            raise Trouble("--rtp-end is not above --rtp-start. Give a range of even size.")
        return wishes.rtp_start, end
    for start in range(_RTP, _HIGHEST, _RTP_BLOCK):
        end = start + _RTP_BLOCK - 1
        if all(end < claim.rtp_start or claim.rtp_end < start for claim in claims):
            return start, end
    raise Trouble("No block of RTP ports is left. Stop an instance or give --rtp-start.")


def _free(port: int, kind: int) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:
            # As Asterisk does: a port that only waits out old connections is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            return False
    return True


def _claims() -> list[Ports]:
    return [Ports(**entry["ports"]) for entry in _living()]


def _living() -> list[dict[str, dict[str, int]]]:
    register = _register()
    entries = json.loads(register.read_text()) if register.exists() else []
    return [entry for entry in entries if processes.Process(**entry["owner"]).alive()]


def _register() -> Path:
    return places.cache() / "ports.json"
