"""How `acd run` ends: with a code, one sentence that says what to do, and never a traceback."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import socket
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory

from acd.cli import client
from acd.db import schema
from tests.integration.instances import Ari, Facts, started, tool_in
from tests.parties.behaviour import Answer
from tests.parties.fixtures import PartyFactory
from tests.parties.tones import AGENTS, CALLERS

pytestmark = pytest.mark.asterisk

ACD = Path(sys.executable).with_name("acd")
NEWEST = ScriptDirectory(str(schema.MIGRATIONS)).get_current_head()


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Facts]:
    with tool_in(tmp_path_factory.mktemp("exits")) as tool:
        yield started(tool, "exits", "--identify-by=username")


@dataclass(kw_only=True)
class Acd:
    """The program with a configuration of its own."""

    folder: Path
    raw: dict[str, Any]

    @property
    def database(self) -> Path:
        return self.folder / "acd.db"

    @asynccontextmanager
    async def running(self, *options: str, code: str = "") -> AsyncIterator[Process]:
        """A process; code is Python that it runs before. It is killed at the end."""
        path = self.folder / "acd.yaml"
        path.write_text(json.dumps(self.raw))
        http = [] if "http" in self.raw else ["--http", "127.0.0.1:0"]
        words = ["run", "--config", str(path), *http, *options]
        start = (
            [sys.executable, "-c", f"{code}\nfrom acd.cli import main; main()"] if code else [ACD]
        )
        process = await asyncio.create_subprocess_exec(
            *start, *words, stderr=asyncio.subprocess.PIPE
        )
        running = Process(process=process)
        try:
            yield running
        finally:
            if process.returncode is None:
                process.kill()
            await running.ended()

    async def ends(self, *options: str, code: str = "") -> tuple[int, str]:
        """Its exit code, and its last words."""
        async with self.running(*options, code=code) as process:
            return await process.ended()

    def execute(self, *statements: str) -> list[Any]:
        """Execute them in its database; the rows of the last."""
        connection = sqlite3.connect(self.database)
        try:
            for statement in statements:
                rows = connection.execute(statement).fetchall()
            connection.commit()
            return rows
        finally:
            connection.close()


@dataclass(kw_only=True)
class Process:
    process: asyncio.subprocess.Process
    said: str = ""

    async def says(self, words: str) -> str:
        """Wait for a line with these words. Raises AssertionError."""
        assert self.process.stderr is not None
        async with asyncio.timeout(20):
            while words not in self.said:
                line = await self.process.stderr.readline()
                assert line, self.said
                self.said += line.decode()
        return self.said

    async def live(self) -> None:
        await self.says("event stream live")

    async def url(self) -> str:
        """Where it serves HTTP."""
        served = await self.says("HTTP is served")
        return served.rpartition("url=")[2].splitlines()[0]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(number)

    async def ended(self) -> tuple[int, str]:
        assert self.process.stderr is not None
        async with asyncio.timeout(20):
            self.said += (await self.process.stderr.read()).decode()
            code = await self.process.wait()
        lines = self.said.splitlines()
        assert not any(line.startswith("Traceback") for line in lines), self.said
        return code, lines[-1]


@pytest.fixture
def acd(facts: Facts, tmp_path: Path) -> Acd:
    node = {
        "ari_url": facts["ari_url"],
        "ari_user": facts["ari_user"],
        "ari_password": facts["ari_password"],
        "media_address": "127.0.0.1",
    }
    return Acd(
        folder=tmp_path,
        raw={
            "database": f"sqlite:///{tmp_path}/acd.db",
            "nodes": [node],
            "projects": [{"name": "support"}],
            "queues": [{"name": "sales", "project": "support", "number": "700"}],
        },
    )


# 0: stopped.


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_stops_it_and_the_run_is_over(acd: Acd, number: signal.Signals) -> None:
    async with acd.running() as process:
        await process.live()
        process.stop(number)
        code, said = await process.ended()
    assert code == 0
    assert said.endswith("stopped")
    assert acd.execute("SELECT run, ended_at IS NOT NULL FROM runs") == [(1, 1)]


async def test_it_can_be_stopped_while_asterisk_is_away(acd: Acd) -> None:
    acd.raw["nodes"][0]["ari_url"] = "http://127.0.0.1:9/ari"
    async with acd.running() as process:
        await process.says("event stream down")
        process.stop()
        assert (await process.ended())[0] == 0


async def test_a_talk_goes_on_while_one_process_is_stopped_and_the_next_one_started(
    acd: Acd, facts: Facts, party_factory: PartyFactory
) -> None:
    _staff(acd.raw)
    server = facts["sip_address"], facts["sip_port"]
    agent = party_factory(
        tone=AGENTS[0], server=server, number="1001", password="pw", behaviour=Answer(after=0.1)
    )
    caller = party_factory(tone=CALLERS[0], server=server, number="+4930")
    async with acd.running() as first:
        url = await first.url()
        await first.live()
        assert await agent.register() == 200
        client.ask(url, "ayse", "login", project="support")
        call = await caller.dial("700")
        await caller.hears(AGENTS[0])
        await agent.hears(CALLERS[0])
        since = time.monotonic()
        first.stop()
        assert (await first.ended())[0] == 0
    async with acd.running() as second:
        url = await second.url()
        await second.live()
        (shown,) = client.get(url, "/live")["agents"]
        assert (shown["phase"], shown["caller"]) == ("talking", "+4930")
        for party, tone in ((caller, AGENTS[0]), (agent, CALLERS[0])):
            assert not party.ears.silence_gaps(tone, since=since, longest=0.2)
        await call.hang_up()
        second.stop()
        assert (await second.ended())[0] == 0


def _staff(raw: dict[str, Any]) -> None:
    """An agent with a phone, and callers from this machine."""
    raw["extensions"] = [{"number": "1001", "password": "pw"}]
    raw["trunks"] = [{"name": "carrier", "match": ["127.0.0.1"], "host": "127.0.0.1:5999"}]
    agent = {"username": "ayse", "name": "Ayse", "extension": "1001", "projects": ["support"]}
    raw["agents"] = [agent]
    raw["queues"][0]["agents"] = ["ayse"]


# 2: the configuration.


async def test_a_mistake_in_the_configuration(acd: Acd) -> None:
    acd.raw["queues"][0]["project"] = "suport"
    code, said = await acd.ends()
    assert code == 2
    assert said.startswith(f"acd: {acd.folder}/acd.yaml:1:")
    assert said.endswith(": queues[0].project: there is no project suport; did you mean support?")
    assert not acd.database.exists()


@pytest.mark.key("http")
async def test_http_is_served_where_the_configuration_says(acd: Acd) -> None:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    acd.raw["http"] = f"127.0.0.1:{port}"
    async with acd.running() as process:
        assert await process.url() == f"http://127.0.0.1:{port}"


async def test_http_is_not_served_at_a_name(acd: Acd) -> None:
    code, said = await acd.ends("--http", "example.net:8080")
    assert code == 2
    assert said.startswith("acd: http: example.net is no address of a machine: write 127.0.0.1")


# 3: the database.


async def test_a_database_that_another_program_locks(acd: Acd) -> None:
    acd.execute("CREATE TABLE x (y)")
    locker = sqlite3.connect(acd.database)
    try:
        locker.execute("BEGIN EXCLUSIVE")
        code, said = await acd.ends()
    finally:
        locker.close()
    assert code == 3
    assert said.endswith("is locked by another program: end it, or wait until it is done")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("sqlite:////nowhere/acd.db", "cannot be used (unable to open database file): see that"),
        ("sqlite:////dev/null/x", "cannot be used (unable to open database file): see that"),
        ("postgresql://acd@host:port/acd", "the configuration's database is no URL"),
    ],
)
async def test_a_database_that_cannot_be_opened(acd: Acd, url: str, told: str) -> None:
    acd.raw["database"] = url
    code, said = await acd.ends()
    assert code == 3
    assert told in said


async def test_tables_that_are_too_new(acd: Acd) -> None:
    await schema.migrate(acd.raw["database"])
    acd.execute("UPDATE alembic_version SET version_num = '9999'")
    code, said = await acd.ends()
    assert code == 3
    assert "is at migration 9999, which this program does not know" in said


async def test_tables_that_are_too_old_are_not_touched_until_told(acd: Acd) -> None:
    newer = _a_migration_more(acd.folder)
    await schema.migrate(acd.raw["database"])
    code, said = await acd.ends(code=newer)
    assert code == 3
    at = f"acd: the database is at migration {NEWEST}, this program needs next: stop"
    assert said.startswith(at)
    assert said.endswith("and run `acd db migrate`")
    assert acd.execute("SELECT version_num FROM alembic_version") == [(NEWEST,)]


def _a_migration_more(folder: Path) -> str:
    """Code by which the program has a migration more than it has."""
    migrations = folder / "migrations"
    shutil.copytree(schema.MIGRATIONS, migrations)
    (migrations / "versions/next.py").write_text(
        f'revision = "next"\ndown_revision = "{NEWEST}"\ndef upgrade() -> None: pass\n'
    )
    return (
        "import acd.db.schema, pathlib\n"
        f"acd.db.schema.MIGRATIONS = pathlib.Path({str(migrations)!r})"
    )


# 4: the password.


async def test_a_wrong_ari_password(acd: Acd, facts: Facts) -> None:
    acd.raw["nodes"][0]["ari_password"] = "wrong"
    code, said = await acd.ends()
    assert (code, said) == (
        4,
        f"acd: node asterisk: the Asterisk at {facts['ari_url']} refuses ARI user 'acd' or its "
        "password: set ari_user and ari_password to those in its ari.conf",
    )


# 5: somebody else is there.


async def test_a_second_run_is_told_who_works_here(acd: Acd) -> None:
    async with acd.running() as first:
        await first.live()
        code, said = await acd.ends()
        assert code == 5
        assert said.startswith(
            "acd: another `acd run` works on this database: process "
            f"{first.process.pid} on host {socket.gethostname()}, run 1, last seen "
        )
        assert first.process.returncode is None


async def test_a_run_that_was_killed_is_in_nobodys_way(acd: Acd) -> None:
    async with acd.running() as first:
        await first.live()
        first.process.kill()
        await first.process.wait()
        async with acd.running() as second:
            await second.live()


async def test_whoever_takes_over_has_the_node_and_the_other_ends(acd: Acd) -> None:
    async with acd.running() as first:
        await first.live()
        async with acd.running("--take-over") as second:
            await second.live()
            code, said = await first.ended()
            assert code == 5
            assert "took over node asterisk" in said or "another process uses this database" in said
            assert second.process.returncode is None


async def test_another_program_takes_the_node(acd: Acd, facts: Facts) -> None:
    async with acd.running() as process:
        await process.live()
        async with Ari.of(facts) as ari, ari.app():
            code, said = await process.ended()
    assert code == 5
    assert said.startswith(f"acd: another process took over node asterisk ({facts['ari_url']})")


# 6: bugs.

FAILING = """
from acd.distributor import core
from acd.facts import NodeUp
def fail(turn, fact): raise ZeroDivisionError
core.FACTS[NodeUp] = fail
from acd.app.link import Link
connected = Link._connected
async def thrice(link):
    for _ in range(3): await connected(link)
Link._connected = thrice
"""


async def test_three_bugs_in_a_minute(acd: Acd) -> None:
    async with acd.running("--log", "json", code=FAILING) as process:
        code, said = await process.ended()
    assert code == 6
    assert said.startswith("acd: 3 bugs within 0:01:00")
    logged = [json.loads(line) for line in process.said.splitlines()[:-1]]
    errors = [line["message"] for line in logged if line["level"] == "ERROR"]
    assert errors == ["bug in the core"] * 3


# 7: the port.


async def test_a_port_that_is_taken(acd: Acd) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = await acd.ends("--http", f"127.0.0.1:{port}")
    assert code == 7
    assert said == (
        f"acd: HTTP cannot be served at 127.0.0.1:{port}: another program listens there, which "
        "`ss -ltnp` shows. Choose another address with --http or `http:`"
    )


# What is served meanwhile.


async def test_it_is_ready_when_its_node_is_live(acd: Acd) -> None:
    async with acd.running() as process:
        url = await process.url()
        await process.live()
        assert client.call(url, "GET", "/readyz")["nodes"] == {"asterisk": True}
