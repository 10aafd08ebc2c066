"""The recorded parts: equally loud, without a click, small, and put where they belong."""

import importlib
import math
from collections import Counter
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

from acd.audio import g711
from acd.settings import Language

ROOT = Path(__file__).parents[3]
LINEAR = {
    "ulaw": {g711.ulaw([sample])[0]: sample for sample in range(-32768, 32768)},
    "alaw": {g711.alaw([sample])[0]: sample for sample in range(-32768, 32768)},
}
FILES = sorted((ROOT / "sounds").glob("*/acd/*"))
SILENT = {"pause"}
PACKET = 160


def loudness_db(path: Path) -> float:
    """Of what is not silent, below full scale."""
    linear = LINEAR[path.suffix[1:]]
    counted = Counter(path.read_bytes())
    spoken = {linear[code]: count for code, count in counted.items() if abs(linear[code]) > 400}
    mean = sum(sample * sample * n for sample, n in spoken.items()) / sum(spoken.values())
    return 10 * math.log10(mean / 32768**2)


def test_all_are_equally_loud() -> None:
    loud = {path: loudness_db(path) for path in FILES if path.stem not in SILENT | {"beep"}}
    assert {path.name: db for path, db in loud.items() if not -22 < db < -17} == {}


def test_none_begins_or_ends_with_a_click_and_each_is_of_whole_packets() -> None:
    for path in FILES:
        sound, linear = path.read_bytes(), LINEAR[path.suffix[1:]]
        assert len(sound) % PACKET == 0, path
        assert abs(linear[sound[0]]) < 100 > abs(linear[sound[-1]]), path


def test_a_pause_is_silent() -> None:
    for path in FILES:
        if path.stem in SILENT:
            assert max(abs(LINEAR[path.suffix[1:]][code]) for code in path.read_bytes()) < 16


def test_they_are_small() -> None:
    assert sum(path.stat().st_size for path in FILES) < 3_000_000


@pytest.fixture
def speaker() -> ModuleType:
    """tools/sounds."""
    loader = SourceFileLoader("tools_sounds", str(ROOT / "tools/sounds"))
    spec = spec_from_loader(loader.name, loader)
    assert spec
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_the_table_is_that_of_the_files(speaker: ModuleType) -> None:
    assert speaker.table() == (ROOT / "acd/ivr/recorded.py").read_text()


def test_what_is_spoken_is_cut_and_levelled_and_fills_its_packets(
    speaker: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A whisper between two silences, of a second each, in place of a voice."""
    second = g711.RATE
    whisper = [round(200 * math.sin(at)) for at in range(second)]
    (tmp_path / "en.yaml").write_text("again: Again.\n")
    (tmp_path / "en/acd").mkdir(parents=True)
    (tmp_path / "en/acd/given-up.ulaw").write_text("no more in the list")
    monkeypatch.setattr(speaker, "SOUNDS", tmp_path)
    monkeypatch.setattr(
        speaker, "_speak", lambda language, words: [0] * second + whisper + [0] * second
    )
    speaker.render(Language.ENGLISH, set())
    made = {path.name: path for path in (tmp_path / "en/acd").iterdir()}
    assert sorted({path.stem for path in made.values()}) == ["again", "beep", "pause"]
    spoken = made["again.ulaw"]
    pause_ms, kept_ms = 240, 30
    assert 1000 + pause_ms <= spoken.stat().st_size / 8 <= 1000 + pause_ms + kept_ms + 20
    assert -22 < loudness_db(spoken) < -17


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """What tools/asterisk does with them."""
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    return importlib.import_module("_asterisk.sounds")


@pytest.fixture
def theirs(tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sounds of an Asterisk of this machine; ours are one file in each language."""
    for language in Language:
        folder = tmp_path / "ours" / language / "acd"
        folder.mkdir(parents=True)
        (folder / "comfort.ulaw").write_text(language)
    monkeypatch.setattr(tool, "OURS", tmp_path / "ours")
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    return theirs


def test_they_are_put_among_the_sounds_of_an_asterisk_of_this_machine(
    tool: ModuleType, theirs: Path
) -> None:
    (theirs / "en").mkdir()
    (theirs / "en/beep.wav").write_text("theirs")
    tool.install(theirs)
    files = [path for path in theirs.rglob("*") if path.is_file()]
    assert {str(path.relative_to(theirs)): path.read_text() for path in files} == {
        "en/beep.wav": "theirs",
        "en/acd/comfort.ulaw": "en",
        "tr/acd/comfort.ulaw": "tr",
    }
    # A voice of one's own is put into the repository, and comes from there.
    (tool.OURS / "tr/acd/comfort.ulaw").write_text("another voice")
    tool.install(theirs)
    assert (theirs / "tr/acd/comfort.ulaw").read_text() == "another voice"


def test_where_they_cannot_be_put_it_is_said_what_helps(
    tool: ModuleType, theirs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (theirs / "tr").write_text("no folder")
    tool.install(theirs)
    assert f"Run as root: mkdir -p {theirs}/tr/acd && cp" in capsys.readouterr().err
    assert (theirs / "en/acd/comfort.ulaw").exists()


def test_every_language_is_there(tool: ModuleType) -> None:
    assert tool.languages() == sorted(Language)


def test_the_image_of_asterisk_has_each_language() -> None:
    text = (ROOT / "docker/asterisk.Dockerfile").read_text()
    assert f"for language in {' '.join(Language)}; do" in text
    assert "COPY sounds /srv/acd/sounds" in text
