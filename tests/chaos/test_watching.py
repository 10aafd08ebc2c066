"""The event stream and the metrics of the process itself, while calls go through it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from acd.cli.client import Unwilling
from acd.cli.following import follow
from acd.cli.mirror import Mirror
from tests.chaos.conftest import Launch
from tests.chaos.process import ACD, Outside, agent_in
from tests.integration.running import until
from tests.parties.behaviour import Answer
from tests.parties.tones import AGENTS, CALLERS

pytestmark = pytest.mark.asterisk


@dataclass(kw_only=True)
class Watching:
    mirror: Mirror = field(default_factory=Mirror)
    kinds: list[str] = field(default_factory=list)
    phases: list[str | None] = field(default_factory=list)
    """What ayse was seen to do, one after the other."""
    task: asyncio.Task[None] | None = None

    def take(self, message: dict[str, Any]) -> None:
        self.mirror.apply(message)
        self.kinds.append(message["type"])
        phase = self.mirror.tables["agents"]["ayse"]["phase"]
        if phase not in self.phases[-1:]:
            self.phases.append(phase)

    def shows(self, picture: dict[str, Any]) -> bool:
        """What GET /live shows, exactly."""
        mine = (self.mirror.nodes, self.mirror.queues, self.mirror.agents, self.mirror.entries)
        return mine == tuple(picture[name] for name in ("nodes", "queues", "agents", "entries"))


@asynccontextmanager
async def watched(acd: Outside) -> AsyncIterator[Watching]:
    watching = Watching()
    mirror = watching.mirror
    watching.task = asyncio.create_task(
        follow(acd.life.url, lambda: (mirror.seq, mirror.stream), watching.take, lambda why: None)
    )
    await until(lambda: watching.kinds, what="a snapshot")
    yield watching
    watching.task.cancel()
    await asyncio.gather(watching.task, return_exceptions=True)


async def metrics(acd: Outside) -> dict[tuple[str, str], float]:
    """By name and the values of the labels."""
    async with acd._session() as session, session.get(f"{acd.life.url}/metrics") as answer:
        text = await answer.text()
    return {
        (sample.name, ",".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_a_call_is_followed_from_its_beginning_to_its_end(launch: Launch) -> None:
    acd = await launch()
    phone = await acd.phone("ayse", Answer(after=0.2))
    async with watched(acd) as watching:
        call = await acd.caller().dial("700")
        await call.hears(AGENTS[0])
        await phone.hears(CALLERS[0])
        await until(lambda: "talking" in watching.phases)
        assert agent_in({"agents": watching.mirror.agents}, "ayse")["caller"] == "+49300"
        assert (await metrics(acd))["acd_queue_agents_talking", "sales"] == 1
        await call.hang_up()
        await acd.becomes(lambda picture: agent_in(picture, "ayse")["not_ready"] is None)
        end = await acd.live()
        await until(lambda: watching.shows(end), what="the stream shows what is")
    assert watching.phases == [None, "reserved", "talking", None]
    assert watching.kinds.count("snapshot") == 1
    told = await metrics(acd)
    assert told["acd_calls_total", "answered"] == 1
    assert told["acd_offers_total", "answered"] == 1
    assert told["acd_attempts_total", "extension,answered"] == 1
    assert told["acd_queue_wait_seconds_count", "sales,answered"] == 1
    assert told["acd_node_up", "asterisk"] == 1
    assert told["acd_ari_command_seconds_count", "channels.answer"] == 1
    assert told["acd_ari_events_total", "asterisk,StasisStart"] >= 2
    assert told["acd_journal_lines_total", ""] > 5
    assert told["acd_journal_commit_seconds_count", ""] >= 1
    assert told["acd_loop_lag_seconds_count", ""] > 10
    assert told["acd_stream_messages_total", ""] >= 4


async def run(acd: Outside, *words: str) -> str:
    """A command on the process's database."""
    process = await asyncio.create_subprocess_exec(
        ACD, *words, f"--config={acd.folder / 'acd.yaml'}", stdout=asyncio.subprocess.PIPE
    )
    told, _ = await process.communicate()
    assert process.returncode == 0
    return told.decode()


async def test_a_user_who_is_removed_watches_no_more(
    launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    acd = await launch()
    await run(acd, "user", "add", "wall", "--role=supervisor", "--no-password")
    token = json.loads(await run(acd, "user", "token", "wall", "--json"))["token"]
    monkeypatch.setenv("ACD_TOKEN", token)
    async with watched(acd) as watching:
        await run(acd, "user", "remove", "wall")
        assert watching.task
        with pytest.raises(Unwilling, match="no longer, valid"):
            await asyncio.wait_for(asyncio.shield(watching.task), 8)
    monkeypatch.delenv("ACD_TOKEN")
