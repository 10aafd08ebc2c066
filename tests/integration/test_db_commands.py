"""The commands on the journal, as people see them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from acd.cli import commands
from acd.db import DatabaseError, Store, migrate
from acd.db.configuration_tables import configuration_sources, configurations, entities
from acd.db.moment import brief, opened
from acd.db.tables import journal, offers, runs
from acd.distributor import matching
from acd.distributor.state import KINDS
from tests.integration.test_db_life import LIFE, take, write

OTHER = {
    "strategy": "random",
    "key": ["drawn by lot"],
    "runners_up": [],
    "excluded": [],
    "settings_version": 1,
}


class Acd:
    """The command line, with a database of its own."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.url = f"sqlite:///{folder}/acd.db"
        monkeypatch.setenv("ACD_DATABASE", self.url)
        monkeypatch.setenv("COLUMNS", "200")

    def says(self, *words: str, code: int = 0) -> str:
        found = CliRunner().invoke(commands.app, words)
        if found.exception and not isinstance(found.exception, SystemExit):
            raise found.exception
        assert found.exit_code == code, found.output
        return found.output


@pytest.fixture
async def acd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Acd:
    acd = Acd(tmp_path, monkeypatch)
    await migrate(acd.url)
    store = await Store.open(acd.url, kinds=KINDS)
    await write(store, LIFE)
    await store.close()
    return acd


def test_a_replay_that_finds_no_difference_says_how_much_and_how_fast(acd: Acd) -> None:
    said = acd.says("replay")
    assert f"{len(LIFE)} inputs, lines 1 to {len(LIFE)} of 1 runs: all decided the same" in said
    assert "inputs a second" in said
    assert "replayed by 0.1.0+" in said
    told = json.loads(acd.says("replay", "--to", "7", "--json"))
    assert (told["same"], told["first"], told["last"]) == (True, 1, 7)


def test_a_replay_says_which_decision_is_another_now(
    acd: Acd, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = matching.offer
    monkeypatch.setattr(
        matching, "offer", lambda turn, entry, agent, why: honest(turn, entry, "baris", why)
    )
    said = acd.says("replay", code=8)
    assert "(run 1, 2026-01-05 09:00:" in said
    assert "is decided differently" in said
    assert "input: fact CallArrived(" in said
    assert "endpoint='PJSIP/1001'" in said
    assert "Until then" in said
    assert json.loads(acd.says("replay", "--json", code=8))["same"] is False


def test_a_replay_says_which_offer_is_explained_in_other_words(acd: Acd) -> None:
    assert "so were 0 snapshots on the way and the words on 3 offers" in acd.says("replay")
    with opened(acd.url) as engine, engine.begin() as connection:
        connection.execute(update(offers).values(explanation=OTHER))
    said = acd.says("replay", code=8)
    assert "is made as it was, but explained differently" in said
    assert "then: random by drawn by lot; configuration 1" in said
    assert "now:  longest_idle by idle since 2026-01-05 09:00:" in said


def test_a_replay_begins_at_a_snapshot_and_says_which_there_are(acd: Acd) -> None:
    with pytest.raises(DatabaseError, match="there is no snapshot 5; there are: none"):
        acd.says("replay", "--from", "5")
    taken = take(acd.url)
    assert taken
    said = acd.says("replay", "--from", str(taken.seq))
    assert said == f"There is nothing to replay after line {taken.seq}.\n"
    with opened(acd.url) as engine, brief(engine) as connection:
        connection.execute(journal.delete().where(journal.c.seq < 5))
    with pytest.raises(DatabaseError, match=f"no snapshot 0; there are: {taken.seq}"):
        acd.says("replay", "--from", "0")


def test_a_replay_ends_where_lines_are_missing_or_unreadable(acd: Acd) -> None:
    with opened(acd.url) as engine, brief(engine) as connection:
        connection.execute(journal.update().where(journal.c.seq == 9).values(type="Vanished"))
    assert "line 9 of the journal cannot be read" in acd.says("replay", code=3)
    with opened(acd.url) as engine, brief(engine) as connection:
        connection.execute(journal.delete().where(journal.c.seq.in_([5, 6])))
    assert "the lines 5 to 6 of the journal are missing" in acd.says("replay", code=3)


def test_of_an_empty_journal_there_is_nothing_to_replay(acd: Acd) -> None:
    with opened(acd.url) as engine, brief(engine) as connection:
        connection.execute(journal.delete())
        connection.execute(runs.delete())
    with pytest.raises(DatabaseError, match="the journal is empty"):
        acd.says("replay")
    assert acd.says("db", "snapshot") == "Nothing has happened yet.\n"


def test_what_is_too_old_is_deleted_at_once_where_that_is_asked_for(
    acd: Acd, tmp_path: Path
) -> None:
    """The calls of these tests were some time ago."""
    config = tmp_path / "acd.yaml"
    node = "{ari_url: 'http://127.0.0.1:1/ari', ari_user: a, ari_password: b, media_address: c}"
    said = []
    for days in ("", "keep_reports_days: 1, "):
        config.write_text(f"journal: {{{days}keep_days: 3650}}\nnodes: [{node}]\n")
        with opened(acd.url) as engine, brief(engine) as connection:
            for table in (configurations, configuration_sources, entities):
                connection.execute(table.delete())
        said += acd.says("db", "prune", "--config", str(config)).splitlines()
    none = "0 lines of the journal and 0 snapshots are deleted."
    assert said[:2] == [none, none]
    assert said[2].startswith("3 interactions and ")


def test_the_commands_say_what_they_have_done(acd: Acd, tmp_path: Path) -> None:
    assert acd.says("db", "snapshot").startswith(f"Snapshot {len(LIFE)} has ")
    assert acd.says("db", "snapshot") == f"Nothing has happened since snapshot {len(LIFE)}.\n"
    assert "is erased+" in acd.says("db", "erase", "caller", "+90212caller 1").replace("\n", " ")
    assert acd.says("db", "erase", "caller", "+1") == "There is nothing about this caller.\n"
    backup = str(tmp_path / "backup.db")
    assert f"up to line {len(LIFE)}, of run 1" in acd.says("db", "backup", backup)
    other = f"sqlite:///{tmp_path}/other.db"
    assert f"at line {len(LIFE)}" in acd.says("db", "restore", backup, "--database", other)
    size = acd.says("db", "size")
    assert f"journal                {len(LIFE)}" in size
    assert "is known when `acd worker` has measured it" in size
    told = json.loads(acd.says("db", "size", "--json"))
    assert told["days_left"] is None
    assert told["bytes"] > 50_000
