"""`make run` and `make demo` as a newcomer types them: what they print is done as it stands."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import sqlite3
import sys
import time
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.instances import REPOSITORY
from tests.parties.baresip import BaresipFactory
from tests.parties.fixtures import PartyFactory
from tests.parties.sipp import free_ports
from tests.parties.tones import CALLERS, SOFTPHONE
from tests.parties.wire import Address

pytestmark = pytest.mark.asterisk


@dataclass(kw_only=True)
class Make:
    """`make` and all it has started, with ports and a folder of their own."""

    process: asyncio.subprocess.Process
    run: Path
    server: Address
    printed: str = ""

    async def prints(self, words: str, within: float = 60.0) -> str:
        """Wait until it has printed these words. Raises AssertionError."""
        assert self.process.stdout is not None
        async with asyncio.timeout(within):
            while words not in self.printed:
                line = await self.process.stdout.readline()
                assert line, self.printed
                self.printed += line.decode()
        return self.printed

    def password(self, number: str) -> str:
        """The phone's, as it is told to people."""
        found = re.search(rf"user {number} +password (\S+)", self.printed)
        assert found, self.printed
        return found[1]

    def told(self, what: str) -> str:
        """What is told to be typed for that."""
        found = re.search(rf"^{what}: +(.+)$", self.printed, re.MULTILINE)
        assert found, self.printed
        return found[1]

    async def sees(self, pattern: str, within: float = 15.0) -> None:
        """Look until there is such a line. Raises AssertionError."""
        end = time.monotonic() + within
        while True:
            seen = await typed(self.told("Look") + " --once || true")
            if re.search(pattern, seen, re.MULTILINE):
                return
            assert time.monotonic() < end, seen

    def acd(self) -> int:
        """The process of its ACD."""
        with sqlite3.connect(self.run / "acd.db") as database:
            query = "SELECT pid FROM runs ORDER BY run DESC LIMIT 1"
            pid: int = database.execute(query).fetchone()[0]
        database.close()
        return pid

    def asterisk(self) -> int:
        """The process of its Asterisk."""
        record = json.loads((self.run / "asterisk/acd/instance.json").read_text())
        pid: int = record["process"]["pid"]
        return pid

    async def ctrl_c(self) -> int:
        """What a terminal does: a signal to all in the foreground. The exit code of make."""
        os.killpg(self.process.pid, signal.SIGINT)
        await self.ended()
        assert self.process.returncode is not None
        return self.process.returncode

    async def ended(self, within: float = 30.0) -> str:
        """Wait for its end; all it has printed."""
        assert self.process.stdout is not None
        async with asyncio.timeout(within):
            self.printed += (await self.process.stdout.read()).decode()
            await self.process.wait()
        return self.printed

    def processes(self) -> list[str]:
        """What runs in its folder, or was started to."""
        return [
            f"{pid.name}: {_read(pid / 'cmdline')!r}"
            for pid in Path("/proc").iterdir()
            if pid.name.isdecimal()
            and str(self.run) in _read(pid / "environ") + _read(pid / "cmdline")
        ]


@asynccontextmanager
async def make(target: str, folder: Path, **variables: str) -> AsyncIterator[Make]:
    """Start it, as the leader of a group of its own; at the end the group is ended."""
    run = folder / "run"
    port = free_ports(1)[0]
    process = await asyncio.create_subprocess_exec(
        *("make", target, "PYTHON=" + sys.executable),
        cwd=REPOSITORY,
        env={
            **os.environ,
            # It may itself be run by make, and would then say so in its last line.
            "MAKEFLAGS": "--no-print-directory",
            "ACD_RUN": str(run),
            "SIP_PORT": str(port),
            "ACD_HTTP": f"127.0.0.1:{free_port()}",
            **variables,
        },
        stdin=asyncio.subprocess.DEVNULL,
        stdout=PIPE,
        stderr=STDOUT,
        start_new_session=True,
    )
    started = Make(process=process, run=run, server=("127.0.0.1", port))
    try:
        yield started
    finally:
        if process.returncode is None:
            await started.ctrl_c()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


async def typed(words: str) -> str:
    """Type it in a shell; what it prints."""
    process = await asyncio.create_subprocess_shell(
        words, cwd=REPOSITORY, stdout=PIPE, stderr=STDOUT
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0, printed.decode()
    return printed.decode()


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode(errors="replace")
    except OSError:
        return ""


async def test_two_softphones_talk_after_make_run(
    tmp_path: Path, baresip: BaresipFactory, party_factory: PartyFactory
) -> None:
    async with make("run", tmp_path) as made:
        await made.prints("Stop:")
        agent = await baresip(number="1001", password=made.password("1001"), server=made.server)
        caller = party_factory(
            tone=CALLERS[0], server=made.server, number="1004", password=made.password("1004")
        )
        assert await caller.register() == 200
        told = await typed(made.told("Log an agent in"))
        assert told == "ayse is logged in to support: ready\n"

        call = await caller.dial(made.told("Call").split()[0])
        await agent.happened("CALL_INCOMING")
        await agent.answer()
        await caller.hears(SOFTPHONE, within=3)
        await agent.hears(CALLERS[0], within=3)
        await made.sees(r"^ayse +1001 +support +talking .* 1004 +sales$")

        killed_at = time.monotonic()
        os.kill(made.acd(), signal.SIGKILL)
        await made.prints("here is the next one")
        await made.sees(r"^ayse +1001 +support +talking .* 1004 +sales$")
        assert not caller.ears.silence_gaps(SOFTPHONE, since=killed_at, longest=0.2)
        await agent.hang_up()
        await call.ended(within=3)

        asterisk = made.asterisk()
        replayed = await typed(f"{made.told('All else')}; .venv/bin/acd replay")
        assert "of 2 runs: all decided the same" in replayed
        assert any("worker" in process for process in made.processes())
        await made.ctrl_c()
        assert made.printed.rstrip().splitlines()[-1].endswith("stopped")
    assert made.processes() == []
    assert _read(Path(f"/proc/{asterisk}/cmdline")) == ""
    assert str(made.run) not in _read(Path("/proc/mounts"))


async def test_the_demo_shows_calls_being_served_and_leaves_nothing(tmp_path: Path) -> None:
    async with make("demo", tmp_path, DEMO_SECONDS="14") as made:
        printed = await made.ended(within=90)
    assert made.process.returncode == 0, printed
    assert re.search(r"^ayse +1001 +support +talking ", printed, re.MULTILINE), printed
    assert re.search(r"^sales +1 +\S+ +\+49", printed, re.MULTILINE), printed
    assert made.processes() == []
    log = (made.run / "demo/acd.log").read_text()
    assert [line for line in log.splitlines() if " ERROR " in line or "WARNING" in line] == []
