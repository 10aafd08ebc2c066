"""What systemd hears of us."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from acd.app.systemd import Systemd


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(tmp_path / "notify"))
        notify.setblocking(False)
        yield notify


async def said(listening: socket.socket, many: int) -> list[str]:
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(5):
        return [(await loop.sock_recv(listening, 1000)).decode() for _ in range(many)]


async def hears(listening: socket.socket, many: int, **environment: str) -> list[str]:
    """The first datagrams of a unit with this environment."""
    unit = Systemd({"NOTIFY_SOCKET": listening.getsockname(), **environment})
    task = asyncio.create_task(unit.run(lambda: "2 calls"))
    try:
        return await said(listening, many)
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_it_is_told_that_we_serve_and_how_we_are(listening: socket.socket) -> None:
    assert await hears(listening, 2) == ["READY=1", "WATCHDOG=1\nSTATUS=2 calls"]


async def test_a_watchdog_hears_of_us_three_times_within_its_limit(
    listening: socket.socket,
) -> None:
    began = asyncio.get_running_loop().time()
    heard = await hears(listening, 4, WATCHDOG_USEC="60000", WATCHDOG_PID=str(os.getpid()))
    assert [each[:10] for each in heard[1:]] == ["WATCHDOG=1"] * 3
    assert 0.03 < asyncio.get_running_loop().time() - began < 5


async def test_a_hung_loop_gives_no_sign_of_life(listening: socket.socket) -> None:
    unit = Systemd({"NOTIFY_SOCKET": listening.getsockname(), "WATCHDOG_USEC": "3000"})
    task = asyncio.create_task(unit.run(lambda: "fine"))
    await said(listening, 2)
    while True:  # what is underway still arrives
        try:
            listening.recv(1000)
        except BlockingIOError:
            break
    with pytest.raises(BlockingIOError):
        listening.recv(1000)
    task.cancel()


async def test_the_watchdog_of_another_process_is_not_ours(listening: socket.socket) -> None:
    unit = Systemd(
        {"NOTIFY_SOCKET": listening.getsockname(), "WATCHDOG_USEC": "3000", "WATCHDOG_PID": "1"}
    )
    assert unit._every_s > 1


async def test_without_systemd_and_with_a_deaf_one_nothing_fails(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await Systemd({}).run(lambda: "fine")
    Systemd({"NOTIFY_SOCKET": str(tmp_path / "nobody")}).tell("STOPPING=1")
    assert "systemd cannot be told" in caplog.text
