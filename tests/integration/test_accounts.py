"""People who log in to `acd run` as a process of its own; no Asterisk is needed for that."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

ACD = Path(sys.executable).with_name("acd")
API = "/api/v1"


@dataclass(kw_only=True)
class Acd:
    """The program, its configuration and the folder of its tokens."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "ACD_TOKEN_FOLDER": str(self.folder / "tokens")}

    def configure(self) -> None:
        node = {
            # Nobody is there.
            "ari_url": "http://127.0.0.1:9/ari",
            "ari_user": "acd",
            "ari_password": "pw",
            "media_address": "127.0.0.1",
        }
        agent = {"username": "ayse", "name": "Ayse", "projects": ["support"], "extension": "1001"}
        written = {
            "database": f"sqlite:///{self.folder}/acd.db",
            "nodes": [node],
            "projects": [{"name": "support"}],
            "extensions": [{"number": "1001", "password": "pw"}],
            "agents": [agent],
        }
        (self.folder / "acd.yaml").write_text(json.dumps(written))

    @asynccontextmanager
    async def running(self, at: str = "127.0.0.1:0") -> AsyncIterator[Running]:
        config = str(self.folder / "acd.yaml")
        process = await asyncio.create_subprocess_exec(
            *("setpriv", "--pdeathsig", "KILL", ACD, "run", "--config", config, "--http", at),
            env=self.environment,
            stderr=PIPE,
        )
        running = Running(process=process)
        try:
            await running.says("HTTP is served")
            yield running
        finally:
            process.terminate()
            await process.communicate()

    async def types(self, *words: str, server: str = "", **environment: str) -> tuple[int, str]:
        """What a command prints, and its code."""
        process = await asyncio.create_subprocess_exec(
            *(ACD, *words),
            env={**self.environment, "ACD_SERVER": server, **environment},
            stdout=PIPE,
            stderr=PIPE,
        )
        out, err = await process.communicate()
        assert process.returncode is not None
        return process.returncode, (out + err).decode()

    async def user(self, *words: str) -> str:
        code, told = await self.types("user", *words, "--config", str(self.folder / "acd.yaml"))
        assert code == 0, told
        return told


@dataclass(kw_only=True)
class Running:
    process: asyncio.subprocess.Process
    said: str = ""

    async def says(self, words: str) -> str:
        """Wait for a line with these words; it. Raises AssertionError."""
        assert self.process.stderr
        async with asyncio.timeout(30):
            while words not in self.said:
                line = await self.process.stderr.readline()
                assert line, self.said
                self.said += line.decode()
        return next(line for line in self.said.splitlines() if words in line)

    @property
    def url(self) -> str:
        found = re.search(r"url=(\S+)", self.said)
        assert found
        return found[1].replace("0.0.0.0", "127.0.0.1")

    async def asked(
        self, method: str, path: str, body: Any = None, token: str = ""
    ) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.request(method, self.url + path, json=body) as answer,
        ):
            return answer.status, await answer.json(content_type=None)

    async def token(self, name: str, password: str) -> str:
        body = {"username": name, "password": password}
        status, answer = await self.asked("POST", f"{API}/login", body)
        assert status == 200, answer
        return str(answer["token"])


@pytest.fixture
def acd(tmp_path: Path) -> Acd:
    acd = Acd(folder=tmp_path)
    acd.configure()
    return acd


async def test_the_first_admin_is_told_once_logs_in_and_changes_the_password(acd: Acd) -> None:
    async with acd.running() as running:
        told = await running.says("the first account is made")
        initial = re.findall(r"password=(\S+)", told)[0]
        token = await running.token("admin", initial)
        assert (await running.asked("GET", f"{API}/live", token=token))[0] == 403
        body = {"old": initial, "new": "battery staple"}
        assert (await running.asked("POST", f"{API}/password", body, token))[0] == 204
        assert (await running.asked("GET", f"{API}/live", token=token))[0] == 200
    async with acd.running() as running:
        assert "first account" not in running.said
        # A log-in outlives the process.
        assert (await running.asked("GET", f"{API}/live", token=token))[0] == 200
        assert await running.token("admin", "battery staple")


async def test_who_is_removed_by_command_is_refused_by_the_process_that_runs(acd: Acd) -> None:
    async with acd.running() as running:
        password = json.loads(await acd.user("add", "ayse", "--role", "agent", "--json"))
        token = await running.token("ayse", password["password"])
        change = {"old": password["password"], "new": "battery staple"}
        assert (await running.asked("POST", f"{API}/password", change, token))[0] == 204
        async with (
            aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session,
            session.ws_connect(f"{running.url}{API}/stream") as stream,
        ):
            assert (await stream.receive(30)).type is aiohttp.WSMsgType.TEXT
            await acd.user("remove", "ayse")
            status, answer = await running.asked("GET", f"{API}/me", token=token)
            assert (status, answer["type"]) == (401, "/problems/not-logged-in")
            async with asyncio.timeout(30):
                while not stream.closed:
                    await stream.receive()


async def test_the_command_line_here_needs_no_password_and_elsewhere_a_token(acd: Acd) -> None:
    async with acd.running("0.0.0.0:0") as running:
        server = running.url
        (file,) = (acd.folder / "tokens").iterdir()
        assert file.stat().st_mode & 0o777 == 0o600
        command = ("agent", "login", "ayse", "support")
        code, told = await acd.types(*command, server=server)
        logged_in = "ayse is logged in to support, but no phone is registered as 1001\n"
        assert (code, told) == (0, logged_in)

        elsewhere = {"ACD_TOKEN_FOLDER": str(acd.folder / "nothing"), "HOME": str(acd.folder)}
        code, told = await acd.types(*command, server=server, **elsewhere)
        assert code == 1
        assert "no token was shown" in told
        assert "set ACD_TOKEN" in told

        await acd.user("add", "report", "--role", "supervisor", "--no-password")
        made = (await acd.user("token", "report")).strip()
        code, told = await acd.types(*command, server=server, ACD_TOKEN=made, **elsewhere)
        assert (code, told) == (0, logged_in)
        assert made not in running.said
    assert list((acd.folder / "tokens").iterdir()) == []
