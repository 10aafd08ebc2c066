"""baresip as a headless softphone: a telephone nobody here wrote.

Each runs in a folder of its own, says a tone, writes what it hears to a WAV file, and is driven
over its ctrl_tcp module (JSON in netstrings). It dies with the process that started it.
"""

from __future__ import annotations

import asyncio
import json
import signal
import time
from array import array
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.parties.bell import Bell
from tests.parties.ears import Ears
from tests.parties.ledger import NotSo
from tests.parties.programs import end_program, run_program
from tests.parties.sipp import free_ports
from tests.parties.tones import SOFTPHONE, WINDOW, WINDOW_S, Law, encode
from tests.parties.wire import Address

HOST: Final = "127.0.0.1"
# RIFF, format and data headers of the plain WAV files its sndfile module writes.
_WAV_HEADER = 44
_MODULES = Path("/usr/lib/baresip/modules")
_CONFIG = """\
poll_method epoll
net_interface {host}
sip_listen {host}:{sip_port}
audio_path {folder}
audio_player aubridge,nowhere
audio_source ausine,{tone:.0f}
audio_alert aubridge,nowhere
ausrc_srate 48000
auplay_srate 8000
ausrc_channels 2
auplay_channels 1
rtp_ports {rtp_port}-{rtp_port_end}
module_path {modules}
module g711.so
module ausine.so
module sndfile.so
snd_path {folder}
module aubridge.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen {host}:{control_port}
"""
_ACCOUNT = (
    "<sip:{number}@{server}:{server_port};transport=udp>;auth_user={number};auth_pass={password}"
    ";regint={expires};audio_codecs=PCMU;answermode={answermode};mwi=no\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something baresip told us, at monotonic seconds `at`. `kind` is its own word, such as
    CALL_INCOMING."""

    at: float
    kind: str
    details: dict[str, Any]


class Baresip:
    """One running baresip."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path, sip_port: int) -> None:
        self.folder = folder
        self.address: Address = (HOST, sip_port)
        self.events: list[Event] = []
        self._process = process
        self._bell = Bell()
        self._answers: list[dict[str, Any]] = []
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None

    @classmethod
    async def start(
        cls,
        folder: Path,
        *,
        number: str,
        password: str,
        server: Address,
        auto_answer: bool = False,
        tone: float = SOFTPHONE,
        expires: int = 60,
    ) -> Baresip:
        """Start it in this (new) folder and register; back when registered. Raises NotSo."""
        sip_port, rtp_port, control_port = free_ports(3)
        account = _ACCOUNT.format(
            number=number,
            password=password,
            server=server[0],
            server_port=server[1],
            expires=expires,
            answermode="auto" if auto_answer else "manual",
        )
        config = _CONFIG.format(
            host=HOST,
            folder=folder,
            sip_port=sip_port,
            tone=tone,
            modules=_MODULES,
            rtp_port=rtp_port,
            rtp_port_end=rtp_port + 3,
            control_port=control_port,
        )
        _prepare(folder, config, account)
        process = await run_program(["baresip", "-f", str(folder)], folder, folder / "log")
        phone = cls(process, folder, sip_port)
        try:
            await phone._connect(control_port)
            await phone._registered()
        except BaseException:
            await phone.stop()
            raise
        return phone

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def happened(self, kind: str, within: float = 5.0, *, since: float = 0.0) -> Event:
        """Wait for an event, such as CALL_INCOMING, CALL_ESTABLISHED, CALL_CLOSED; the first since
        then. Raises NotSo."""

        def found() -> Event | None:
            return next((e for e in self.events if e.kind == kind and e.at >= since), None)

        if not await self._bell.until(lambda: found() is not None, within):
            seen = [event.kind for event in self.events]
            raise NotSo(f"baresip: no {kind} within {within} s but {seen}\n{self.log()}")
        event = found()
        assert event is not None
        return event

    async def dial(self, uri: str) -> None:
        """Call a number of its server's, or a URI. Raises NotSo if baresip refuses the command."""
        await self.command("dial", uri)

    async def answer(self) -> None:
        """Answer the ringing call."""
        await self.command("accept")

    async def hang_up(self) -> None:
        """End (or reject) the current call."""
        await self.command("hangup")

    async def send_digit(self, digit: str) -> None:
        """Press one key."""
        await self.command("sndcode", digit)

    async def command(self, command: str, params: str = "", within: float = 8.0) -> str:
        """Any of baresip's own commands; returns its text. Raises NotSo if it fails."""
        assert self._writer is not None
        token = str(time.monotonic_ns())
        told = json.dumps({"command": command, "params": params, "token": token}).encode()
        self._writer.write(b"%d:%s," % (len(told), told))

        def answer() -> dict[str, Any] | None:
            return next((found for found in self._answers if found.get("token") == token), None)

        await self._bell.until(lambda: answer() is not None, within)
        found = answer()
        if found is None or not found.get("ok"):
            raise NotSo(f"baresip: {command} {params}: {found}\n{self.log()}")
        return str(found.get("data", ""))

    async def hears(self, tone: float, within: float = 8.0) -> None:
        """Wait until it has heard the tone in its latest call. Raises NotSo."""
        end = time.monotonic() + within
        while not (ears := self.heard()).heard_since(0.0, tone):
            if time.monotonic() > end:
                raise NotSo(f"baresip did not hear {tone} Hz but {ears.summary()}\n{self.log()}")
            await asyncio.sleep(WINDOW_S)

    def heard(self) -> Ears:
        """What it has heard in its latest call so far. Times count from 0 where its sound began."""
        ears = Ears()
        for start, samples in enumerate(_recorded(self.folder)):
            sound = encode([float(value) for value in samples], Law.MU)
            ears.take(sound, Law.MU, start * WINDOW_S)
        return ears

    def log(self) -> str:
        """What it printed."""
        lines = (self.folder / "log").read_text(errors="replace").splitlines()
        return "\n".join(line for line in lines if line.strip())

    async def stop(self, within: float = 8.0) -> None:
        """Unregister and end. Idempotent."""
        await end_program(self._process, signal.SIGTERM, within)
        await self._disconnect()

    async def _connect(self, port: int) -> None:
        async with asyncio.timeout(5.0):
            while True:
                try:
                    reader, self._writer = await asyncio.open_connection(HOST, port)
                    break
                except OSError:
                    if self._process.returncode is not None:
                        raise NotSo(f"baresip did not start:\n{self.log()}") from None
                    await asyncio.sleep(0.02)
        self._reading = asyncio.get_running_loop().create_task(
            _read_netstrings(reader, self._told), name="baresip's events"
        )

    async def _registered(self, within: float = 5.0) -> None:
        # It may have registered before we were connected, so there may be no event to wait for.
        end = time.monotonic() + within
        while "OK" not in (told := await self.command("reginfo")):
            if time.monotonic() > end:
                raise NotSo(f"baresip did not register: {told}\n{self.log()}")
            await asyncio.sleep(0.02)

    async def _disconnect(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])
        if self._writer is not None:
            self._writer.close()
            with suppress(OSError):
                await self._writer.wait_closed()

    def _told(self, text: bytes) -> None:
        message = json.loads(text)
        if message.get("event"):
            event = Event(at=time.monotonic(), kind=message.get("type", ""), details=message)
            self.events.append(event)
        else:
            self._answers.append(message)
        self._bell.ring()


