"""A gate through which commands go, and which can be shut."""

import asyncio

import pytest

from acd.app.gate import Gate, Shut


async def test_nothing_goes_through_while_the_gate_is_shut_and_all_does_again_after() -> None:
    gate = Gate()
    async with gate.shut():
        with pytest.raises(Shut), gate.through():
            raise AssertionError("it went through")
    with gate.through():
        pass


async def test_the_gate_is_shut_when_the_last_has_come_out() -> None:
    gate, let_go, seen = Gate(), [asyncio.Event(), asyncio.Event()], list[str]()

    async def pass_through(number: int) -> None:
        with gate.through():
            await let_go[number].wait()
            seen.append(f"{number} out")

    async def look() -> None:
        async with gate.shut():
            seen.append("shut")

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(pass_through(0))
        tasks.create_task(pass_through(1))
        await asyncio.sleep(0)
        looking = tasks.create_task(look())
        await asyncio.sleep(0)
        with pytest.raises(Shut), gate.through():
            raise AssertionError("it went through")
        let_go[1].set()
        await asyncio.sleep(0.001)
        assert not looking.done()
        let_go[0].set()
    assert seen == ["1 out", "0 out", "shut"]


async def test_a_look_that_fails_opens_the_gate_again() -> None:
    gate = Gate()
    with pytest.raises(OSError, match="away"):
        async with gate.shut():
            raise OSError("away")
    with gate.through():
        pass
