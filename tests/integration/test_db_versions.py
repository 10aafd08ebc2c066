"""Versions of the configuration on both kinds of database."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from acd.db import Store, Superseded, migrate
from acd.db.versions import Addition, Piece, Version, Versions, VersionTaken
from acd.distributor.state import KINDS
from tests.integration.databases import Place

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SALES = Piece(section="queues", name="sales", owner="files", body='{"name":"şales"}')
HELP = Piece(section="queues", name="help", owner="database", body='{"name":"help"}')
DEAD = Piece(section="dead_man_s", name="", owner="files", body="30")


@pytest.fixture
async def versions(place: Place) -> AsyncIterator[Versions]:
    await migrate(place.url)
    store = await Store.open(place.url, kinds=KINDS)
    yield Versions(store)
    await store.close()


def version(number: int) -> Version:
    return Version(
        version=number,
        at=NOW,
        author="ayşe",
        note="",
        digest=f"d{number}",
        sources="s",
        changes=f"[{number}]",
    )


def first() -> Addition:
    return Addition(version=version(1), put=[SALES, DEAD], drop=[], sources=b"\x00texts")


async def test_a_version_is_there_with_all_of_it(versions: Versions) -> None:
    assert await versions.latest() is None
    await versions.add(first(), run=None)
    assert await versions.latest() == replace(version(1), changes="")
    assert await versions.find(1) == version(1)
    assert await versions.pieces() == [DEAD, SALES]
    assert await versions.sources("s") == b"\x00texts"


async def test_the_next_one_puts_replaces_and_drops(versions: Versions) -> None:
    await versions.add(first(), run=None)
    anew = replace(SALES, owner="database", body="{}")
    key = ("dead_man_s", "")
    await versions.add(Addition(version=version(2), put=[anew, HELP], drop=[key]), run=None)
    assert await versions.pieces() == [HELP, anew]
    assert await versions.pieces("queues", after="help", most=5) == [anew]
    assert await versions.piece("queues", "help") == HELP
    assert await versions.piece(*key) is None
    assert await versions.changes_after(0) == ["[2]", "[1]"]
    assert [one.version for one in await versions.listing(1)] == [2]


async def test_a_number_is_taken_once_and_nothing_of_the_second_is_kept(
    versions: Versions,
) -> None:
    await versions.add(first(), run=None)
    with pytest.raises(VersionTaken):
        await versions.add(Addition(version=version(1), put=[HELP], drop=[]), run=None)
    assert await versions.pieces() == [DEAD, SALES]


async def test_a_run_that_has_ended_writes_no_version(versions: Versions) -> None:
    store = versions._store
    run = await store.new_run()
    await versions.add(first(), run=run)
    await store.new_run()
    with pytest.raises(Superseded):
        await versions.add(Addition(version=version(2), put=[], drop=[]), run=run)
    latest = await versions.latest()
    assert latest
    assert latest.version == 1


async def test_what_is_taken_back_was_never_there(versions: Versions) -> None:
    run = await versions._store.new_run()
    await versions.add(first(), run=run)
    second = Addition(version=version(2), put=[HELP], drop=[("queues", "sales")])
    await versions.add(second, run=run)
    reverse = Addition(version=version(2), put=[SALES], drop=[("queues", "help")])
    await versions.take_back(reverse, run=run)
    assert await versions.pieces() == [DEAD, SALES]
    assert await versions.changes_after(0) == ["[1]"]


@pytest.mark.parametrize("many", [1201])
async def test_thousands_of_pieces_are_written_at_once(versions: Versions, many: int) -> None:
    pieces = [replace(SALES, name=f"{n:05}") for n in range(many)]
    await versions.add(Addition(version=version(1), put=pieces, drop=[]), run=None)
    assert len(await versions.pieces()) == many
    async with versions._store.reading() as connection:
        assert await connection.scalar(text("select count(*) from entities")) == many
