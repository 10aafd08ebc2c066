"""SIPp as managed processes: load, and the many.

Each process has its own ports and folder and is bounded in calls, rate and time. It dies with the
process that started it and is ended by its own id.
"""

from __future__ import annotations

import asyncio
import csv
import re
import signal
import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.parties.ledger import NotSo
from tests.parties.programs import end_program, run_program
from tests.parties.wire import Address, bound

HOST = "127.0.0.1"
FOREVER_MS = 3_600_000
_SCENARIOS = Path(__file__).with_name("scenarios")
_POLL_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """One SIP message of a SIPp process; `at` is epoch seconds of the wall clock.

    SIPp takes the time after it has sent, or when it gets round to reading: right to about a
    millisecond either way while it has a core, and late by as long as it waits for one. Where that
    matters measure with parties: what they receive is stamped by the kernel.
    """

    at: float
    sent: bool
    line: str
    call_id: str
    from_user: str
    text: str

    def is_request(self, method: str) -> bool:
        """Whether it is a request of this method."""
        return self.line.startswith(f"{method} ")

    def is_response(self, status: int) -> bool:
        """Whether it is a response with this status."""
        return self.line.startswith(f"SIP/2.0 {status} ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What SIPp says of its calls."""

    created: int
    running: int
    succeeded: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A SIPp run to be started.

    `values` go into the scenario's ${...}; `rows` into its injection file, in order, one a call,
    round and round. `calls` None: until stopped. `rate` is new calls a second, `at_once` the most
    calls at one time. All of it ends after `seconds`. `echo`: send the RTP that comes back.
    `port`: where SIP is spoken, instead of a free one. `spread_ms`: each call begins up to so much
    later, by lot, where calls at even distances would march in step with what they wait for.
    """

    scenario: str
    server: Address
    values: Mapping[str, int]
    rows: Sequence[Sequence[str]] = ()
    number: str = "service"
    calls: int | None = None
    rate: float = 10.0
    at_once: int = 1000
    seconds: int = 600
    echo: bool = True
    answers: bool = False
    port: int | None = None
    spread_ms: int = 0


class Sipp:
    """One running SIPp process."""

    def __init__(
        self, process: asyncio.subprocess.Process, folder: Path, port: int, job: Job
    ) -> None:
        self.port = port
        self.folder = folder
        self._process = process
        self._job = job

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @classmethod
    async def start(cls, job: Job, folder: Path) -> Sipp:
        """Start it in this (new) folder; back when its port is bound. Raises NotSo if it is not."""
        _prepare(job, folder)
        free_port, media_port, control_port = free_ports(3)
        port = job.port or free_port
        flags = _arguments(job, port, media_port, control_port)
        words = ["sipp", f"{job.server[0]}:{job.server[1]}", *flags]
        process = await run_program(words, folder, folder / "printed")
        sipp = cls(process, folder, port, job)
        await sipp._bound()
        return sipp

    async def finished(self, within: float) -> Counts:
        """Wait until all its calls are over and it has ended. Raises NotSo."""
        try:
            async with asyncio.timeout(within):
                await self._process.wait()
        except TimeoutError:
            raise NotSo(f"SIPp still runs after {within} s: {self.counts()}") from None
        return self.counts()

    async def stop(self, within: float = 2.0) -> Counts:
        """Let open calls end for so many seconds, then end the process. Idempotent."""
        await end_program(self._process, signal.SIGUSR1, within)
        return self.counts()

    def counts(self) -> Counts:
        """The latest line of its statistics: at most a second old, final once it has ended."""
        rows = list(csv.DictReader(_lines(self.folder / "stats.csv"), delimiter=";"))
        last = rows[-1] if rows else {}
        return Counts(
            created=int(last.get("TotalCallCreated") or 0),
            running=int(last.get("CurrentCall") or 0),
            succeeded=int(last.get("SuccessfulCall(C)") or 0),
            failed=int(last.get("FailedCall(C)") or 0),
        )

    def errors(self) -> str:
        """What it found unexpected. Timeouts that the scenario provides for are none."""
        lines = [*_lines(self.folder / "errors.log"), *self._complaints()]
        return _PROVIDED_FOR.sub("", "\n".join(lines)).strip()

    def _complaints(self) -> list[str]:
        # It prints its screens to the same place: only what comes before them is a complaint.
        return _lines(self.folder / "printed")[:20] if self._process.returncode else []

    def messages(self) -> list[Traced]:
        """All messages so far."""
        path = self.folder / "messages.log"
        return parse_messages(path.read_text(errors="replace")) if path.exists() else []

    async def _bound(self) -> None:
        async with asyncio.timeout(5.0):
            while not _is_bound(self.port):
                if self._process.returncode == 0:
                    return  # so few calls that it is done already
                if self._process.returncode is not None:
                    raise NotSo(f"SIPp did not start: {self.errors()}")
                await asyncio.sleep(_POLL_S)


class SippFactory:
    """Starts SIPp processes under one folder and ends them all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: list[Sipp] = []

    async def start(self, job: Job) -> Sipp:
        """Start any job."""
        folder = self.folder / f"{len(self.running)}-{job.scenario}"
        sipp = await Sipp.start(job, folder)
        self.running.append(sipp)
        return sipp

    async def callers(
        self,
        number: str,
        server: Address,
        *,
        calls: int,
        rate: float = 10.0,
        at_once: int = 1000,
        hold_ms: int = FOREVER_MS,
        patience_ms: int = FOREVER_MS,
        caller_ids: Sequence[str] = (),
        echo: bool = True,
        seconds: int = 600,
        spread_ms: int = 0,
    ) -> Sipp:
        """So many calls to the number, from the caller ids in turn (default: +49301000000 on)."""
        ids = caller_ids or [f"+4930{1_000_000 + place}" for place in range(calls)]
        return await self.start(
            Job(
                scenario="caller",
                server=server,
                values={"hold_ms": hold_ms, "patience_ms": patience_ms},
                rows=[[caller] for caller in ids],
                number=number,
                calls=calls,
                rate=rate,
                at_once=at_once,
                seconds=seconds,
                echo=echo,
                spread_ms=spread_ms,
            )
        )

    async def agents(
        self,
        users: Sequence[tuple[str, str]],
        server: Address,
        *,
        answer_ms: int = 500,
        talk_ms: int = FOREVER_MS,
        expires: int = 3600,
        echo: bool = True,
        seconds: int = 600,
    ) -> Sipp:
        """Phones of all these (number, password), registered, in one process at one port.

        They register from that port: with rewrite_contact Asterisk calls a phone where it has
        registered from, whatever its contact says.
        """
        port = free_ports(1)[0]
        await self.register(users, server, port=port, expires=expires)
        return await self.start(
            Job(
                scenario="agent",
                server=server,
                values={"answer_ms": answer_ms, "talk_ms": talk_ms},
                seconds=seconds,
                echo=echo,
                answers=True,
                port=port,
            )
        )

    async def register(
        self,
        users: Sequence[tuple[str, str]],
        server: Address,
        *,
        port: int,
        expires: int = 3600,
    ) -> None:
        """Register all from that free port, where they are to be called. Raises NotSo if one
        cannot be."""
        run = await self.start(
            Job(
                scenario="agent_register",
                server=server,
                values={"contact_port": port, "expires": expires},
                # SIPp fills fields in before it reads keywords, but no fields inside of keywords.
                rows=[
                    [number, f"[authentication username={number} password={password}]"]
                    for number, password in users
                ],
                calls=len(users),
                rate=100.0,
                seconds=30,
                echo=False,
                port=port,
            )
        )
        counts = await run.finished(within=30.0)
        if counts.succeeded != len(users):
            raise NotSo(f"registered {counts.succeeded} of {len(users)}: {run.errors()}")

    async def close(self) -> None:
        """End all."""
        await asyncio.gather(*(sipp.stop() for sipp in self.running))


_MESSAGE = re.compile(
    r"^-{20,} (?P<time>\S+ \S+)\n(?:UDP|TCP|TLS) message (?P<way>sent|received).*?:\n\n",
    re.MULTILINE,
)
_PROVIDED_FOR = re.compile(
    r"The following events occurred:|Resolving remote host .*? Done\.|There were more errors.*|"
    r"\d{4}-\d\d-\d\d\t\S+\t\S+: Call-Id: \S+, receive timeout on message \S+ jumping to label \d+?"
    r"(?=\d{4}-\d\d-\d\d\t|\n|$)"
)
_CALL_ID = re.compile(r"^(?:Call-ID|i)\s*:\s*(\S+)", re.MULTILINE | re.IGNORECASE)
_FROM_USER = re.compile(r"^(?:From|f)\s*:.*?sips?:([^@>;]*)@", re.MULTILINE | re.IGNORECASE)


def parse_messages(log: str) -> list[Traced]:
    """The messages of a `-trace_msg` log written with TZ=UTC."""
    starts = list(_MESSAGE.finditer(log))
    ends = [*(start.start() for start in starts), len(log)][1:]
    return list(_messages(log, starts, ends))


def first_invites(messages: Iterable[Traced]) -> dict[str, float]:
    """When each caller id's first INVITE was sent or came: repetitions do not count.

    Callers' and agents' taken from each other give the time a call took through the ACD, as far as
    Asterisk hands the caller id on and each caller calls once.
    """
    times: dict[str, float] = {}
    for message in messages:
        if message.is_request("INVITE"):
            times.setdefault(message.from_user, message.at)
    return times


def _messages(log: str, starts: Sequence[re.Match[str]], ends: Sequence[int]) -> Iterator[Traced]:
    for start, end in zip(starts, ends, strict=True):
        text = log[start.end() : end].strip()
        call_id, from_user = _CALL_ID.search(text), _FROM_USER.search(text)
        time = datetime.fromisoformat(start["time"]).replace(tzinfo=UTC)
        yield Traced(
            at=time.timestamp(),
            sent=start["way"] == "sent",
            line=text.partition("\n")[0].strip(),
            call_id=call_id[1] if call_id else "",
            from_user=from_user[1] if from_user else "",
            text=text,
        )


def _prepare(job: Job, folder: Path) -> None:
    folder.mkdir(parents=True)
    text = (_SCENARIOS / f"{job.scenario}.xml").read_text()
    # Not string.Template: SIPp's own variables are written [$name].
    filled = re.sub(r"\$\{(\w+)\}", lambda found: str(job.values[found[1]]), text)
    if job.spread_ms:
        pause = f'<pause distribution="uniform" min="0" max="{job.spread_ms}"/>'
        filled = re.sub(r"(<scenario [^>]*>)", rf"\1\n  {pause}", filled, count=1)
    (folder / "scenario.xml").write_text(filled)
    if job.rows:
        lines = [";".join([*row, ""]) for row in job.rows]
        (folder / "rows.csv").write_text("\n".join(["SEQUENTIAL", *lines, ""]))


def _arguments(job: Job, port: int, media_port: int, control_port: int) -> list[str]:
    flags = ["-sf", "scenario.xml", "-i", HOST, "-mi", HOST, "-ci", HOST]
    flags += ["-p", str(port), "-mp", str(media_port), "-cp", str(control_port)]
    flags += ["-s", job.number, "-timeout", f"{job.seconds}s", "-nostdin", "-aa"]
    flags += ["-trace_msg", "-message_file", "messages.log"]
    flags += ["-trace_err", "-error_file", "errors.log"]
    flags += ["-trace_stat", "-stf", "stats.csv", "-fd", "1"]
    flags += ["-rtp_echo"] if job.echo else []
    flags += ["-inf", "rows.csv"] if job.rows else []
    if job.answers:
        return flags
    # SIPp's rate is an integer per period.
    flags += ["-r", str(round(job.rate * 10)), "-rp", "10s", "-l", str(job.at_once)]
    return flags if job.calls is None else [*flags, "-m", str(job.calls)]


def _lines(path: Path) -> list[str]:
    return path.read_text(errors="replace").splitlines() if path.exists() else []


def _is_bound(port: int) -> bool:
    local = f":{port:04X}"
    rows = Path("/proc/net/udp").read_text().splitlines()[1:]
    return any(row.split()[1].endswith(local) for row in rows)


def free_ports(count: int) -> list[int]:
    """Even ports that are free now for UDP and TCP (baresip is controlled by the one of that
    number), and the three after each as well: an echo uses two."""
    found: list[int] = []
    while len(found) < count:
        first = bound(HOST, 0)
        port = first.getsockname()[1]
        first.close()
        if port % 2 == 0 and all(abs(port - other) > 3 for other in found) and _all_free(port):
            found.append(port)
    return found


def _all_free(port: int) -> bool:
    try:
        for offset in range(4):
            bound(HOST, port + offset).close()
        with socket.socket() as tcp:
            tcp.bind((HOST, port))
    except OSError:
        return False
    return True
