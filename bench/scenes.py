"""What is played on each side. Each scene is seen on the wire: from a request's arrival to that of
the INVITE that follows from it."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import mean

from bench.figures import quantile
from bench.following import Following, HangUp
from bench.process import NotInTime
from bench.stage import ALL, FEW, OVER_S, Run, Sample, Side, Stage, Used

SEEN_S = 60.0
RING_S = 0.5
"""Nobody picks up at once."""
TALK_S = (0.3, 0.7)
"""The least and the most."""


def idle_at(rate: float, seconds: float) -> Run:
    """Calls at that rate, with agents idle: a caller's INVITE -> the INVITE at an agent."""
    calls = round(rate * seconds)

    async def run(stage: Stage, side: Side) -> Sample:
        stage.phones.behave(talk_s=TALK_S)
        before = stage.used()
        async with stage.following() as following:
            callers = await stage.call(side.idle, calls=calls, rate=rate)
            await callers.finished(within=seconds + OVER_S)
        await stage.over(callers)
        used = stage.used() - before
        times = following.first_rings()
        return Sample(
            times=times,
            missed=calls - len(times),
            asterisk_ms=1000 * used.asterisk / calls,
            acd_ms=1000 * used.acd / calls,
        )

    return run


def line_of(waiting: int, samples: int) -> Run:
    """So many always wait for a few agents: an agent's BYE -> the next INVITE at that agent."""
    there = waiting + FEW

    async def run(stage: Stage, side: Side) -> Sample:
        stage.phones.behave(talk_s=TALK_S)
        async with stage.following() as following:
            # While the first come in some are served already, and some who come are not there yet.
            calls = 2 * there + samples
            callers = await stage.call(side.few, calls=calls, rate=50, at_once=there + FEW * 2)
            await _seen(lambda: following.present() >= there, "the line is full")
            full = time.time()
            # Each agent's last hang-up is not followed yet.
            enough = samples + FEW
            await _seen(lambda: len(following.by_agents(full)) >= enough, "they are served")
            sample = _sample(following, following.by_agents(full)[:samples])
            await stage.over(callers)
        return sample

    return run


def callers_leave(calls: int, rate: float, hold_ms: int) -> Run:
    """Agents never hang up, callers do, a few at a time: a caller's BYE -> the next INVITE at the
    agent who talked to that caller."""

    async def run(stage: Stage, side: Side) -> Sample:
        stage.phones.behave(talk_s=None)
        async with stage.following() as following:
            callers = await stage.call(side.few, calls=calls, rate=rate, hold_ms=hold_ms)
            await callers.finished(within=calls / rate + hold_ms / 1000 + OVER_S)
            await stage.over(callers)
        return _sample(following, following.by_callers())

    return run


def together(waiting: int, times: int) -> Run:
    """So many wait and all agents hang up in the same moment: an agent's BYE -> the next INVITE at
    that agent."""
    there = waiting + ALL

    async def run(stage: Stage, side: Side) -> Sample:
        stage.phones.behave(talk_s=None, ring_s=RING_S)
        ended: list[HangUp] = []
        used: list[Used] = []
        async with stage.following() as following:
            calls = there + times * ALL
            callers = await stage.call(side.all, calls=calls, rate=100, at_once=there)
            for _ in range(times):
                now, until_half = await _hang_up_together(stage, following, there)
                ended += now
                used.append(until_half)
            sample = _sample(following, ended)
            await stage.over(callers)
        return replace(
            sample,
            asterisk_ms=1000 * mean(each.asterisk for each in used),
            acd_ms=1000 * mean(each.acd for each in used),
        )

    return run


async def _hang_up_together(
    stage: Stage, following: Following, there: int
) -> tuple[list[HangUp], Used]:
    """Who hung up, and what was used until half of them were rung."""
    await _seen(lambda: following.present() >= there, "they wait")
    await _seen(lambda: stage.phones.talking == ALL, "all talk")
    # An agent who hangs up before hearing the caller has refused the call. By lot, or it would
    # be in step with app_queue's looks, and with the first announcement to the last comers.
    await asyncio.sleep(random.uniform(1.0, 4.0))
    async with stage.watched() as noted:
        began, before = noted[0]
        stage.phones.hang_up()
        await _seen(lambda: len(following.rung_again(began)) >= ALL, "all ring again")
    half = began + quantile(following.rung_again(began), 0.5) / 1000
    *_, used = (used for at, used in noted if at <= half)
    return following.by_agents(began), used - before


async def _seen(condition: Callable[[], object], what: str) -> None:
    """Wait, looking seldom: it is their processor too. Raises NotInTime."""
    end = time.monotonic() + SEEN_S
    while not condition():
        if time.monotonic() > end:
            raise NotInTime(f"not within {SEEN_S} s: {what}")
        await asyncio.sleep(0.1)


def _sample(following: Following, ended: Sequence[HangUp]) -> Sample:
    times = following.times(ended)
    return Sample(times=times, missed=len(ended) - len(times))
