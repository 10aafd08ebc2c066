"""A process begins with what was applied last, whatever the files say by now."""

import logging
from pathlib import Path

import pytest

from acd.app.starting import configuration_at_start, database_of
from acd.config import BadConfiguration
from acd.db.versions import Versions
from tests.unit.app.versions import MORE, Folder, folder


@pytest.fixture
def site(tmp_path: Path, empty: Path) -> Folder:
    return folder(tmp_path, empty)


async def begun(site: Folder, *, apply: bool = False) -> tuple[int, list[str]]:
    """The version a process begins with, and its queues."""
    configuration = await configuration_at_start(
        site.file, apply=apply, environment=site.environment
    )
    return configuration.settings.version, list(configuration.settings.queues)


async def test_in_an_empty_database_the_files_become_version_1(site: Folder) -> None:
    assert await begun(site) == (1, ["sales"])
    async with site.store() as store:
        latest = await Versions(store).latest()
        assert latest
        assert latest.note == "at the start"


async def test_later_what_was_applied_is_in_force_and_the_files_are_warned_of(
    site: Folder, caplog: pytest.LogCaptureFixture
) -> None:
    await begun(site)
    with caplog.at_level(logging.WARNING):
        assert await begun(site) == (1, ["sales"])
        assert caplog.records == []
        site.write(lambda text: text + MORE)
        assert await begun(site) == (1, ["sales"])
    [warning] = caplog.records
    assert "`acd plan` shows the difference" in warning.message


async def test_a_half_written_file_stops_no_restart(
    site: Folder, caplog: pytest.LogCaptureFixture
) -> None:
    await begun(site)
    site.write(lambda text: text + "  - {name: half, pro")
    assert database_of(site.file, site.environment) == f"sqlite:///{site.path}/acd.db"
    with caplog.at_level(logging.WARNING):
        assert await begun(site) == (1, ["sales"])
    assert len(caplog.records) == 1


async def test_a_file_that_is_gone_stops_no_restart_where_the_database_is_known(
    site: Folder, caplog: pytest.LogCaptureFixture
) -> None:
    await begun(site)
    site.environment["ACD_DATABASE"] = f"sqlite:///{site.path}/acd.db"
    site.file.unlink()
    with caplog.at_level(logging.WARNING):
        assert await begun(site) == (1, ["sales"])
    assert "cannot be read" in caplog.records[0].reason  # type: ignore[attr-defined]


async def test_the_files_are_applied_first_where_that_is_asked_for(site: Folder) -> None:
    await begun(site)
    site.write(lambda text: text + MORE)
    assert await begun(site, apply=True) == (2, ["sales", "help"])
    assert await begun(site, apply=True) == (2, ["sales", "help"]), "nothing new, no version"


async def test_a_comment_is_applied_too_and_not_warned_of_for_ever(
    site: Folder, caplog: pytest.LogCaptureFixture
) -> None:
    await begun(site)
    site.write(lambda text: text + "# who is on duty\n")
    assert await begun(site, apply=True) == (2, ["sales"])
    with caplog.at_level(logging.WARNING):
        assert await begun(site) == (2, ["sales"])
    assert caplog.records == []


async def test_wrong_files_are_not_applied(site: Folder) -> None:
    await begun(site)
    site.write(lambda text: text.replace("agents: [ayse]", "agents: [nobody]"))
    with pytest.raises(BadConfiguration, match="there is no agent nobody"):
        await begun(site, apply=True)
    assert await begun(site) == (1, ["sales"])


async def test_wrong_files_make_no_database(site: Folder) -> None:
    (site.path / "acd.db").unlink()
    site.write(lambda text: text.replace("agents: [ayse]", "agents: [nobody]"))
    with pytest.raises(BadConfiguration, match="there is no agent nobody"):
        database_of(site.file, site.environment)
    assert not (site.path / "acd.db").exists()


async def test_secrets_are_read_anew_at_each_start(site: Folder) -> None:
    await begun(site)
    site.environment["PHONE"] = "another"
    configuration = await configuration_at_start(
        site.file, apply=False, environment=site.environment
    )
    assert configuration.file.extensions[0].password.get_secret_value() == "another"


async def test_a_secret_that_is_gone_is_told_with_the_version_it_belongs_to(site: Folder) -> None:
    await begun(site)
    del site.environment["PHONE"]
    with pytest.raises(BadConfiguration) as bad:
        await begun(site)
    assert str(bad.value) == (
        "version 1: extensions[0].password: the environment variable PHONE is not set"
    )


async def test_queues_are_in_the_order_of_the_files(site: Folder) -> None:
    night = MORE.replace("help", "a-night").replace("701", "702")
    site.write(lambda text: text + MORE + night)
    assert await begun(site) == (1, ["sales", "help", "a-night"])
    assert await begun(site) == (1, ["sales", "help", "a-night"])
