"""Asterisk instances for tests, by tools/asterisk, and as much of ARI as these tests need."""

import asyncio
import json
import os
import re
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import aiohttp

REPOSITORY = Path(__file__).resolve().parents[2]
Tool = Callable[..., subprocess.CompletedProcess[str]]
Facts = dict[str, Any]
JsonObject = dict[str, Any]


@contextmanager
def tool_in(run: Path, *before: str) -> Iterator[Tool]:
    """tools/asterisk with a run folder of its own; whatever it started is stopped.

    before: words of a command that runs it.
    """
    environment = {**os.environ, "ACD_RUN": str(run)}

    def tool(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*before, str(REPOSITORY / "tools/asterisk"), *words],
            env={**environment, **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    yield tool
    stopped = tool("stop", "--all")
    assert stopped.returncode == 0, stopped.stderr


def started(tool: Tool, name: str, *options: str) -> Facts:
    """Start an instance with an empty database; what is known of it."""
    done = tool("start", f"--name={name}", "--fresh", "--json", *options)
    assert done.returncode == 0, done.stderr
    facts: Facts = json.loads(done.stdout)
    return facts


def logged(tool: Tool, name: str, words: str) -> list[str]:
    """The lines of the instance's log that have one of the words."""
    return re.findall(rf".*(?:{words}).*", tool("logs", f"--name={name}").stdout)


class Ari:
    """As much of ARI as is needed here."""

    def __init__(self, session: aiohttp.ClientSession, facts: Facts) -> None:
        self._session = session
        self._url = facts["ari_url"]

    @classmethod
    @asynccontextmanager
    async def of(cls, facts: Facts) -> AsyncIterator["Ari"]:
        word = aiohttp.encode_basic_auth(facts["ari_user"], facts["ari_password"])
        headers = {"Authorization": word}
        async with aiohttp.ClientSession(headers=headers, raise_for_status=True) as session:
            yield cls(session, facts)

    async def get(self, path: str) -> Any:
        async with self._session.get(f"{self._url}/{path}") as answer:
            return await answer.json()

    async def is_empty(self) -> bool:
        return bool(await self.get("channels") == [])

    async def post(self, path: str, **query: str) -> None:
        await (await self._session.post(f"{self._url}/{path}", params=query or None)).read()

    async def delete(self, path: str) -> None:
        await (await self._session.delete(f"{self._url}/{path}")).read()

    async def provision(self, kind: str, name: str, **fields: str) -> None:
        url = f"{self._url}/asterisk/config/dynamic/res_pjsip/{kind}/{name}"
        body = {"fields": [{"attribute": k, "value": v} for k, v in fields.items()]}
        await (await self._session.put(url, json=body)).read()

    async def provision_phone(self, number: str, password: str) -> None:
        await self.provision("auth", number, username=number, password=password)
        await self.provision("aor", number, max_contacts="1", remove_existing="yes")
        await self.provision(
            "endpoint", number, aors=number, auth=number, context="from-phone", allow="!all,ulaw"
        )

    async def provision_trunk(self) -> None:
        """Calls from this machine's address come by a trunk."""
        await self.provision("aor", "trunk")
        await self.provision("endpoint", "trunk", context="from-trunk", allow="!all,ulaw")
        await self.provision("identify", "trunk", endpoint="trunk", match="127.0.0.1")

    async def set_globals(self, **values: str) -> None:
        for name, value in values.items():
            await self.post("asterisk/variable", variable=name, value=value)

    async def set_variable(self, channel: str, name: str, value: str) -> None:
        await self.post(f"channels/{channel}/variable", variable=name, value=value)

    @asynccontextmanager
    async def app(self) -> AsyncIterator[Callable[[str], Awaitable[JsonObject]]]:
        """Be the ACD's application; yields a function that waits for the next event of a type."""
        async with self._session.ws_connect(f"{self._url}/events?app=acd") as socket:

            async def next_of(kind: str) -> JsonObject:
                async with asyncio.timeout(10):
                    while (event := await socket.receive_json())["type"] != kind:
                        pass
                return dict(event)

            yield next_of


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it holds; at most ten seconds."""
    async with asyncio.timeout(10):
        while not await condition():
            await asyncio.sleep(0.02)
