"""Music of the configuration: heard by who waits, and changed without cutting anybody's."""

from __future__ import annotations

import time
import wave
from array import array
from pathlib import Path
from typing import Any

import pytest

from acd.audio import g711
from tests.integration.running import Acd, Site, Start, queue, until
from tests.parties.tones import PROMPTS, Law, frames

pytestmark = pytest.mark.asterisk

OLD, NEW = PROMPTS[:2]


def write(folder: Path, tone: float) -> None:
    """A second of the tone as a WAV file."""
    folder.mkdir(exist_ok=True)
    linear = {code: sample for sample in range(-32768, 32768) for code in g711.ulaw([sample])}
    sound = b"".join(frames(tone, Law.MU)) * 50
    with wave.open(str(folder / "tone.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(array("h", [linear[code] for code in sound]).tobytes())


def node(site: Site) -> dict[str, Any]:
    known = {name: site.facts[name] for name in ("ari_url", "ari_user", "ari_password")}
    place = site.facts["paths"]["moh"]
    return {**known, "media_address": site.facts["sip_address"], "music_folder": place}


async def made(acd: Acd, site: Site, before: int) -> None:
    """Wait until Asterisk has been told of so many folders of music and one more."""
    place = Path(site.facts["paths"]["moh"])
    await until(lambda: len(list(place.glob("calm.*"))) > before, within=20)
    await until(lambda: _newest(place) in (place / "classes.conf").read_text())


def _newest(place: Path) -> str:
    return max(place.glob("calm.*"), key=lambda path: path.stat().st_mtime_ns).name


@pytest.mark.key("music", "music.name", "music.folder", "nodes.music_folder", "queues.music")
async def test_music_is_changed_while_somebody_listens_to_it(
    start: Start, site: Site, tmp_path: Path
) -> None:
    folder = tmp_path / "calm"
    write(folder, OLD)
    acd = await start(
        queue("sales", "700", "ayse", music="calm"),
        nodes=[node(site)],
        music=[{"name": "calm", "folder": str(folder)}],
    )
    await made(acd, site, 0)
    waits = acd.caller()
    await waits.dial("700")
    await waits.hears(OLD)
    begun = time.monotonic()
    write(folder, NEW)
    [link] = acd.program.links.values()
    await link.take_over(link._settings)
    await made(acd, site, 1)
    comes = acd.caller(1)

    async def hears_the_new_one() -> bool:
        await comes.dial("700")
        await comes.current.answered()
        heard = await comes.current.ears.hears(NEW, 1.0)
        await comes.hang_up()
        return heard

    # The file is written before Asterisk has read it.
    assert any([await hears_the_new_one() for _ in range(3)])
    assert waits.ears.silence_gaps(OLD, begun) == []
    assert not waits.ears.heard_since(begun, NEW)
    await waits.hang_up()


async def test_music_that_cannot_be_made_is_told_and_hinders_nothing_else(
    start: Start, site: Site, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "song.mp3").write_bytes(b"ID3")
    acd = await start(
        queue("sales", "700", "ayse", music="default"),
        nodes=[node(site)],
        music=[{"name": "broken", "folder": str(broken)}],
    )
    records = acd.errors.records
    await until(lambda: any("music class" in record.getMessage() for record in records))
    [line] = [record for record in records if "music class" in record.getMessage()]
    assert "song.mp3 is no WAV file" in line.reason  # type: ignore[attr-defined]
    records.remove(line)
    caller = acd.caller()
    call = await caller.dial("700")
    await call.answered()
    await call.hang_up()
