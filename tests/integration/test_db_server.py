"""A server that goes and comes, refuses us, or is full: nothing that was answered is lost."""

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from acd.app.database import open_store
from acd.db import DatabaseUnavailable, Limits, Store, Writer, migrate
from acd.distributor.state import KINDS
from acd.views import Record
from tests.integration.databases import PostgresqlPlace, SqlitePlace
from tests.integration.postgresql import Cluster, certificate
from tests.integration.test_db_writer import SOON, fact, live, numbers, request, until


@asynccontextmanager
async def writing(url: str, limits: Limits = SOON) -> AsyncIterator[Writer]:
    store = await open_store(url)
    writer = await Writer.open(store, await store.new_run(), [], limits)
    task = asyncio.create_task(writer.run())
    yield writer
    assert await writer.drain(20)
    await task
    await store.close()


async def kept(url: str) -> list[int]:
    """Which facts are in the journal."""
    store = await Store.open(url, kinds=KINDS)
    lines = [line async for line in store.read_journal()]
    await store.close()
    assert [line.seq for line in lines] == sorted({line.seq for line in lines})
    return numbers(lines)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["fast", "immediate"])
async def test_a_restart_under_load_loses_nothing(
    postgresql_place: PostgresqlPlace, how: signal.Signals
) -> None:
    """A fast restart ends every session; an immediate one is a crash of the server."""
    cluster = postgresql_place.cluster
    written, answers = 0, []
    async with writing(postgresql_place.url) as writer:
        for _ in range(2):
            restart = asyncio.create_task(asyncio.to_thread(cluster.restart, how))
            beyond = 0
            while beyond < 20 and written < 100_000:
                for _ in range(10):
                    written += 1
                    writer.record(fact(written, live(written % 7, made=written)))
                answers.append(writer.record(request()))
                beyond += restart.done()
                await asyncio.sleep(0.005)
            await restart
        await until(lambda: not writer.backlog, within=30)
        assert not writer.backlog.dropped
    assert all(answer is not None and answer.result() for answer in answers)
    assert await kept(postgresql_place.url) == list(range(1, written + 1))


async def test_while_the_server_is_stopped_a_bounded_part_is_kept_and_then_written(
    postgresql_place: PostgresqlPlace,
) -> None:
    limits = replace(SOON, lines=500)
    async with writing(postgresql_place.url, limits) as writer:
        postgresql_place.cluster.stop()
        try:
            for number in range(1, 5001):
                writer.record(fact(number, live(number % 7, made=number)))
                if number % 100 == 0:
                    await asyncio.sleep(0)
            await until(lambda: writer.away_since)
            # As many again may be on their way.
            assert writer.backlog.lines <= 1000
        finally:
            postgresql_place.cluster.start()
        await until(lambda: writer.away_since is None)
    found = await kept(postgresql_place.url)
    assert found[-1] == 5000
    assert 490 <= len(found) <= 510
    told = postgresql_place.execute("SELECT count(*), max(body::json->>'made') FROM live")
    assert told == [(7, "5000")]


# What it refuses.


async def refused(url: str) -> str:
    """What is said of a database at that URL."""
    with pytest.raises(DatabaseUnavailable) as said:
        await open_store(url)
    assert "pass%20word" not in str(said.value)
    return str(said.value)


async def test_a_wrong_password(postgresql_place: PostgresqlPlace) -> None:
    cluster, name = postgresql_place.cluster, postgresql_place.name
    said = await refused(cluster.url(name, password="guessed"))
    assert 'password authentication failed for user "acd"' in said
    assert "guessed" not in said
    with pytest.raises(DatabaseUnavailable, match="password authentication failed"):
        await migrate(cluster.url(name, password="guessed"))


async def test_no_such_database(postgresql_place: PostgresqlPlace) -> None:
    said = await refused(postgresql_place.cluster.url("nowhere"))
    assert 'database "nowhere" does not exist' in said
    assert "see that it exists" in said


