"""The agent's 200 OK -> the first voice each way, by tone in windows of 20 ms."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bench.figures import Figure, median, quantile
from bench.process import AcdProcess, NotInTime
from bench.site import Place, log_in
from tests.integration.running import AGENT_NAMES, extension, queue, tone_of
from tests.parties.behaviour import Answer
from tests.parties.call import Call
from tests.parties.ledger import NotSo
from tests.parties.party import Party
from tests.parties.tones import CALLERS

PART = "voice"
RATE = 1.0
ANSWER_S = 0.2
TALK_S = 0.5
GOAL_MS = 150
REST_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Milliseconds from the agent's 200 OK."""

    by_caller: float
    by_agent: float


async def measure(place: Place, count: int) -> list[Figure]:
    """So many calls at one a second, between five callers and five agents with ears."""
    written = place.configure("voice", queue("sales", "700", *AGENT_NAMES, acw_s=0), phones=5)
    async with place.acd(written) as acd, _phones(place, acd) as phones:
        await log_in(acd, AGENT_NAMES)
        talks = []
        for n in range(count):
            talks.append(asyncio.create_task(_talk(place, phones, n)))
            await asyncio.sleep(1 / RATE)
        told = await asyncio.gather(*talks, return_exceptions=True)
    heard = [each for each in told if isinstance(each, Heard)]
    strange = [each for each in told if isinstance(each, BaseException)]
    for each in strange:
        if not isinstance(each, NotSo | NotInTime):
            raise each
    return _figures(heard, len(strange))


def _figures(heard: list[Heard], failed: int) -> list[Figure]:
    callers, agents = [h.by_caller for h in heard], [h.by_agent for h in heard]

    def figure(name: str, value: float, unit: str = "ms", **more: Any) -> Figure:
        return Figure(part=PART, name=name, value=value, unit=unit, **more)

    note = f"{len(heard)} calls at {RATE:g}/s"
    return [
        figure("200 OK to the agent's voice, p50", median(callers), note=note),
        figure("200 OK to the agent's voice, p99", quantile(callers, 0.99), goal=GOAL_MS),
        figure("200 OK to the agent's voice, longest", max(callers)),
        figure("200 OK to the caller's voice, p50", median(agents)),
        figure("200 OK to the caller's voice, p99", quantile(agents, 0.99), goal=GOAL_MS),
        figure("200 OK to the caller's voice, longest", max(agents)),
        figure("calls without voice both ways", failed, "", goal=0),
    ]


@asynccontextmanager
async def _phones(place: Place, acd: AcdProcess) -> AsyncIterator[dict[str, Party]]:
    """A registered phone for each agent, by the agent's name."""
    phones = {
        name: Party(
            tone=tone_of(name),
            server=place.server,
            number=extension(name),
            password=f"pw{extension(name)}",
            name=name,
            behaviour=Answer(after=ANSWER_S),
        )
        for name in AGENT_NAMES
    }
    try:
        for phone in phones.values():
            assert await phone.register() == 200
        yield phones
    finally:
        await asyncio.gather(*(phone.unregister() for phone in phones.values()))
        await asyncio.gather(*(phone.close() for phone in phones.values()))


async def _talk(place: Place, phones: dict[str, Party], n: int) -> Heard:
    """One call. Raises NotSo if the two do not hear each other."""
    number, tone = f"+4930{2_000_000 + n}", CALLERS[n % len(CALLERS)]
    async with Party(tone=tone, server=place.server, number=number) as caller:
        ours = await caller.dial("700")
        phone, theirs = await _rung(phones, number)
        await theirs.answered()
        answered_at = theirs.answered_at
        assert answered_at is not None
        await ours.hears(phone.tone, within=3.0, since=answered_at)
        await theirs.hears(tone, within=3.0, since=answered_at)
        await asyncio.sleep(TALK_S)
        first = ours.ears.first_heard(phone.tone, answered_at)
        other = theirs.ears.first_heard(tone, answered_at)
        await ours.hang_up()
        await theirs.ended()
    assert first is not None
    assert other is not None
    return Heard(by_caller=1000 * (first - answered_at), by_agent=1000 * (other - answered_at))


async def _rung(phones: dict[str, Party], number: str) -> tuple[Party, Call]:
    """Whose phone that caller's call has reached. Raises NotInTime."""
    for _ in range(500):
        for phone in phones.values():
            if phone.calls and phone.current.caller_id[1] == number:
                return phone, phone.current
        await asyncio.sleep(0.01)
    raise NotInTime(f"{number} was not offered to anybody")
