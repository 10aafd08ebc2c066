"""The ACD as a process of its own, to be killed, frozen and cut off."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from acd.cli import client
from tests.integration.running import PROJECT, House, until
from tests.parties.behaviour import Behaviour
from tests.parties.party import Party

ACD = Path(sys.executable).parent / "acd"
Picture = dict[str, Any]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@dataclass(slots=True, kw_only=True)
class Life:
    """One life of `acd run`: from its start to its end, whichever way."""

    process: asyncio.subprocess.Process
    log: Path
    url: str
    started_at: float

    @classmethod
    async def begin(cls, config: Path, log: Path, *options: str) -> Life:
        """Start it; nothing is awaited."""
        port = free_port()
        words = [ACD, "run", f"--config={config}", f"--http=127.0.0.1:{port}", "--log=json"]
        started_at = time.monotonic()
        with log.open("wb") as printed:
            process = await asyncio.create_subprocess_exec(
                # The kernel ends it if the tests are killed.
                *("setpriv", "--pdeathsig", "KILL", *words, *options),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=printed,
                stderr=asyncio.subprocess.STDOUT,
                env={**os.environ, "NO_PROXY": "*"},
            )
        url = f"http://127.0.0.1:{port}"
        return cls(process=process, log=log, url=url, started_at=started_at)

    async def lives(self, path: str = "/readyz", within: float = 30.0) -> float:
        """Wait until it serves calls, or with another path HTTP; how many seconds of a processor it
        has taken by then (on a machine with a core to spare that is the time). Raises
        AssertionError."""
        async with aiohttp.ClientSession() as session:
            end = self.started_at + within
            while not await self._says_yes(session, path):
                assert self.process.returncode is None, self.text()
                assert time.monotonic() < end, f"not ready within {within} s\n{self.text()}"
                await asyncio.sleep(0.02)
        return self.processor_s()

    def processor_s(self) -> float:
        """Seconds of a processor that it has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    async def _says_yes(self, session: aiohttp.ClientSession, path: str) -> bool:
        with suppress(aiohttp.ClientError):
            async with session.get(self.url + path) as answer:
                return answer.status == 200
        return False

    async def kill(self) -> None:
        """End it as a crash does."""
        self.process.kill()
        await self.process.wait()

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    async def ended(self, within: float = 10.0) -> int:
        """Its exit code. Raises TimeoutError."""
        async with asyncio.timeout(within):
            return await self.process.wait()

    async def stop(self) -> int:
        """End it in good order; its exit code."""
        if self.process.returncode is None:
            self.thaw()
            self.process.terminate()
        return await self.ended()

    def text(self) -> str:
        return self.log.read_text(errors="replace")

    def lines(self) -> list[dict[str, Any]]:
        """Its log."""
        return [json.loads(line) for line in self.text().splitlines() if line.startswith("{")]

    def errors(self) -> list[dict[str, Any]]:
        """What it has logged at ERROR, and lines that are no log at all, such as a traceback."""
        strange = [{"line": line} for line in self.text().splitlines() if not line.startswith("{")]
        return [line for line in self.lines() if line["level"] in ("ERROR", "CRITICAL")] + strange


@dataclass(slots=True, kw_only=True)
class Outside(House):
    """The program as a process with its phones around it, which live on when it dies."""

    folder: Path
    config: Mapping[str, Any]
    lives: list[Life] = field(default_factory=list)

    @property
    def life(self) -> Life:
        """The latest."""
        return self.lives[-1]

    async def begin(self, *options: str) -> Life:
        """Start a process; nothing is awaited."""
        config = self.folder / "acd.yaml"
        config.write_text(yaml.safe_dump(dict(self.config)))
        log = self.folder / f"log{len(self.lives)}"
        self.lives.append(await Life.begin(config, log, *options))
        return self.life

    async def start(self, *options: str) -> float:
        """Start a process and wait until it serves calls; how many seconds of a processor that
        took."""
        return await (await self.begin(*options)).lives()

    async def get(self, path: str) -> Any:
        async with self._session() as session, session.get(self._url(path)) as answer:
            return await answer.json()

    async def ask(self, path: str, **body: str) -> Any:
        """Put a request; the answer."""
        async with self._session() as session, session.post(self._url(path), json=body) as answer:
            return await answer.json()

    def _session(self) -> aiohttp.ClientSession:
        """Of who has started the process."""
        secret, _ = client.token(self.life.url)
        headers = {"Authorization": f"Bearer {secret}"}
        return aiohttp.ClientSession(headers=headers, raise_for_status=True)

    def _url(self, path: str) -> str:
        return self.life.url + client.API + path

    async def live(self) -> Picture:
        """The live picture."""
        picture: Picture = await self.get("/live")
        return picture

    async def becomes(
        self, condition: Callable[[Picture], object], within: float = 10.0, what: str = ""
    ) -> Picture:
        """Wait until it holds for the live picture; that picture. Raises AssertionError."""
        end = time.monotonic() + within
        while not condition(picture := await self.live()):
            told = json.dumps({k: picture[k] for k in ("queues", "agents")}, indent=1)
            assert time.monotonic() < end, f"not within {within} s: {what}\n{told}"
            await asyncio.sleep(0.02)
        return picture

    async def log_in(self, agent: str) -> None:
        assert (await self.ask(f"/agents/{agent}/login", project=PROJECT))["durable"]

    async def phone(self, agent: str, behaviour: Behaviour | None = None, **wishes: Any) -> Party:
        """The agent's phone, registered and known, and the agent logged in."""
        party = await self.registered(agent, behaviour, **wishes)
        await self.becomes(lambda picture: reaches(agent_in(picture, agent), party))
        await self.log_in(agent)
        return party

    async def all_written(self) -> None:
        """Wait until all that has happened is committed: a crash loses the last moments. Groups
        are in order, so a request that changes nothing (Deniz has no phone) will do."""
        await self.log_in("deniz")

    async def settled(self) -> None:
        """Wait until all calls are over; nothing is left anywhere. Raises AssertionError."""
        await self.becomes(lambda picture: picture["calls"] == 0, what="all calls are over")
        await self.becomes(
            lambda picture: all(agent["phase"] is None for agent in picture["agents"]),
            what="every agent is idle",
        )
        await self.site.becomes_bare()
        assert await self.life.stop() == 0
        assert [life.errors() for life in self.lives] == [[] for _ in self.lives]
        await until(lambda: None not in [o for (o,) in self.rows("interactions", "outcome")])
        for table in ("entries", "offers", "attempts"):
            assert (None,) not in self.rows(table, "outcome"), table

    async def close(self) -> None:
        """End every process, whatever state it is in."""
        for life in self.lives:
            if life.process.returncode is None:
                await life.kill()


def agent_in(picture: Picture, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(a for a in picture["agents"] if a["agent"] == name)
    return found


def waiting_in(picture: Picture, queue: str = "sales") -> list[str]:
    """The callers who wait, in their order."""
    return [entry["caller"] for entry in picture["entries"] if entry["queue"] == queue]


def phases_in(picture: Picture) -> dict[str, tuple[str | None, str | None]]:
    """What each agent is doing, and with whom."""
    return {a["agent"]: (a["phase"], a["caller"]) for a in picture["agents"]}


def reaches(agent: Mapping[str, Any], party: Party) -> bool:
    contacts = [contact for device in agent["devices"] for contact in device["contacts"]]
    return any(party.uri in contact for contact in contacts)


def reachable(picture: Picture, name: str) -> bool:
    """Whether the agent has a device that may be rung."""
    return any(device["reachable"] for device in agent_in(picture, name)["devices"])
