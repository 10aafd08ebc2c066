"""How late the loop is."""

import asyncio
import time
from contextlib import suppress

import pytest

from acd.app.lag import EVERY_S, LoopLag


def test_each_look_is_counted_once_under_the_least_bound_that_holds() -> None:
    lag = LoopLag()
    for late_ms in (0, 0.9, 1.1, 9.9, 10, 10.1, 60_000):
        lag.note(late_ms / 1000)
    counts = {bound: count for bound, count in lag.counts().items() if count}
    assert counts == {"1": 2, "2": 1, "10": 2, "12": 1, "inf": 1}
    assert lag.total_s == pytest.approx(60.032)


async def test_a_loop_that_is_held_up_is_seen_to_be_late() -> None:
    lag = LoopLag()
    running = asyncio.create_task(lag.run())
    await asyncio.sleep(0)
    time.sleep(EVERY_S + 0.06)  # noqa: ASYNC251 - the loop is to be held up
    while not any(lag.counts().values()):
        await asyncio.sleep(0)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    late = sum(n for bound, n in lag.counts().items() if float(bound) > 50)
    assert late == sum(lag.counts().values()) == 1
