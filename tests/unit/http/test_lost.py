"""The list of a queue's lost calls, asked by HTTP and found in a database."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from acd.app.lost import LostDesk
from acd.db import DatabaseUnavailable, Store
from acd.db.lost import KINDS, LostCalls
from acd.db.tables import entries, interactions, offers
from acd.distributor.state import KINDS as ROWS
from acd.http import lost
from acd.permissions import Role
from tests.unit.http import rows
from tests.unit.http.rows import NOW, SALES
from tests.unit.http.sites import Site, open_site


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


class Past:
    """What has happened, written into a database."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def add(self, table: Any, **values: Any) -> None:
        async with self.store.reading() as connection:
            await connection.execution_options(writes=True)
            async with connection.begin():
                await connection.execute(insert(table), values)

    async def call(
        self, name: str, begin: float, end: float | None, outcome: str | None, **more: Any
    ) -> None:
        """An entry of the queue sales, from second to second."""
        caller = {"id": name, "node": "a", "caller": f"+49{name}", "number": "700"}
        await self.add(interactions, **caller, started_at=at(begin))
        entry = {
            "id": f"e{name}",
            "interaction": name,
            "queue": "sales",
            "kind": "caller",
            "priority": 0,
            "order_since": at(begin),
            "entered_at": at(begin),
            "ended_at": None if end is None else at(end),
            "outcome": outcome,
            "tries": 0,
        }
        await self.add(entries, **{**entry, **more})

    async def offer(self, name: str, number: int, agent: str, outcome: str) -> None:
        about = {"id": f"{name}.{number}", "interaction": name, "entry": f"e{name}"}
        values = {"agent": agent, "offered_at": at(number), "outcome": outcome, "explanation": {}}
        await self.add(offers, **about, **values)


@pytest.fixture
async def past(tmp_path: Path, empty: Path) -> AsyncIterator[Past]:
    shutil.copy(empty, tmp_path / "acd.db")
    store = await Store.open(f"sqlite:///{tmp_path / 'acd.db'}", kinds=ROWS)
    yield Past(store)
    await store.close()


@pytest.fixture
async def site(past: Past) -> AsyncIterator[Site]:
    async with open_site(lost=LostDesk(LostCalls(past.store))) as site:
        yield site


async def names(site: Site, query: str = "") -> list[str]:
    status, answer = await site.get(f"/queues/sales/lost{query}")
    assert status == 200, answer
    return [one["interaction"] for one in answer]


async def day(past: Past) -> None:
    """One of each kind, and what is none."""
    await past.call("1", 0, 30, "abandoned")
    await past.call("2", 1, 20, "queue_exit")
    await past.call("3", 2, 60, "queue_timeout")
    await past.call("4", 3, 40, "answered")
    await past.offer("4", 5, "ayse", "missed")
    await past.offer("4", 9, "baris", "answered")
    await past.call("5", 4, 10, "answered")
    await past.call("6", 5, 15, "abandoned", queue="service")
    await past.call("7", 6, None, None)
    await past.call("8", 7, 9, "abandoned", kind="consult")


async def test_lost_and_missed_calls_are_listed_the_newest_first(past: Past, site: Site) -> None:
    await day(past)
    assert await names(site) == ["4", "3", "2", "1"]
    assert await names(site, "?kind=missed") == ["4"]
    assert await names(site, "?kind=abandoned,queue_timeout") == ["3", "1"]


async def test_each_has_its_details(past: Past, site: Site) -> None:
    await day(past)
    _, [missed, *_, abandoned] = await site.get("/queues/sales/lost")
    assert missed["offers"] == [
        {"agent": "ayse", "at": "2026-07-01T12:00:05.000+00:00", "outcome": "missed"},
        {"agent": "baris", "at": "2026-07-01T12:00:09.000+00:00", "outcome": "answered"},
    ]
    assert abandoned == {
        "entry": "e1",
        "interaction": "1",
        "caller": "+491",
        "number": "700",
        "entered_at": "2026-07-01T12:00:00.000+00:00",
        "waited_s": 30.0,
        "outcome": "abandoned",
        "short": False,
        "place": 1,
        "offers": [],
        "called_back": None,
    }


