"""Ears on made-up sound."""

from __future__ import annotations

import math
import random

import pytest

from tests.parties import tones
from tests.parties.ears import Ears
from tests.parties.tones import ALL, WINDOW, WINDOW_S, Law, decode, encode, frames

LAWS = [Law.MU, Law.A]


def listen(ears: Ears, sounds: list[bytes], start: float = 0.0, law: Law = Law.MU) -> float:
    """Let ears take 20 ms frames from `start` on; returns when the last was over."""
    for place, sound in enumerate(sounds):
        ears.take(sound, law, start + place * WINDOW_S)
    return start + len(sounds) * WINDOW_S


def mixed(*heard: float, loudness: float = tones.LOUDNESS, shift: int = 0) -> bytes:
    samples = [
        sum(loudness * math.sin(2 * math.pi * f * (n + shift) / tones.RATE) for f in heard)
        for n in range(WINDOW)
    ]
    return encode(samples, Law.MU)


@pytest.mark.parametrize("law", LAWS)
def test_every_byte_is_its_own_nearest(law: Law) -> None:
    once = decode(bytes(range(256)), law)
    assert decode(encode([float(value) for value in once], law), law) == once


@pytest.mark.parametrize("law", LAWS)
def test_the_known_values_of_g711(law: Law) -> None:
    silence, loudest = {Law.MU: (b"\xff", (b"\x80", 32124)), Law.A: (b"\xd5", (b"\xaa", 32256))}[
        law
    ]
    assert abs(decode(silence, law)[0]) <= 8
    assert decode(loudest[0], law) == [loudest[1]]


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("tone", ALL)
def test_each_tone_is_heard_and_no_other(tone: float, law: Law) -> None:
    ears = Ears()
    listen(ears, list(frames(tone, law)) * 4, law=law)
    assert {known for known in ALL if ears.heard_since(0.0, known)} == {tone}
    assert ears.hears_only({tone})


@pytest.mark.parametrize("shift", [0, 13, 80, 159])
def test_three_voices_at_once_are_told_apart_at_any_phase(shift: int) -> None:
    ears = Ears()
    voices = {tones.CALLERS[0], tones.AGENTS[0], tones.SUPERVISOR}
    listen(ears, [mixed(*voices, shift=shift)] * 4)
    assert {known for known in ALL if ears.heard_since(0.0, known)} == voices
    assert ears.hears_only(voices)
    assert not ears.hears_only({tones.CALLERS[0]})


def test_a_tone_between_the_bins_is_heard_as_well() -> None:
    ears = Ears()
    listen(ears, list(frames(440.0, Law.MU)) * 2)
    assert ears.heard_since(0.0, 440.0)
    assert not ears.heard_since(0.0, 620.0)


def test_a_whisper_at_a_fifth_of_the_voice_is_still_strange() -> None:
    ears = Ears()
    loud, quiet = decode(mixed(400.0), Law.MU), decode(mixed(900.0, loudness=4000.0), Law.MU)
    both = encode([float(a + b) for a, b in zip(loud, quiet, strict=True)], Law.MU)
    listen(ears, [both] * 4)
    assert ears.heard_since(0.0, 900.0)
    assert not ears.hears_only({400.0})


def test_a_change_within_a_window_is_not_taken_for_a_third_tone() -> None:
    for cut in range(10, WINDOW, 10):
        ears = Ears()
        before, after = mixed(400.0), mixed(900.0)
        listen(ears, [before] * 3 + [before[:cut] + after[cut:]] + [after] * 3)
        assert ears.hears_only({400.0, 900.0}), cut
        assert {known for known in ALL if ears.heard_since(0.0, known)} == {400.0, 900.0}, cut


def test_noise_is_no_tone_and_silence_is_nothing_strange() -> None:
    noise = random.Random(1)
    ears = Ears()
    end = listen(ears, [b"\xff" * WINDOW] * 5)
    assert ears.strange({400.0}) == []
    assert not ears.hears_only({400.0})
    hiss = [encode([noise.gauss(0, 3000) for _ in range(WINDOW)], Law.MU) for _ in range(50)]
    listen(ears, hiss, end)
    assert len(ears.strange({400.0})) == 50


def test_first_and_last_heard_are_the_times_of_their_packets() -> None:
    ears = Ears()
    start = listen(ears, [b"\xff" * WINDOW] * 10)
    end = listen(ears, [mixed(900.0)] * 10, start)
    listen(ears, [b"\xff" * WINDOW] * 10, end)
    assert ears.first_heard(900.0) == pytest.approx(start)
    assert ears.last_heard(900.0) == pytest.approx(end - WINDOW_S)
    assert ears.first_heard(900.0, since=start + 0.1) == pytest.approx(start + 0.1)
    assert ears.first_heard(400.0) is None


def test_gaps_are_missing_packets_or_other_sound_and_reach_the_end() -> None:
    ears = Ears()
    end = listen(ears, [mixed(900.0)] * 10)
    end = listen(ears, [mixed(1500.0)] * 10, end)
    end = listen(ears, [mixed(900.0)] * 10, end)
    end = listen(ears, [mixed(900.0)] * 10, end + 0.3)
    gaps = ears.silence_gaps(900.0, 0.0, longest=0.1, until=end + 0.5)
    starts_and_ends = [second for gap in gaps for second in (gap.start, gap.end)]
    assert starts_and_ends == pytest.approx([0.2, 0.4, 0.6, 0.9, 1.1, 1.6])


def test_packets_of_thirty_milliseconds_are_cut_into_windows() -> None:
    ears = Ears()
    stream = mixed(900.0) * 6
    for place in range(4):
        ears.take(stream[place * 240 : place * 240 + 240], Law.MU, place * 0.03)
    assert len(ears.windows()) == 6
    assert ears.hears_only({900.0})


def test_a_summary_names_what_was_heard() -> None:
    ears = Ears()
    assert ears.summary() == "no packets"
    listen(ears, [mixed(900.0), b"\xff" * WINDOW])
    assert ears.summary() == "2 windows; 900.0: 50%, silence: 50%"


@pytest.mark.parametrize("tone", [441.0, 0.0, 4000.0])
def test_a_tone_that_cannot_be_repeated_without_a_click_is_refused(tone: float) -> None:
    with pytest.raises(ValueError, match="multiple of 10"):
        frames(tone, Law.MU)
