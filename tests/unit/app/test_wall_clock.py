"""The core is told when the clock on the wall was set."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from acd import engine
from acd.app.wall_clock import follow
from acd.engine import Clock
from acd.facts import ClockStepped


class Wall:
    """A clock on the wall, and what the core has been told of it."""

    def __init__(self) -> None:
        self.by = timedelta()
        self.told: list[timedelta] = []
        self.looks = 0

    def ahead(self) -> timedelta:
        self.looks += 1
        return self.by

    def believed(self) -> timedelta:
        return self.told[-1] if self.told else timedelta()

    def tell(self, fact: ClockStepped) -> None:
        self.told.append(fact.ahead)

    async def look_twice(self) -> None:
        until = self.looks + 2
        following = asyncio.create_task(follow(self, self.believed, self.tell, 0))
        while self.looks < until:
            await asyncio.sleep(0)
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following


async def test_a_step_is_told_once_and_so_is_the_way_back() -> None:
    wall = Wall()
    for seconds in (0, 3600, 0, -2):
        wall.by = timedelta(seconds=seconds)
        await wall.look_twice()
    assert wall.told == [timedelta(seconds=s) for s in (3600, 0, -2)]


async def test_clocks_that_are_a_little_apart_are_no_step() -> None:
    wall = Wall()
    wall.by = timedelta(seconds=1)
    await wall.look_twice()
    assert wall.told == []


async def test_what_an_earlier_process_believed_is_put_right() -> None:
    wall = Wall()
    wall.told = [timedelta(hours=2)]
    await wall.look_twice()
    assert wall.told[1:] == [timedelta()]


def test_our_clock_does_not_jump_when_the_walls_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    before = clock.now()
    assert abs(clock.ahead()) < timedelta(seconds=1)

    def later(zone: Any) -> datetime:
        return datetime.now(zone) + timedelta(hours=1)

    monkeypatch.setattr(engine, "datetime", SimpleNamespace(now=later))
    assert timedelta(minutes=59) < clock.ahead() < timedelta(minutes=61)
    assert clock.now() - before < timedelta(minutes=1)