async def test_the_place_is_that_at_the_end_of_the_wait(past: Past, site: Site) -> None:
    await past.call("1", 0, 10, "abandoned")
    await past.call("2", 1, 9, "abandoned")
    await past.call("3", 2, 20, "abandoned")
    await past.call("4", 3, 8, "abandoned", priority=1)
    await past.call("5", 30, None, None, order_since=at(-5))
    await past.call("6", 4, 7, "abandoned", queue="service", order_since=at(-5))
    _, found = await site.get("/queues/sales/lost")
    places = {one["interaction"]: one["place"] for one in found}
    assert places == {"1": 1, "2": 2, "3": 1, "4": 1}


async def test_short_is_by_the_threshold_of_now(past: Past, site: Site) -> None:
    await past.call("1", 0, 4, "abandoned")
    await past.call("2", 1, 6, "abandoned")
    await past.call("3", 2, 6, "queue_exit")
    for threshold, short in ((0, set()), (5, {"1"}), (9, {"1", "2"})):
        queue = site.tables.settings.queues[SALES]
        site.tables.put(replace(queue, short_abandon_s=threshold))
        _, found = await site.get("/queues/sales/lost")
        assert {one["interaction"] for one in found if one["short"]} == short


async def test_pages_go_on_before_an_entry_and_times_limit_them(past: Past, site: Site) -> None:
    for name in "12345":
        await past.call(name, 0 if name in "12" else int(name), 9, "abandoned")
    assert await names(site, "?limit=2") == ["5", "4"]
    assert await names(site, "?limit=2&before=e4") == ["3", "2"]
    assert await names(site, "?limit=2&before=e2") == ["1"]
    assert await names(site, "?since=2026-07-01T12:00:04Z") == ["5", "4"]
    assert await names(site, "?until=2026-07-01T12:00:03Z") == ["2", "1"]


async def test_a_call_that_was_called_back_is_marked_and_may_be_again(
    past: Past, site: Site
) -> None:
    await day(past)
    path = "/api/v1/queues/sales/lost/e1"
    site.accounts.add("baris", Role.SUPERVISOR)
    for who, result in (("root", "not_reached"), ("baris", "reached")):
        status, answer = await site.ask("PUT", path, {"result": result}, headers=site.shown(who))
        mark = {"by": who, "at": "2026-07-01T12:00:00.000+00:00", "result": result}
        assert (status, answer) == (200, {"entry": "e1", "called_back": mark})
        _, found = await site.get("/queues/sales/lost?kind=abandoned")
        assert [one["called_back"] for one in found] == [mark]
    assert await names(site, "?unmarked=true") == ["4", "3", "2"]


@pytest.mark.parametrize("entry", ["e5", "e6", "e7", "e8", "e9"])
async def test_what_was_not_lost_is_not_marked(past: Past, site: Site, entry: str) -> None:
    await day(past)
    path, root = f"/api/v1/queues/sales/lost/{entry}", site.shown("root")
    status, answer = await site.ask("PUT", path, {"result": "reached"}, headers=root)
    assert (status, answer["detail"]) == (404, f"there is no lost call {entry} of sales")


async def test_what_there_is_not_is_said(site: Site) -> None:
    assert (await site.get("/queues/nothing/lost"))[0] == 404
    assert (await site.get("/queues/sales/lost?kind=lost"))[0] == 400
    path, root = "/api/v1/queues/sales/lost/e1", site.shown("root")
    assert (await site.ask("PUT", path, {"result": "perhaps"}, headers=root))[0] == 400


async def test_agents_are_not_shown_them(site: Site) -> None:
    site.accounts.add(rows.AYSE, Role.AGENT)
    assert (await site.get("/queues/sales/lost", who=rows.AYSE))[0] == 403


async def test_a_database_that_is_away_is_said(past: Past, site: Site) -> None:
    async def away(wanted: Any) -> Any:
        raise DatabaseUnavailable("away")

    rows = LostCalls(past.store)
    rows.listed = away  # type: ignore[method-assign]
    async with open_site(lost=LostDesk(rows)) as other:
        assert (await other.get("/queues/sales/lost"))[0] == 503


def test_the_kinds_are_those_of_the_database() -> None:
    assert lost.KINDS == KINDS
