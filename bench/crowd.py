"""The crowd of the crash: callers who wait, phones that ring, people who talk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.invites import agent_names
from bench.process import AcdProcess, until
from bench.site import Place, agents_of, log_in
from tests.integration.running import AGENT_NAMES, queue
from tests.parties.behaviour import Answer
from tests.parties.call import Call
from tests.parties.ears import Ears
from tests.parties.party import Party
from tests.parties.sipp import FOREVER_MS, Sipp
from tests.parties.tones import AGENTS, CALLERS, WINDOW_S

COME_WITHIN_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How many wait, ring and talk; of the talkers so many have ears."""

    waiting: int = 50
    ringing: int = 10
    talking: int = 20
    ears: int = 4

    @property
    def calls(self) -> int:
        return self.waiting + self.ringing + self.talking


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two who talk and listen."""

    caller: Call
    agent: Call

    def longest_gap(self, since: float, until: float) -> float:
        """The longest stretch in seconds in which one of them did not hear the other."""
        gaps = [
            gap.length
            for ears, tone in self._heard()
            for gap in ears.silence_gaps(tone, since, until=until, longest=0.0)
        ]
        return max(gaps, default=0.0)

    def lost(self, since: float, until: float) -> int:
        """How many windows of 20 ms were not heard, both ways; one is left out each way, for the
        time does not begin and end with a window."""
        due = int((until - since) / WINDOW_S) - 1
        heard = [
            sum(window.has(tone) for window in ears.windows(since, until))
            for ears, tone in self._heard()
        ]
        return sum(max(0, due - count) for count in heard)

    def _heard(self) -> Sequence[tuple[Ears, float]]:
        """Who listens, and the tone of the other."""
        return [
            (self.caller.ears, self.agent.media.tone),
            (self.agent.ears, self.caller.media.tone),
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """All of them, in their places."""

    sizes: Sizes
    waiting: Sipp
    ringing: Sipp
    talking: Sipp
    pairs: Sequence[Pair]

    def dropped(self) -> int:
        """How many callers have been hung up on so far."""
        ended = {
            message.call_id
            for sipp in (self.waiting, self.ringing, self.talking)
            for message in sipp.messages()
            if message.is_request("BYE") and not message.sent
        }
        return len(ended) + sum(pair.caller.ended_at is not None for pair in self.pairs)


def configure(place: Place, name: str, sizes: Sizes) -> Path:
    """Three queues: help is answered, sales rings on and on, and at night nobody is there."""
    names = agent_names(sizes.talking + sizes.ringing)
    return place.configure(
        name,
        queue("help", "701", *names[: sizes.talking], acw_s=0),
        queue("sales", "702", *names[sizes.talking :], acw_s=0, agent_timeout_s=600),
        queue("night", "703"),
        phones=len(names),
    )


@asynccontextmanager
async def gathered(
    place: Place, acd: AcdProcess, configuration: Path, sizes: Sizes
) -> AsyncIterator[Crowd]:
    """Everybody in place; at the end the parties are gone, SIPp's calls not yet. Raises
    NotInTime."""
    extensions = agents_of(configuration)
    names = list(extensions)
    with_ears = AGENT_NAMES[: sizes.ears]
    without = [name for name in names[: sizes.talking] if name not in with_ears]
    await _phones(place, extensions, without, answer_ms=1)
    await _phones(place, extensions, names[sizes.talking :], answer_ms=FOREVER_MS)
    async with _parties(place, sizes, extensions) as (callers, phones):
        await log_in(acd, with_ears)
        pairs = [await _pair(caller, phones) for caller in callers]
        await log_in(acd, [*without, *names[sizes.talking :]])
        talking = await _callers(place, "701", len(without), first=0)
        ringing = await _callers(place, "702", sizes.ringing, first=1000)
        waiting = await _callers(place, "703", sizes.waiting, first=2000)
        await acd.live_until(in_place(sizes), COME_WITHIN_S, "everybody is in place")
        yield Crowd(sizes=sizes, waiting=waiting, ringing=ringing, talking=talking, pairs=pairs)


def in_place(sizes: Sizes) -> Any:
    """Whether a live picture shows so many talking, ringing and waiting."""

    def holds(picture: Any) -> bool:
        queues = {queue["queue"]: queue for queue in picture["queues"]}
        waiting = [entry for entry in picture["entries"] if entry["queue"] == "sales"]
        offers = [offer for entry in waiting for offer in entry["offers"]]
        return (
            queues["help"]["talking"] == sizes.talking
            and sum(bool(offer["ringing"]) for offer in offers) == sizes.ringing
            and queues["night"]["waiting"] == sizes.waiting
        )

    return holds


async def _phones(
    place: Place, extensions: dict[str, str], names: Sequence[str], *, answer_ms: int
) -> None:
    users = [(extensions[name], f"pw{extensions[name]}") for name in names]
    await place.sipp.agents(users, place.server, answer_ms=answer_ms, echo=False)


async def _callers(place: Place, number: str, count: int, *, first: int) -> Sipp:
    numbers = [f"+4930{3_000_000 + first + n}" for n in range(count)]
    return await place.sipp.callers(
        number, place.server, calls=count, rate=20.0, caller_ids=numbers, echo=False
    )


@asynccontextmanager
async def _parties(
    place: Place, sizes: Sizes, extensions: dict[str, str]
) -> AsyncIterator[tuple[list[Party], list[Party]]]:
    """Callers, and registered phones of agents, all with ears."""
    callers = [
        Party(tone=CALLERS[n], server=place.server, number=f"+49309{n}") for n in range(sizes.ears)
    ]
    phones = [
        Party(
            tone=AGENTS[n],
            server=place.server,
            number=extensions[name],
            password=f"pw{extensions[name]}",
            behaviour=Answer(after=0.1),
        )
        for n, name in enumerate(AGENT_NAMES[: sizes.ears])
    ]
    try:
        for phone in phones:
            assert await phone.register() == 200
        yield callers, phones
    finally:
        await asyncio.gather(*(party.close() for party in (*callers, *phones)))


async def _pair(caller: Party, phones: Sequence[Party]) -> Pair:
    """Have them talk. Raises NotSo."""
    before = [len(phone.calls) for phone in phones]
    call = await caller.dial("701")
    await call.answered()
    counted = list(zip(phones, before, strict=True))
    await until(lambda: any(len(p.calls) > n for p, n in counted), 5.0, "a phone rings")
    rung = next(phone for phone, n in counted if len(phone.calls) > n)
    await call.hears(rung.tone, within=5.0)
    await rung.hears(caller.tone, within=5.0)
    return Pair(caller=call, agent=rung.current)
