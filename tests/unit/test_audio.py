"""Music into G.711: what is heard stays, what cannot be kept is gone, what is no music is told."""

import math
import subprocess
import sys
import wave
from array import array
from collections.abc import Sequence
from pathlib import Path

import pytest

from acd.audio import g711
from acd.audio.copies import Unusable, make


def tone(hertz: float, rate: int, seconds: float = 0.1, loudness: int = 8000) -> list[int]:
    step = 2 * math.pi * hertz / rate
    return [round(loudness * math.sin(step * at)) for at in range(int(rate * seconds))]


def strength(samples: Sequence[int], hertz: float, rate: int = 8000) -> float:
    """How loud this tone is in there (Goertzel)."""
    turn = 2 * math.pi * hertz / rate
    real = sum(sample * math.cos(turn * at) for at, sample in enumerate(samples))
    imaginary = sum(sample * math.sin(turn * at) for at, sample in enumerate(samples))
    return 2 * math.hypot(real, imaginary) / len(samples)


def write(path: Path, samples: Sequence[int], rate: int = 8000, channels: int = 1) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(array("h", samples).tobytes())
    return path


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 44100, 48000])
def test_a_tone_is_the_same_tone_at_another_rate(rate: int) -> None:
    made = g711.resampled(tone(440, rate), rate)
    assert abs(len(made) - 800) <= 1
    assert strength(made, 440) == pytest.approx(8000, rel=0.05)


@pytest.mark.parametrize("rate", [16000, 44100])
def test_what_is_too_high_is_gone_and_not_heard_as_something_else(rate: int) -> None:
    made = g711.resampled(tone(5000, rate), rate)
    assert max(map(abs, made[100:-100])) < 400


@pytest.mark.parametrize("law", ["ulaw", "alaw"])
def test_the_laws_are_those_of_the_standard(law: str) -> None:
    encode = getattr(g711, law)
    known = {
        "ulaw": {0: 0xFF, 32767: 0x80, -32768: 0x00, 1000: 0xCE, -1000: 0x4E},
        "alaw": {0: 0xD5, 32767: 0xAA, -32768: 0x2A, 1000: 0xFA, -1000: 0x7A},
    }
    assert {sample: encode([sample])[0] for sample in known[law]} == known[law]


def test_each_file_has_a_copy_for_each_law(tmp_path: Path) -> None:
    source, target = tmp_path / "from", tmp_path / "to"
    source.mkdir()
    target.mkdir()
    write(source / "a.wav", tone(440, 16000), 16000)
    both = [sample for one in tone(300, 8000) for sample in (one, one)]
    write(source / "b.wav", both, channels=2)
    (source / "c.ulaw").write_bytes(b"as it is")
    (source / ".hidden").write_text("nothing")
    assert make(source, target) == 3
    names = sorted(path.name for path in target.iterdir())
    assert names == ["a.alaw", "a.ulaw", "b.alaw", "b.ulaw", "c.ulaw"]
    assert (target / "c.ulaw").read_bytes() == b"as it is"
    assert (target / "b.ulaw").read_bytes() == g711.ulaw(tone(300, 8000))


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("song.mp3", b"ID3", "song.mp3 is no WAV file of PCM"),
        ("cut.wav", b"RIFF", "cut.wav is no WAV file of PCM"),
        (None, b"", "there is no file in"),
    ],
)
def test_what_is_no_music_is_told_with_a_remedy(
    tmp_path: Path, name: str | None, content: bytes, says: str
) -> None:
    if name:
        (tmp_path / name).write_bytes(content)
    words = [sys.executable, "-m", "acd.audio.copies", str(tmp_path), str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert says in done.stderr
    assert name is None or "sox" in done.stderr


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="nowhere cannot be read: No such file"):
        make(tmp_path / "nowhere", tmp_path)
