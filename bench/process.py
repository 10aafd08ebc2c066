"""`acd run` as a process of its own: started, asked by HTTP, looked at through /proc, killed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from acd.cli import client

API = client.API.strip("/")
TICKS = os.sysconf("SC_CLK_TCK")
_POLL_S = 0.01


class NotInTime(Exception):
    """Something the bench waits for has not happened; the text says what."""


async def until(condition: Callable[[], object], within: float, what: str) -> None:
    """Wait until it holds. Raises NotInTime."""
    end = time.monotonic() + within
    while not condition():
        if time.monotonic() > end:
            raise NotInTime(f"not within {within} s: {what}")
        await asyncio.sleep(_POLL_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Processor seconds so far: the thread of the event loop, and all other threads."""

    loop: float
    others: float

    @property
    def all(self) -> float:
        return self.loop + self.others

    def __sub__(self, earlier: Usage) -> Usage:
        return Usage(loop=self.loop - earlier.loop, others=self.others - earlier.others)


class AcdProcess:
    """One `acd run` of a source tree. Make it with start()."""

    def __init__(self, process: asyncio.subprocess.Process, url: str, log: Path) -> None:
        self.url = url
        self.log = log
        self.started_at = time.monotonic()
        self._process = process
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5.0))

    @classmethod
    async def start(cls, tree: Path, configuration: Path, log: Path) -> AcdProcess:
        """Start it; it is not ready yet. The kernel kills it when we die."""
        port = _free_port()
        words = [sys.executable, "-c", "from acd.cli import main; main()", "run"]
        words += ["--config", str(configuration), "--http", f"127.0.0.1:{port}"]
        with log.open("ab") as printed:
            process = await asyncio.create_subprocess_exec(
                *("setpriv", "--pdeathsig", "KILL", *words),
                cwd=tree,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=printed,
                stderr=asyncio.subprocess.STDOUT,
            )
        return cls(process, f"http://127.0.0.1:{port}", log)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ready(self, within: float = 15.0) -> float:
        """Wait until it serves calls on every node; seconds since it was started. Raises
        NotInTime."""
        while (seconds := time.monotonic() - self.started_at) < within:
            if self._process.returncode is not None:
                raise NotInTime(f"acd has ended:\n{self.log.read_text()[-2000:]}")
            if await self._is_ready():
                return seconds
            await asyncio.sleep(_POLL_S)
        raise NotInTime(f"acd is not ready within {within} s:\n{self.log.read_text()[-2000:]}")

    async def _is_ready(self) -> bool:
        try:
            async with self._session.get(f"{self.url}/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    async def get(self, path: str) -> Any:
        async with self._session.get(f"{self.url}/{path}", headers=self._token()) as answer:
            return await answer.json()

    async def post(self, path: str, **body: Any) -> Any:
        """Raises aiohttp.ClientResponseError for what is refused."""
        url = f"{self.url}/{API}/{path}"
        async with self._session.post(url, json=body, headers=self._token()) as answer:
            answer.raise_for_status()
            return await answer.json()

    def _token(self) -> dict[str, str]:
        """Of who has started the process."""
        secret, _ = client.token(self.url)
        return {"Authorization": f"Bearer {secret}"}

    async def live(self) -> Any:
        """The live picture (acd/http/live.py)."""
        return await self.get(f"{API}/live")

    async def live_until(self, condition: Callable[[Any], object], within: float, what: str) -> Any:
        """Wait until it holds for the live picture, which is given. Raises NotInTime."""
        end = time.monotonic() + within
        while not condition(picture := await self.live()):
            if time.monotonic() > end:
                raise NotInTime(f"not within {within} s: {what}\n{json.dumps(picture)[:2000]}")
            await asyncio.sleep(0.05)
        return picture

    def usage(self) -> Usage:
        """Processor time so far."""
        seconds = {int(task.name): _seconds(task) for task in self._proc("task").iterdir()}
        loop = seconds.pop(self.pid)
        return Usage(loop=loop, others=sum(seconds.values()))

    def resident(self) -> int:
        """Bytes of memory that it has in RAM, shared libraries not counted."""
        lines = self._proc("smaps_rollup").read_text().splitlines()
        sizes = [line.split() for line in lines if line.startswith("Private_")]
        return sum(int(size[1]) for size in sizes) * 1024

    def errors(self) -> list[str]:
        """What it has logged at ERROR."""
        return [line for line in self.log.read_text().splitlines() if " ERROR " in line]

    async def stop(self) -> None:
        """End it in good order. Idempotent."""
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """kill -9."""
        await self._end(signal.SIGKILL)

    async def _end(self, how: signal.Signals) -> None:
        await self._session.close()
        if self._process.returncode is None:
            self._process.send_signal(how)
        try:
            await asyncio.wait_for(self._process.wait(), 15.0)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    def _proc(self, name: str) -> Path:
        return Path(f"/proc/{self.pid}/{name}")


def _seconds(task: Path) -> float:
    fields = (task / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port
