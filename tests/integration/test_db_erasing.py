"""Erasing a person: nothing is left of name and number, and everything still adds up."""

from __future__ import annotations

import asyncio
import json
import logging
import zlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from acd.app.rereading import replay
from acd.db import Limits, Store, Writer, erasing, migrate, snapshots
from acd.db.erasing import NotErasable, erase
from acd.db.journal_tables import erasures
from acd.db.moment import one_moment, opened
from acd.db.tables import agent_intervals, interactions, metadata, offers
from acd.distributor.state import KINDS
from acd.ids import AgentId, ResultCodeName
from acd.requests import SubmitDisposition
from acd.settings import CodeCategory, ResultCode, RingMode
from acd.views import Record
from acd.waits import Leaving
from tests.integration.databases import Place
from tests.integration.test_db_writer import until
from tests.stories.acd import SALES, queue_settings, settings
from tests.unit.db.lives import RecordedAcd

CALLER = "+90212first"
SALE = ResultCodeName("Sale")
MOBILE = "+90555001001"


@pytest.fixture
async def store(place: Place) -> AsyncIterator[Store]:
    await migrate(place.url)
    store = await Store.open(place.url, kinds=KINDS)
    yield store
    await store.close()


def closes(acd: RecordedAcd, agent: str, caller: str) -> None:
    """With a code that needs a note: it says things about caller and agent."""
    [assignment] = acd.world.core.state.agents[AgentId(agent)].assignments
    acd.ask(
        SubmitDisposition(
            agent=AgentId(agent),
            interaction=assignment.interaction,
            code=SALE,
            note=f"{caller} lives in Main Street, says ayse",
            tags=("new", "of ayse"),
        )
    )


def life(*, leaves: bool = True) -> list[Record]:
    """Two callers, the first of them twice; the agent is taken out of the configuration."""
    of = settings(
        queue_settings(SALES, "700", "ayse", "baris"), ring=RingMode.EXTENSION_THEN_MOBILE
    )
    sale = ResultCode(name=SALE, category=CodeCategory.SUCCESS, note_required=True)
    of = replace(of, result_codes={SALE: sale})
    acd = RecordedAcd(of)
    acd.at_work("ayse", "baris")
    for caller, agent in (("first", "ayse"), ("second", "baris"), ("first", "ayse")):
        acd.calls(caller, caller_name=f"{caller} Person")
        acd.takes(agent)
        acd.caller_hangs_up(caller)
        closes(acd, agent, caller)
        acd.pass_time(11)
    if leaves:
        agents = {name: each for name, each in of.agents.items() if name != "ayse"}
        rest = settings(queue_settings(SALES, "700", "baris"))
        acd.world.apply(replace(rest, agents=agents, result_codes=of.result_codes))
    return acd.records


async def write(store: Store, records: list[Record]) -> None:
    """With a snapshot in the middle."""
    run = await store.new_run()
    writer = await Writer.open(store, run, await store.load_rows(), Limits(group_s=0))
    task = asyncio.create_task(writer.run())
    for number, record in enumerate(records):
        writer.record(record)
        if number == len(records) // 2:
            await until(lambda: not writer.backlog)
            with opened(store.url) as engine:
                snapshots.take(engine)
    assert await writer.drain(20)
    await task


def everything(url: str) -> str:
    """All that stands in any table, snapshots unpacked."""
    with opened(url) as engine, one_moment(engine) as connection:
        rows = [
            [
                zlib.decompress(value).decode() if isinstance(value, bytes) else value
                for value in row
            ]
            for table in metadata.sorted_tables
            for row in connection.execute(select(table))
        ]
    return json.dumps(rows, default=str, ensure_ascii=False)


def values(url: str, column: Any) -> list[Any]:
    with opened(url) as engine, one_moment(engine) as connection:
        return list(connection.scalars(select(column).order_by(column)))


