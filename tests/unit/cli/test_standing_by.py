"""What systemd hears of a process that waits for its turn."""

import asyncio
import socket
from pathlib import Path

import pytest

from acd.app.turn import Start
from acd.cli import run


async def test_one_that_waits_is_up_and_gives_signs_of_life(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = "{ari_url: 'http://127.0.0.1:1/ari', ari_user: a, ari_password: b, media_address: c}"
    text = f"database: sqlite:///{tmp_path}/acd.db\nnodes: [{node}]\n"
    (tmp_path / "acd.yaml").write_text(text)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", systemd.getsockname())
        heard = []

        async def turn(url: str, start: Start, stop: asyncio.Event) -> int:
            assert (url, start) == (f"sqlite:///{tmp_path}/acd.db", Start.STANDBY)
            for _ in range(2):
                heard.append(await asyncio.get_running_loop().sock_recv(systemd, 1000))
            return 7

        monkeypatch.setattr(run, "turn", turn)
        async with asyncio.timeout(5):
            replaces = await run._our_turn(tmp_path / "acd.yaml", asyncio.Event())
    assert replaces == 7
    assert heard == [b"READY=1", b"WATCHDOG=1\nSTATUS=standing by"]