async def test_no_such_server(postgresql_place: PostgresqlPlace) -> None:
    url = postgresql_place.url.replace(f":{postgresql_place.cluster.port}/", ":1/")
    assert "Connection refused" in await refused(url)


async def test_a_server_with_another_certificate(
    postgresql_place: PostgresqlPlace, tmp_path: Path
) -> None:
    certificate(tmp_path / "key", tmp_path / "crt")
    url = f"{postgresql_place.url}?sslmode=verify-full&sslrootcert="
    assert "certificate verify failed" in await refused(f"{url}{tmp_path}/crt")
    assert "does not exist" in await refused(f"{url}{tmp_path}/none")
    store = await open_store(url + str(postgresql_place.cluster.certificate))
    await store.close()


@pytest.fixture
def crowd(postgresql_cluster: Cluster) -> Iterator[None]:
    """As many connections as the server lets in of those who are no superusers."""
    role = "CREATE ROLE crowded LOGIN PASSWORD 'x' CONNECTION LIMIT 1"
    postgresql_cluster.execute(role)
    url = postgresql_cluster.url("postgres", user="crowded", password="x")
    with psycopg.connect(url):
        yield
    postgresql_cluster.execute("DROP ROLE crowded")


@pytest.mark.usefixtures("crowd")
async def test_too_many_connections(postgresql_place: PostgresqlPlace) -> None:
    cluster, name = postgresql_place.cluster, postgresql_place.name
    said = await refused(cluster.url(name, user="crowded", password="x"))
    assert 'too many connections for role "crowded"' in said


# A full disk.


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MB."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    folder = Path("/tmp") / f"acd-disk-{os.urandom(4).hex()}"
    folder.mkdir()
    mounted = ("mount", "-t", "tmpfs", "-o", "size=24m,mode=0777", "tmpfs", str(folder))
    if subprocess.run(mounted, check=False).returncode != 0:
        folder.rmdir()
        pytest.skip("nothing can be mounted here")
    yield folder
    subprocess.run(("umount", "-l", str(folder)), check=True)
    folder.rmdir()


@pytest.fixture
def small_sqlite(disk: Path) -> SqlitePlace:
    return SqlitePlace(path=disk / "acd.db")


@pytest.fixture
def small_postgresql(disk: Path, postgresql_cluster: Cluster) -> Iterator[PostgresqlPlace]:
    folder = disk / "tables"
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    subprocess.run(("chown", "postgres", str(folder)), check=True)
    postgresql_cluster.execute(f"CREATE TABLESPACE small LOCATION '{folder}'")
    postgresql_cluster.execute("CREATE DATABASE filled TABLESPACE small")
    yield PostgresqlPlace(cluster=postgresql_cluster, name="filled")
    postgresql_cluster.drop("filled")
    postgresql_cluster.execute("DROP TABLESPACE small")


@pytest.mark.parametrize("kind", ["small_sqlite", "small_postgresql"])
async def test_a_full_disk_is_an_absence_like_others(
    kind: str, disk: Path, request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    url = request.getfixturevalue(kind).url
    await migrate(url)
    filler = disk / "filler"
    async with writing(url) as writer:
        with filler.open("wb") as file:
            try:
                while True:
                    os.write(file.fileno(), bytes(1 << 16))
            except OSError:
                pass
        number = 0
        while writer.away_since is None:
            number += 1
            writer.record(fact(number, live(number)))
            await asyncio.sleep(0 if number % 50 else 0.01)
        answer = writer.record(asked())
        assert answer is not None
        assert not await writer.committed(answer, within=0.1)
        filler.unlink()
        assert await writer.committed(answer, within=10)
    assert await kept(url) == list(range(1, number + 1))
    reason = caplog.records[0].__dict__["reason"]
    assert "full" in reason or "No space left on device" in reason


def asked() -> Record:
    return request()
