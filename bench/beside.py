"""app_queue beside the ACD: figures of both, and how ours compare.

Each figure is the median of the runs' quantiles, each ratio that of the turns' ratios.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bench.figures import Figure, median
from bench.scenes import callers_leave, idle_at, line_of, together
from bench.stage import ACD, APP_QUEUE, SIDES, Run, Sample, Side, in_turns, open_stage

REST_MS = 500
"""A device rests so long after we have ended its leg."""
Taken = dict[Side, list[Sample]]
Value = Callable[[Sample], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """Of one quantile: the most it may be in ms, and as a multiple of app_queue's."""

    share: float
    ms: float | None = None
    ratio: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the table."""

    part: str
    name: str
    run: Run
    goals: Sequence[Goal]
    used: Callable[[Row, Taken], Iterator[Figure]] | None = None
    """Tells what was taken of the processor too."""


async def calls(runs: int) -> list[Figure]:
    """Callers whom agents wait for."""
    part = "beside-calls"
    return await _figures(
        runs,
        Row(
            part=part,
            name="INVITE → agent's INVITE, 20 calls/s",
            run=idle_at(rate=20, seconds=6),
            goals=[Goal(share=0.5, ms=25, ratio=3), Goal(share=0.99, ms=100)],
            used=_by_call,
        ),
        Row(
            part=part,
            name="INVITE → agent's INVITE, 50 calls/s",
            run=idle_at(rate=50, seconds=3),
            goals=[Goal(share=0.5), Goal(share=0.99)],
        ),
    )


async def line(runs: int) -> list[Figure]:
    """Callers who wait for few agents."""
    part = "beside-line"
    return await _figures(
        runs,
        Row(
            part=part,
            name="agent hangs up → next ring, 100 waiting, 5 agents",
            run=line_of(waiting=100, samples=35),
            goals=[Goal(share=0.5, ratio=0.2), Goal(share=0.95, ratio=0.5), Goal(share=1)],
        ),
        Row(
            part=part,
            name="caller hangs up → agent's next ring",
            run=callers_leave(calls=30, rate=5, hold_ms=3000),
            goals=[Goal(share=0.5), Goal(share=0.95, ms=REST_MS + 50)],
        ),
    )


async def crowd(runs: int) -> list[Figure]:
    """Callers who wait for many agents, who come free in the same moment."""
    row = Row(
        part="beside-together",
        name="agents hang up together → next ring, 200 waiting, 50 agents",
        run=together(waiting=200, times=4),
        goals=[Goal(share=0.5, ratio=0.2), Goal(share=0.95, ratio=0.7)],
        used=_until_half,
    )
    return await _figures(runs, row)


async def _figures(runs: int, *rows: Row) -> list[Figure]:
    async with open_stage() as stage:
        taken = await in_turns(stage, [row.run for row in rows], runs)
    figures = [each for row, of in zip(rows, taken, strict=True) for each in _of(row, of)]
    errors = Figure(
        part=rows[0].part, name="errors logged", value=stage.errors, unit="", goal=0, note="ours"
    )
    return [*figures, errors]


def _of(row: Row, taken: Taken) -> Iterator[Figure]:
    for goal in row.goals:
        yield from _quantile(row, goal, taken)
    count, missed = (
        {side: sum(value(sample) for sample in samples) for side, samples in taken.items()}
        for value in (lambda sample: len(sample.times), lambda sample: sample.missed)
    )
    note = f"of {count[ACD]}; app_queue {missed[APP_QUEUE]} of {count[APP_QUEUE]}"
    yield Figure(part=row.part, name="… not followed by one", value=missed[ACD], unit="", note=note)
    if row.used:
        yield from row.used(row, taken)


def _quantile(row: Row, goal: Goal, taken: Taken) -> Iterator[Figure]:
    name = f"{row.name}, {_share(goal.share)}"

    def value(sample: Sample) -> float:
        return sample.quantile(goal.share)

    yield _figure(row, name, taken[ACD], value, goal=goal.ms)
    yield _figure(row, "… app_queue's", taken[APP_QUEUE], value)
    ratio = _ratio(taken[ACD], taken[APP_QUEUE], value, value)
    yield _times(row, "… ours / app_queue's", ratio, goal.ratio)


def _until_half(row: Row, taken: Taken) -> Iterator[Figure]:
    """Where the time goes until half of the agents are rung."""
    acd, app_queue = taken[ACD], taken[APP_QUEUE]
    yield _figure(row, "processor time until half are rung: the ACD", acd, _of_acd)
    yield _figure(row, "… Asterisk, for the ACD", acd, _of_asterisk)
    yield _figure(row, "… Asterisk, for app_queue", app_queue, _of_asterisk)
    cores = len(os.sched_getaffinity(0))
    for side in SIDES:
        share = [(s.acd_ms + s.asterisk_ms) / (cores * s.quantile(0.5)) for s in taken[side]]
        yield _times(row, f"… of all the time that {cores} cores had, {side.name}", share)


def _by_call(row: Row, taken: Taken) -> Iterator[Figure]:
    acd, app_queue = taken[ACD], taken[APP_QUEUE]
    yield _figure(row, "processor time a call: the ACD", acd, _of_acd)
    yield _figure(row, "… Asterisk, for the ACD", acd, _of_asterisk)
    yield _figure(row, "… Asterisk, for app_queue", app_queue, _of_asterisk)
    ratio = _ratio(acd, acd, _of_acd, _of_asterisk)
    yield _times(row, "… the ACD / Asterisk for the same call", ratio, 1.0)
    ratio = _ratio(acd, app_queue, _of_acd, _of_asterisk)
    yield _times(row, "… the ACD / Asterisk for app_queue", ratio)
    ratio = _ratio(acd, app_queue, lambda each: each.acd_ms + each.asterisk_ms, _of_asterisk)
    yield _times(row, "… both / Asterisk for app_queue", ratio)


def _of_acd(sample: Sample) -> float:
    return sample.acd_ms


def _of_asterisk(sample: Sample) -> float:
    return sample.asterisk_ms


def _ratio(ours: list[Sample], theirs: list[Sample], of: Value, by: Value) -> list[float]:
    return [of(mine) / by(other) for mine, other in zip(ours, theirs, strict=True)]


def _figure(
    row: Row, name: str, samples: list[Sample], value: Value, goal: float | None = None
) -> Figure:
    values = [value(sample) for sample in samples]
    note = _spread(values, 0)
    return Figure(part=row.part, name=name, value=median(values), unit="ms", goal=goal, note=note)


def _times(row: Row, name: str, ratios: list[float], goal: float | None = None) -> Figure:
    note = _spread(ratios, 2)
    return Figure(part=row.part, name=name, value=median(ratios), unit="×", goal=goal, note=note)


def _spread(values: list[float], digits: int) -> str:
    return f"{len(values)} runs: {min(values):.{digits}f} to {max(values):.{digits}f}"


def _share(share: float) -> str:
    return "longest" if share == 1 else f"p{100 * share:g}"
