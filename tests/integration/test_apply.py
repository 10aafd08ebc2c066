"""`acd plan` and `acd apply` as they are typed, with a process that serves and without one, and
killed at any moment."""

import asyncio
import json
import os
import re
import signal
import sqlite3
import sys
import time
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from acd.config.entities import Entity, digest
from tests.integration.running import until
from tests.unit.app.versions import MORE, TEXT

ACD = Path(sys.executable).with_name("acd")
KILLED_AFTER_S = (0.0, 0.02)
"""Moments of an apply, which takes a few hundredths of a second here."""


@dataclass(kw_only=True)
class Site:
    """The files, and the process; no Asterisk is there, which it goes on looking for."""

    folder: Path
    port: int = 0
    process: asyncio.subprocess.Process | None = None
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def words(self) -> list[str]:
        return [f"--config={self.folder}/acd.yaml"]

    def write(self, more: str = "", **replaced: str) -> None:
        text = TEXT.replace("DATABASE", str(self.folder / "acd.db")).replace("8088", "9") + more
        for old, new in replaced.items():
            text = text.replace(old, new)
        (self.folder / "acd.yaml").write_text(text)

    async def start(self, *options: str) -> None:
        """Start `acd run`; back when it serves HTTP."""
        log = self.folder / "log"
        log.write_text("")
        with log.open("w") as printed:
            self.process = await asyncio.create_subprocess_exec(
                *(ACD, "run", *self.words, "--http=127.0.0.1:0", *options),
                env=self.environment,
                stderr=printed,
            )
        await until(lambda: "HTTP is served" in log.read_text(), within=20)
        found = re.search(r"url=http://127.0.0.1:(\d+)", log.read_text())
        assert found
        self.port = int(found[1])

    async def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process and self.process.returncode is None:
            self.process.send_signal(how)
            await self.process.wait()

    async def acd(self, *words: str) -> tuple[int, str]:
        """What a command ends with, and all it prints."""
        command = await self.begun(*words)
        printed, _ = await asyncio.wait_for(command.communicate(), 30)
        assert command.returncode is not None
        return command.returncode, printed.decode()

    async def begun(self, *words: str) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        environment = {**self.environment, "ACD_SERVER": self.url}
        return await asyncio.create_subprocess_exec(
            *(ACD, words[0], *self.words, *words[1:]),
            env=environment,
            stdout=pipe,
            stderr=asyncio.subprocess.STDOUT,
        )

    async def planned(self) -> Any:
        code, told = await self.acd("plan", "--json")
        assert code == 0, told
        return json.loads(told)

    def stored(self) -> tuple[int, set[str]]:
        """The version in the database and its queues, which fit together."""
        with closing(sqlite3.connect(self.folder / "acd.db")) as database:
            # Both are read of one state, for the process may just be writing the next version.
            database.execute("begin")
            version, wanted = database.execute(
                "select version, digest from configurations order by version desc limit 1"
            ).fetchone()
            rows = database.execute("select section, name, owner, body from entities").fetchall()
        pieces = [Entity(section=s, name=n, owner=o, body=b) for s, n, o, b in rows]
        assert digest(pieces) == wanted, "half a version is stored"
        return version, {piece.name for piece in pieces if piece.section == "queues"}

    async def served(self) -> int:
        """The version that the process has in force."""
        token = (self.folder / f"{self.port}.token").read_text()
        headers = {"Authorization": f"Bearer {token}"}
        path = f"{self.url}/api/v1/configuration"
        async with ClientSession() as session, session.get(path, headers=headers) as answer:
            return int((await answer.json())["version"])


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    environment = {
        **os.environ,
        "ARI": "a",
        "PHONE": "long-enough-for-one",
        "ACD_TOKEN_FOLDER": str(tmp_path),
    }
    made = Site(folder=tmp_path, environment=environment)
    made.write()
    yield made
    await made.end(signal.SIGKILL)


