"""`acd simulate`, as people see it: on a database, and on a backup of it."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from acd.app.rereading import CODEC
from acd.app.simulating.comparing import NotRecorded
from acd.config import BadConfiguration
from acd.db import Store, migrate, snapshots
from acd.db.journal_tables import snapshots as table
from acd.db.moment import brief, opened
from acd.db.record import line_values
from acd.db.tables import journal
from acd.distributor import core
from acd.distributor.state import KINDS
from acd.facts import CallArrived
from acd.settings import Strategy
from tests.integration.test_db_commands import Acd
from tests.integration.test_db_life import write
from tests.unit.app.simulating.days import a_day, go_on
from tests.unit.app.simulating.test_simulation import two_queues

FILE: dict[str, Any] = {
    "nodes": [
        {
            "name": "a",
            "ari_url": "http://127.0.0.1:1/ari",
            "ari_user": "acd",
            "ari_password": "acd",
            "media_address": "127.0.0.1",
        }
    ],
    "projects": [{"name": "support"}],
    "statuses": [{"name": "Lunch", "category": "break"}],
    "extensions": [
        {"number": f"100{n}", "password": f"a-long-password-{n}", "node": "a"} for n in range(1, 4)
    ],
    "agents": [
        {"username": name, "name": name, "extension": f"100{n}", "projects": ["support"]}
        for n, name in enumerate(("ayse", "baris", "cem"), 1)
    ],
    "queues": [
        {"name": "sales", "project": "support", "number": "700", "agents": ["ayse", "baris"]},
        {"name": "service", "project": "support", "number": "701", "agents": ["cem"]},
    ],
}


def write_new(file: dict[str, Any]) -> None:
    Path("new.yaml").write_text(yaml.safe_dump(file))


@pytest.fixture
async def acd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Acd:
    """With a day in its journal, and new.yaml."""
    acd = Acd(tmp_path, monkeypatch)
    monkeypatch.chdir(tmp_path)
    write_new(FILE)
    await migrate(acd.url)
    store = await Store.open(acd.url, kinds=KINDS)
    await write(store, a_day(Random(3), two_queues(Strategy.LINEAR), steps=60).records)
    await store.close()
    return acd


def test_three_columns_of_which_two_are_the_same_where_nothing_is_by_chance(acd: Acd) -> None:
    told = json.loads(acd.says("simulate", "--config", "new.yaml", "--json"))
    recorded, again, new = told["figures"].values()
    assert recorded == again
    assert recorded["all"]["callers"] >= 5
    assert new != again
    assert new["queues"]["sales"]["service_level_s"] == 20
    said = acd.says("simulate", "--config", "new.yaml").splitlines()
    [head] = [line for line in said if line.startswith("all queues")]
    assert head.split()[2:] == ["recorded", "once", "more", "new"]
    [callers] = [line for line in said if line.startswith("  callers")][:1]
    assert callers.split()[1:] == [str(each["all"]["callers"]) for each in (recorded, again, new)]
    assert any("Kaplan-Meier" in line for line in said)


def test_a_backup_is_as_good_as_the_database(acd: Acd) -> None:
    here = acd.says("simulate", "--config", "new.yaml", "--seed", "5")
    acd.says("db", "backup", "day.backup")
    with opened(acd.url) as engine, brief(engine) as connection:
        connection.execute(journal.delete())
    assert (
        acd.says("simulate", "--config", "new.yaml", "--from", "day.backup", "--seed", "5") == here
    )


def test_it_can_begin_at_a_snapshot(acd: Acd) -> None:
    """Of a day of two halves the second one is simulated, with the agents who are there."""
    day = a_day(Random(3), two_queues(Strategy.LINEAR), steps=60)
    seq, rows = len(day.records), list(day.world.core.state.rows())
    body = snapshots.packed([(type(row).__name__, CODEC.encode(row)) for row in rows])
    about = {"seq": seq, "run": 1, "at": day.world.now, "version": "", "settings_version": 1}
    before = len(day.world.core.state.interactions)
    go_on(day, Random(4), steps=60)
    with opened(acd.url) as engine, brief(engine) as connection:
        connection.execute(table.insert().values(**about, rows=len(rows), body=body))
        connection.execute(journal.delete())
        lines = [
            line_values(CODEC, record, number, run=1)
            for number, record in enumerate(day.records, 1)
            if number > seq
        ]
        connection.execute(journal.insert(), lines)
    for more in ([], [f"--since={seq}"]):
        told = json.loads(acd.says("simulate", "--config", "new.yaml", "--json", *more))
        assert told["lines"] == [seq + 1, len(day.records)]
        assert told["figures"]["recorded"]["all"]["callers"] > 3
        assert any(f"calls that had begun before ({before})" in note for note in told["notes"])


def test_a_journal_of_other_decisions_is_no_recording(
    acd: Acd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(core.FACTS, CallArrived, lambda *_: None)
    with pytest.raises(NotRecorded) as found:
        acd.says("simulate", "--config", "new.yaml")
    said = str(found.value)
    assert "of the journal is decided differently by this program" in said
    assert "`acd replay` shows how; end before (--until), or begin at a snapshot" in said


def test_what_cannot_be_simulated_says_why(acd: Acd) -> None:
    def says(error: type[Exception], *words: str) -> str:
        with pytest.raises(error) as found:
            acd.says("simulate", "--config", "new.yaml", *words)
        return str(found.value)

    assert "no call arrived in the lines 1 to 2" in says(NotRecorded, "--until", "2")
    write_new(FILE | {"queues": FILE["queues"][1:]})
    assert "expected a route or a queue for 700" in says(BadConfiguration)
    with opened(acd.url) as engine, brief(engine) as connection:
        connection.execute(journal.delete().where(journal.c.seq == 9))
    assert "the lines 9 to 9 of the journal are missing; end before" in says(NotRecorded)
    assert "there is no file" in acd.says(
        "simulate", "--config", "new.yaml", "--from", "none.db", code=2
    )