async def test_a_caller_is_gone_everywhere_and_all_is_decided_the_same(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    await write(store, life())
    before = everything(store.url)
    assert CALLER in before
    assert "first Person" in before
    caplog.set_level(logging.INFO)
    with opened(store.url) as engine:
        erased = erase(engine, "caller", CALLER)
        assert replay(engine).difference is None
    after = everything(store.url)
    assert CALLER not in after
    assert "first Person" not in after
    assert "+90212second" in after
    assert values(store.url, interactions.c.caller).count(erased.pseudonym) == 2
    assert erased.changed["interactions"] == 2
    assert erased.changed["journal"] == 4
    assert erased.changed["dispositions"] == 2
    assert "first lives in" not in after
    assert "second lives in" in after
    said = "".join(str(vars(record)) for record in caplog.records)
    assert erased.pseudonym in said
    assert CALLER not in said


async def test_who_is_erased_twice_is_not_changed_again(store: Store) -> None:
    await write(store, life())
    with opened(store.url) as engine:
        erase(engine, "caller", CALLER)
        before = everything(store.url)
        again = erase(engine, "caller", CALLER)
    assert not any(again.changed.values())
    assert everything(store.url) == before
    assert len(values(store.url, erasures.c.pseudonym)) == 1


async def test_an_agent_is_gone_everywhere_and_all_is_decided_the_same(store: Store) -> None:
    await write(store, life())
    assert MOBILE in everything(store.url)
    with opened(store.url) as engine:
        erased = erase(engine, "agent", "ayse")
        assert replay(engine).difference is None
    after = everything(store.url)
    for word in ("ayse", "Ayse", MOBILE):
        assert word not in after
    assert set(values(store.url, agent_intervals.c.agent)) == {
        "baris",
        "cem",
        "defne",
        erased.pseudonym,
    }
    assert set(values(store.url, offers.c.agent)) == {"baris", erased.pseudonym}
    assert erased.pseudonym < "baris", "it has the place of the name"


async def test_an_erasure_that_was_cut_short_goes_on_with_the_same_pseudonym(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write(store, life())
    with monkeypatch.context() as broken:
        broken.setattr(erasing, "_snapshot", _fail)
        broken.setattr(erasing, "_reports", _fail)
        with opened(store.url) as engine, pytest.raises(RuntimeError):
            erase(engine, "caller", CALLER)
    [begun] = values(store.url, erasures.c.pseudonym)
    [salt] = values(store.url, erasures.c.salt)
    assert salt
    with opened(store.url) as engine:
        assert erase(engine, "caller", CALLER).pseudonym == begun
        assert replay(engine).difference is None
    assert values(store.url, erasures.c.pseudonym) == [begun]
    assert values(store.url, erasures.c.salt) == [None], "nobody can tell whose it was"


def _fail(*_: object) -> None:
    raise RuntimeError("killed")


@pytest.mark.parametrize(
    ("kind", "who", "says"),
    [
        ("agent", "ayse", "part of the configuration"),
        ("caller", "700", "part of the conf"),
        ("caller", MOBILE, "part of the conf"),
    ],
)
async def test_who_is_part_of_the_configuration_is_not_erased(
    store: Store, kind: Any, who: str, says: str
) -> None:
    await write(store, life(leaves=False))
    before = everything(store.url)
    with opened(store.url) as engine, pytest.raises(NotErasable, match=says):
        erase(engine, kind, who)
    assert everything(store.url) == before


async def test_who_is_in_a_call_is_not_erased(store: Store) -> None:
    acd = RecordedAcd()
    acd.calls("first")
    await write(store, acd.records)
    with opened(store.url) as engine, pytest.raises(NotErasable, match="is in a call"):
        erase(engine, "caller", CALLER)


async def test_who_may_ring_again_for_the_old_place_is_not_erased_yet(store: Store) -> None:
    about = Leaving(resume_s=600)
    acd = RecordedAcd(settings(queue_settings(SALES, "700", "ayse", leaving=about)))
    acd.calls("first")
    acd.caller_hangs_up("first")
    await write(store, acd.records)
    with opened(store.url) as engine, pytest.raises(NotErasable, match="has a place in a queue"):
        erase(engine, "caller", CALLER)


async def test_who_can_still_be_written_about_is_not_erased(store: Store) -> None:
    acd = RecordedAcd(settings(queue_settings(SALES, "700", "ayse")))
    acd.at_work("ayse")
    acd.calls("first")
    acd.takes("ayse")
    acd.caller_hangs_up("first")
    await write(store, acd.records)
    with opened(store.url) as engine, pytest.raises(NotErasable, match="still has a call"):
        erase(engine, "caller", CALLER)


async def test_of_an_erased_person_nothing_is_left_in_the_file(
    sqlite_place: Place, tmp_path: Path
) -> None:
    """SQLite forgets where deleted text was; the text would still be there for who looks."""
    await migrate(sqlite_place.url)
    store = await Store.open(sqlite_place.url, kinds=KINDS)
    await write(store, life())
    # As long as it is open, here too, the log that is written ahead stays.
    async with store.reading():
        assert CALLER.encode() in contents(tmp_path)
        with opened(sqlite_place.url) as engine:
            erase(engine, "caller", CALLER)
        assert CALLER.encode() not in contents(tmp_path)
    await store.close()


def contents(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("acd.db*"))