class BaresipFactory:
    """Starts softphones under one folder and ends them all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: list[Baresip] = []

    async def __call__(self, **wishes: Any) -> Baresip:
        """A new softphone; takes what `Baresip.start` takes but the folder."""
        folder = self.folder / f"baresip-{len(self.running)}"
        phone = await Baresip.start(folder, **wishes)
        self.running.append(phone)
        return phone

    async def close(self) -> None:
        """End all."""
        await asyncio.gather(*(phone.stop() for phone in self.running))


def _prepare(folder: Path, config: str, account: str) -> None:
    folder.mkdir(parents=True)
    (folder / "config").write_text(config)
    (folder / "accounts").write_text(account)
    (folder / "contacts").write_text("")


def _recorded(folder: Path) -> Iterator[array[int]]:
    # Read as raw samples: while the call lasts the header does not say how many there are.
    recordings = sorted(folder.glob("dump-*-dec.wav"))
    if not recordings:
        return
    data = recordings[-1].read_bytes()
    size = 2 * WINDOW
    for start in range(_WAV_HEADER, len(data) - size + 1, size):
        yield array("h", data[start : start + size])


async def _read_netstrings(reader: asyncio.StreamReader, receive: Callable[[bytes], None]) -> None:
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            length = await reader.readuntil(b":")
            receive(await reader.readexactly(int(length[:-1])))
            await reader.readexactly(1)
