"""Where the bench takes place: one Asterisk, SIPp, and `acd run` of one source tree or several."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
import yaml

from bench.process import AcdProcess
from tests.integration.instances import Ari
from tests.integration.running import PROJECT, Site, configuration, open_site
from tests.parties.sipp import SippFactory

REPOSITORY = Path(__file__).resolve().parents[1]
START_S = 60.0
"""Enough on a machine that is busy with other things too."""

NICE = 0


def prefer(pid: int) -> None:
    """Give the process and what it starts the niceness of the bench. Linux shares the processor
    among sessions first: so its session is given it too."""
    if NICE:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            os.setpriority(os.PRIO_PROCESS, int(thread.name), NICE)
        Path(f"/proc/{pid}/autogroup").write_text(str(NICE))


class Place:
    """One Asterisk. ACDs come and go on it; phones stay registered there."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.site = site
        self.folder = folder
        self.sipp = SippFactory(folder / "sipp")
        self.server = site.server

    def configure(self, name: str, *queues: dict[str, Any], phones: int, **more: Any) -> Path:
        """A configuration file with its own database, of so many agents from 1001 on."""
        database = self.folder / f"{name}.db"
        written = configuration(self.site.facts, database, *queues, extensions=phones, **more)
        path = self.folder / f"{name}.yaml"
        path.write_text(yaml.safe_dump(written, allow_unicode=True))
        return path

    @asynccontextmanager
    async def acd(self, configuration: Path, tree: Path = REPOSITORY) -> AsyncIterator[AcdProcess]:
        """The ACD of that tree, serving; stopped at the end. Raises NotInTime."""
        log = configuration.with_suffix(".log")
        process = await AcdProcess.start(tree, configuration, log)
        try:
            await process.ready(START_S)
            yield process
        finally:
            await process.stop()

    async def hang_up_callers(self) -> None:
        """End every call that came in; what follows from it is the ACD's to do."""
        async with Ari.of(self.site.facts) as ari:
            for channel in await ari.get("channels"):
                if channel["name"].startswith("PJSIP/carrier-"):
                    with suppress(aiohttp.ClientResponseError):  # gone by itself
                        await ari.delete(f"channels/{channel['id']}")

    async def left(self) -> str:
        """What is left of calls in Asterisk; empty if there is nothing."""
        async with Ari.of(self.site.facts) as ari:
            return await self.site.is_bare(ari)

    async def becomes_bare(self, within: float = 5.0) -> str:
        """Wait until no call is left, but not longer; what still is."""
        for _ in range(int(within / 0.1)):
            if not await self.left():
                return ""
            await asyncio.sleep(0.1)
        return await self.left()


@asynccontextmanager
async def open_place(*options: str) -> AsyncIterator[Place]:
    """Start an Asterisk, with more options of `tools/asterisk start`; at the end everything is
    stopped."""
    with TemporaryDirectory(prefix="acd-bench-") as name:
        folder = Path(name)
        with open_site(folder / "site", "bench", *options) as site:
            prefer(site.facts["pid"])
            place = Place(site, folder)
            try:
                yield place
            finally:
                await place.sipp.close()


def agents_of(written: Path) -> dict[str, str]:
    """Agents and their extensions, as configured there."""
    raw: Mapping[str, Any] = yaml.safe_load(written.read_text())
    return {agent["username"]: agent["extension"] for agent in raw["agents"]}


async def log_in(acd: AcdProcess, agents: Sequence[str], within: float = 10.0) -> None:
    """Log them in, and wait until each can be offered a call. Raises NotInTime."""
    for agent in agents:
        await acd.post(f"agents/{agent}/login", project=PROJECT)
    wanted = set(agents)

    def ready(picture: Any) -> bool:
        able = {agent["agent"] for agent in picture["agents"] if agent["not_ready"] is None}
        return wanted <= able

    await acd.live_until(ready, within, "all agents are ready")