async def test_what_was_planned_is_applied_and_nothing_else(site: Site) -> None:
    await site.start()
    site.write(MORE, **{"name: Ayşe": "name: Ayşe Kaya"})
    code, told = await site.acd("plan")
    assert code == 0
    assert told.splitlines()[:4] == [
        "version 1 is in force",
        "~ agents ayse",
        "    name: Ayşe -> Ayşe Kaya",
        "+ queues help",
    ]
    name = (await site.planned())["plan"]
    assert f"acd apply --plan {name}" in told
    assert await site.acd("apply", "--plan", name, "--note", "why") == (
        0,
        "Version 2 is in force.\n",
    )
    assert await site.served() == 2
    code, told = await site.acd("apply", "--plan", name)
    assert (code, told.startswith(f"acd: plan {name} is stale")) == (1, True)
    code, told = await site.acd("apply", "--list", "--json")
    versions = [(one["version"], one["note"]) for one in json.loads(told)]
    assert versions == [(2, "why"), (1, "at the start")]


async def test_one_goes_back_and_it_outlives_a_restart(site: Site) -> None:
    await site.start()
    site.write(MORE)
    await site.acd("apply")
    assert await site.acd("apply", "--version", "1") == (0, "Version 3 is in force.\n")
    _, told = await site.acd("apply", "--list")
    assert told.splitlines()[0].endswith("  back to 1")
    await site.end()
    await site.start()
    assert await site.served() == 3
    assert site.stored() == (3, {"sales"})
    assert "`acd plan` shows the difference" in (site.folder / "log").read_text()


async def test_without_a_process_it_is_stored_and_beside_a_silent_one_refused(site: Site) -> None:
    await site.start()
    site.write(MORE)
    port, site.port = site.port, 9
    code, told = await site.acd("apply")
    assert code == 1
    assert told.startswith("acd: a process works on this database, but no acd answers at")
    site.port = port
    await site.end()
    code, told = await site.acd("apply")
    assert (code, told) == (0, "Version 2 is stored: it is in force from the next start on.\n")
    await site.start()
    assert await site.served() == 2


async def test_a_version_that_is_wrong_for_the_process_is_refused(site: Site) -> None:
    await site.start()
    site.write(MORE, PHONE="NEW")
    site.environment = {**site.environment, "NEW": "only here"}
    code, told = await site.acd("apply")
    assert code == 1
    assert "the environment variable NEW is not set" in told
    assert site.stored() == (1, {"sales"})


@pytest.mark.parametrize("who", ["command", "process"])
async def test_whoever_is_killed_the_old_version_is_in_force_or_the_new_one(
    site: Site, who: str
) -> None:
    await site.start()
    tried = {"sales"}
    for number, after_s in enumerate(KILLED_AFTER_S):
        name = f"help{number}"
        tried.add(name)
        site.write(MORE.replace("help", name))
        command = await site.begun("apply")
        await _reaches(site, command)
        await asyncio.sleep(after_s)
        if who == "command":
            command.kill()
            await command.wait()
        else:
            await site.end(signal.SIGKILL)
            await command.communicate()
            await site.start()
        _, queues = site.stored()
        assert "sales" in queues, "of one version only"
        assert len(queues) <= 2
        assert queues <= tried
        await _agrees(site)


async def _reaches(site: Site, command: asyncio.subprocess.Process) -> None:
    """Wait until the command has connected to the process, or has ended."""
    port = f":{site.port:04X} "

    def connected() -> bool:
        lines = Path("/proc/net/tcp").read_text().splitlines()
        return any(line.split()[2].endswith(port.strip()) for line in lines[1:])

    end = time.monotonic() + 20
    while not connected() and command.returncode is None:
        assert time.monotonic() < end
        await asyncio.sleep(0.001)


async def _agrees(site: Site) -> None:
    """Wait until the process has in force what is stored: a command that is killed may have
    asked for it already."""
    end = time.monotonic() + 10
    while await site.served() != site.stored()[0]:
        assert time.monotonic() < end
        await asyncio.sleep(0.01)
