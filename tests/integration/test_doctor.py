"""The doctor finds what is broken on a real Asterisk, and leaves nothing there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from acd.app.doctor import Finding, Grade, examine
from acd.config import check
from tests.integration.instances import Ari, Facts, started, tool_in
from tests.integration.running import configuration, queue

pytestmark = pytest.mark.asterisk

DIALPLAN = """
[from-trunk]
exten => s,1,Hangup()
"""
HTTP = """
[general]
enabled = yes
bindaddr = 127.0.0.1
bindport = @HTTP_PORT@
sessionlimit = 50
"""


@pytest.fixture(scope="module")
def sound_one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Facts]:
    with tool_in(tmp_path_factory.mktemp("run")) as tool:
        yield started(tool, "doctor", "--identify-by=username")


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Facts]:
    """With a dialplan of its own, few sessions, few RTP ports, and no folder to record into."""
    config = tmp_path_factory.mktemp("config")
    (config / "extensions.conf").write_text(DIALPLAN)
    (config / "http.conf").write_text(HTTP)
    (config / "rtp.conf").write_text("[general]\nrtpstart = 30000\nrtpend = 30009\n")
    with tool_in(tmp_path_factory.mktemp("run")) as tool:
        facts = started(tool, "broken", "--identify-by=username", f"--config-dir={config}")
        Path(facts["paths"]["recordings"]).rmdir()
        Path(facts["paths"]["recordings"]).write_text("a file where the folder should be")
        yield facts


async def found(facts: Facts, tmp_path: Path, **more: Any) -> dict[str, Finding]:
    settings = check(configuration(facts, tmp_path / "acd.db", **more), "test")
    return {each.about: each async for each in examine(settings)}


def grades(findings: dict[str, Finding], *about: str) -> list[Grade]:
    return [findings[f"node asterisk{each}"].grade for each in about]


async def test_an_asterisk_of_ours_is_in_order(sound_one: Facts, tmp_path: Path) -> None:
    findings = await found(sound_one, tmp_path)
    node = [each for about, each in findings.items() if about.startswith("node")]
    # No ACD has run here: nothing is provisioned, and nobody is connected.
    unusual = {each.about for each in node if each.grade is not Grade.FINE}
    assert unusual == {
        "node asterisk: application",
        "node asterisk: phones",
        "node asterisk: trunks",
    }
    async with Ari.of(sound_one) as ari:
        assert await ari.get("bridges") == []
        assert await ari.get("recordings/stored") == []
        assert await ari.is_empty()


async def test_phones_that_are_not_registered_are_named(sound_one: Facts, tmp_path: Path) -> None:
    async with Ari.of(sound_one) as ari:
        await ari.provision_phone("1001", "pw1001")
    queues = [queue("sales", "700", "ayse")]
    findings = await found(sound_one, tmp_path, queues=queues, extensions=1)
    phones = findings["node asterisk: phones"]
    assert (phones.grade, phones.says) == (Grade.WARNING, "not reachable: 1001")


async def test_a_sound_that_is_played_but_not_there_is_named(
    sound_one: Facts, tmp_path: Path
) -> None:
    sounds = {
        "whisper": "sound:not-this",
        "name_sound": "sound:nor-this",
        "comfort": "sound:or-this",
    }
    queues = [queue("sales", "700", "ayse", **sounds), queue("help", "701", comfort="standard")]
    findings = await found(sound_one, tmp_path, queues=queues)
    assert findings["node asterisk: sounds"].says == "not there: nor-this, not-this, or-this"


@contextmanager
def without(folder: Path, pattern: str) -> Iterator[None]:
    """Those files are elsewhere meanwhile."""
    away = folder.with_name("away")
    away.mkdir()
    files = list(folder.glob(pattern))
    for path in files:
        path.rename(away / path.name)
    yield
    for path in files:
        (away / path.name).rename(path)
    away.rmdir()


async def test_announcements_that_are_not_there_are_named_with_their_language(
    sound_one: Facts, tmp_path: Path
) -> None:
    folder = Path(sound_one["paths"]["sounds"], "tr/acd")
    with without(folder, "place-2.*"):
        alone = (await found(sound_one, tmp_path))["node asterisk: announcements"]
    with without(folder, "place-[2-4].*"):
        several = (await found(sound_one, tmp_path))["node asterisk: announcements"]
    assert (alone.grade, alone.says) == (Grade.WRONG, "not there: acd/place-2 in tr")
    assert "copy sounds/en/acd and sounds/tr/acd" in alone.remedy
    assert several.says == "not there: acd/place-2 in tr and 2 more"


async def test_sounds_that_asterisk_cannot_list_are_told(sound_one: Facts, tmp_path: Path) -> None:
    folder = Path(sound_one["paths"]["sounds"], "tr")
    with without(folder, "acd"):
        finding = (await found(sound_one, tmp_path))["node asterisk: sounds"]
    assert (finding.grade, "no link" in finding.remedy) == (Grade.WRONG, True)


async def test_what_is_broken_is_wrong_and_has_a_remedy(broken: Facts, tmp_path: Path) -> None:
    findings = await found(broken, tmp_path)
    assert grades(findings, ": dialplan", ": RTP ports", ": recordings") == [Grade.WRONG] * 3
    assert grades(findings, ": HTTP sessions") == [Grade.WARNING]
    assert "acd-fallback" in findings["node asterisk: dialplan"].says
    assert all(each.remedy for each in findings.values() if each.grade is not Grade.FINE)


async def test_a_wrong_password_and_a_wrong_address_are_told_apart(
    sound_one: Facts, tmp_path: Path
) -> None:
    refused = await found({**sound_one, "ari_password": "wrong"}, tmp_path)
    assert "refuses ARI user" in refused["node asterisk"].says
    nobody = await found({**sound_one, "ari_url": "http://127.0.0.1:9/ari"}, tmp_path)
    assert "does not answer" in nobody["node asterisk"].says
    assert refused["node asterisk"].grade is nobody["node asterisk"].grade is Grade.WRONG


async def test_a_database_that_cannot_be_used_is_wrong(sound_one: Facts, tmp_path: Path) -> None:
    (tmp_path / "acd.db").write_text("no database" * 1000)
    findings = await found(sound_one, tmp_path)
    assert findings["database"].grade is Grade.WRONG
