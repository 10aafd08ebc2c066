"""An agent who is erased is gone from earlier versions too, and one can go back to them."""

import json
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from acd.app.erasing import erase_person
from acd.app.proposing import of_version
from acd.app.starting import configuration_at_start
from acd.config import check
from acd.config.difference import changes_of
from acd.config.entities import document_of
from acd.db.account_tables import accounts, tokens
from acd.db.configuration_tables import configurations
from acd.db.erasing import Erased, NotErasable
from acd.db.moment import brief, one_moment, opened
from acd.db.tables import callback_marks, metadata
from acd.db.versions import Versions
from tests.unit.app.versions import MORE, Folder, folder

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
AYSE = '{username: ayse, name: Ayşe, extension: "1001", projects: [support]}'
OTHERS = """{username: ayse-nur, name: Nur, extension: "1002", projects: [support]},
  {username: ayse.k, name: Kaya, extension: "1003", projects: [support]}"""
PHONES = """extensions: [
  {number: "1002", password: "${PHONE}"}, {number: "1003", password: "${PHONE}"}, """


@pytest.fixture
def site(tmp_path: Path, empty: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """Where no writer of a journal wants a turn."""
    monkeypatch.setattr("acd.db.erasing.PAUSE_S", 0)
    return folder(tmp_path, empty)


async def apply(site: Folder, *changes: tuple[str, str]) -> None:
    def changed(text: str) -> str:
        text = text.replace("agents: [ayse]", "agents: [ayse, ayse-nur]")
        text = text.replace(AYSE, f"{AYSE}, {OTHERS}").replace("extensions: [", PHONES)
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        return text

    site.write(changed)
    await configuration_at_start(site.file, apply=True, environment=site.environment)


async def history(site: Folder) -> None:
    """Three versions; the last one is without ayse, but for a comment."""
    await apply(site)
    await apply(site, ("queues:\n", f"queues:\n{MORE}"), ("name: Ayşe", "name: Ayşe Kaya"))
    gone = ("agents: [ayse, ayse-nur]", "agents: [ayse-nur]")
    await apply(
        site, (f"{AYSE}, ", ""), gone, ("queues:\n", "queues: # no more ayse, not ayse.k\n")
    )


def url(site: Folder) -> str:
    return f"sqlite:///{site.path}/acd.db"


def everything(site: Folder) -> str:
    """All that stands in any table, texts unpacked."""
    with opened(url(site)) as engine, one_moment(engine) as connection:
        rows = [
            [zlib.decompress(each).decode() if isinstance(each, bytes) else each for each in row]
            for table in metadata.sorted_tables
            for row in connection.execute(select(table))
        ]
    return json.dumps(rows, default=str, ensure_ascii=False)


def erase(site: Folder) -> Erased:
    with opened(url(site)) as engine:
        return erase_person(engine, "agent", "ayse")


def write(site: Folder, table: object, **values: object) -> None:
    with opened(url(site)) as engine, brief(engine) as connection:
        connection.execute(insert(table), values)  # type: ignore[call-overload]


async def test_who_has_called_back_is_forgotten(site: Folder) -> None:
    await history(site)
    at = datetime(2026, 7, 1, tzinfo=UTC)
    mark = {"entry": "1-1.1", "interaction": "1-1", "by": "ayse", "at": at, "result": "reached"}
    write(site, callback_marks, **mark)
    assert erase(site).changed["callback_marks"] == 1
    assert '"by": "ayse"' not in everything(site)


async def test_every_version_forgets_an_agent_who_is_erased(site: Folder) -> None:
    await history(site)
    assert "Ayşe Kaya" in everything(site)
    erased = erase(site)
    assert erased.changed["configurations"] == 3
    assert erased.changed["configuration_sources"] == 3
    left = everything(site).replace("ayse-nur", "").replace("ayse.k", "")
    assert "ayse" not in left.replace(erased.pseudonym, "")
    assert "Ayşe" not in left
    assert not any(erase(site).changed.values()), "there is nothing more to erase"


async def test_one_goes_back_to_a_version_that_has_forgotten_somebody(site: Folder) -> None:
    await history(site)
    erase(site)
    async with site.store() as store:
        versions = Versions(store)
        for number in (1, 2, 3):
            back = await of_version(versions, number)
            stored = await versions.find(number)
            assert stored
            assert back.result == stored.digest, "the digests are those of what is left"
        *_, first = await versions.changes_after(0)
    raw = document_of(change.one for change in changes_of(json.loads(first)))
    configuration = check(raw | {"database": "sqlite:///x"}, "version 1", site.environment)
    assert [*configuration.settings.agents] == ["ayse-nur", "ayse.k"]
    assert configuration.settings.queues["sales"].agents == ("ayse-nur",)  # type: ignore[index]


async def test_a_cut_short_erasure_of_versions_goes_on(
    site: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    await history(site)
    with monkeypatch.context() as broken:
        broken.setattr("acd.app.erasing.digests", None)
        with pytest.raises(TypeError):
            erase(site)
    erased = erase(site)
    assert (erased.changed["configurations"], erased.changed["configuration_sources"]) == (3, 0)
    assert "Ayşe" not in everything(site)


async def test_who_is_in_the_version_of_the_next_start_is_not_erased(site: Folder) -> None:
    """No process has ever had it in force: the live state does not know of it."""
    await apply(site)
    before = everything(site)
    with pytest.raises(NotErasable, match="part of the configuration"):
        erase(site)
    assert everything(site) == before


async def test_an_account_goes_with_its_tokens_and_is_named_by_none(site: Folder) -> None:
    for name in ("ayse", "ayse.k"):
        about = {"must_change_password": False, "disabled": False, "created_at": NOW}
        write(site, accounts, username=name, role="agent", password_hash="x", **about)
        about = {"digest": name, "username": name, "created_at": NOW}
        write(site, tokens, id=f"of {name}", name="ayse and ayse.k", **about)
    erased = erase(site)
    assert (erased.changed["accounts"], erased.changed["tokens"]) == (1, 1)
    with opened(url(site)) as engine, one_moment(engine) as connection:
        assert connection.scalars(select(accounts.c.username)).all() == ["ayse.k"]
        named = connection.execute(select(tokens.c.username, tokens.c.name)).all()
    assert named == [("ayse.k", f"{erased.pseudonym} and ayse.k")]


async def test_who_has_applied_a_version_is_not_named_by_it(site: Folder) -> None:
    await history(site)
    with opened(url(site)) as engine, brief(engine) as connection:
        connection.execute(configurations.update().values(author="ayse", note="as ayse wanted"))
    erased = erase(site)
    with opened(url(site)) as engine, one_moment(engine) as connection:
        said = connection.execute(select(configurations.c.author, configurations.c.note)).all()
    assert {*said} == {(erased.pseudonym, f"as {erased.pseudonym} wanted")}


async def test_of_a_caller_no_version_knows(site: Folder) -> None:
    await history(site)
    before = everything(site)
    with opened(url(site)) as engine:
        erased = erase_person(engine, "caller", "+90212")
    assert not any(erased.changed.values())
    assert everything(site) == before
