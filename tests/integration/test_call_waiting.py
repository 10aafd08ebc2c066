"""What those who wait hear on a real Asterisk, and how they leave, judged by ear."""

import time
from datetime import datetime

import pytest

from acd.ids import HOLDING, AgentId, StatusName
from acd.ivr import speaking
from acd.ivr.speaking import Spoken
from acd.requests import SetStatus
from acd.settings import AVAILABLE, Language
from tests.integration.instances import REPOSITORY, Ari
from tests.integration.running import WHISPER, Site, Start, queue, until
from tests.parties.behaviour import Answer, Ring
from tests.parties.call import Call
from tests.parties.tones import AGENTS, MUSIC, WINDOW, Law

pytestmark = pytest.mark.asterisk

ENTRIES = "queue, outcome"
BEGINNING = 1600
"""So many bytes (0.2 s) tell which recording begins."""


def begins(call: Call, spoken: Spoken) -> list[float]:
    """When that was begun to be told, each time."""
    windows = call.ears.windows()
    heard = b"".join(window.sound for window in windows)
    wanted = beginning(spoken, windows[0].law) if windows else b"nothing"
    found, place = [], heard.find(wanted)
    while place >= 0:
        found.append(windows[place // WINDOW].at)
        place = heard.find(wanted, place + 1)
    return found


def beginning(spoken: Spoken, law: Law) -> bytes:
    """The first that is heard of it, and of nothing else."""
    name = spoken.media[0].removeprefix("sound:")
    codec = {Law.MU: "ulaw", Law.A: "alaw"}[law]
    sound = (REPOSITORY / "sounds" / spoken.language / f"{name}.{codec}").read_bytes()
    return sound[:BEGINNING]


POSITION = speaking.position(Language.ENGLISH, 1)


async def told(call: Call, spoken: Spoken, times: int = 1) -> list[float]:
    await until(lambda: len(begins(call, spoken)) >= times, what=f"it is told {times} times")
    return begins(call, spoken)


async def test_the_position_is_told_again_and_again_with_music_between(start: Start) -> None:
    """However often it is asked for, no announcement overlaps another (Q-030, trap 38)."""
    about = {"announce": "position", "announce_first_s": 0, "announce_every_s": 1}
    acd = await start(queue("sales", "700", "ayse", **about))
    call = await acd.caller().dial("700")
    first, second = await told(call, POSITION, times=2)
    assert second - first > POSITION.duration_ms / 1000 + 1.9
    music = call.ears.first_heard(MUSIC, first + POSITION.duration_ms / 1000)
    assert music is not None, "the music does not go on by itself"
    assert music < second - 1
    await call.hang_up()
    await acd.written("entries", ENTRIES, ("sales", "abandoned"))


async def test_a_position_that_is_no_better_is_not_told_again(start: Start) -> None:
    about = {"announce": "position", "announce_first_s": 0, "announce_every_s": 1}
    acd = await start(queue("sales", "700", "ayse", announce_improved_only=True, **about))
    call = await acd.caller().dial("700")
    [first] = await told(call, POSITION)
    again = first + POSITION.duration_ms / 1000 + 2
    await until(lambda: time.monotonic() > again + 0.7)
    assert begins(call, POSITION) == [first]
    await call.hang_up()


async def test_an_agent_who_wins_cuts_what_is_told(start: Start) -> None:
    """No announcement delays a connection, and nothing of it is left in the talk (trap 37)."""
    about = {"announce": "position", "announce_first_s": 0, "comfort": "standard"}
    acd = await start(queue("sales", "700", "ayse", **about))
    call = await acd.caller().dial("700")
    await told(call, POSITION)
    phone = await acd.phone("ayse", Answer())
    await call.hears(AGENTS[0])
    answered_at, voice = phone.current.answered_at, call.ears.first_heard(AGENTS[0])
    assert answered_at is not None
    assert voice is not None
    assert voice - answered_at < 0.5
    assert voice - begins(call, POSITION)[0] < POSITION.duration_ms / 1000
    begin = time.monotonic()
    await until(lambda: time.monotonic() > begin + 0.4)
    assert call.ears.hears_only({AGENTS[0]}, begin)
    await call.hang_up()


async def test_the_exit_key_works_while_something_is_told_and_a_phone_rings(start: Start) -> None:
    about = {
        "announce": "position+exit",
        "announce_first_s": 0,
        "exit_to": "queue:help",
    }
    acd = await start(queue("sales", "700", "ayse", **about), queue("help", "701", "baris"))
    ayse, _ = await acd.phone("ayse", Ring()), await acd.phone("baris", Answer())
    call = await acd.caller().dial("700")
    await ayse.invited()
    await told(call, POSITION)
    await call.send_digits("1")
    await call.hears(AGENTS[1])
    await ayse.current.ended()
    await call.hang_up()
    await acd.written("entries", ENTRIES, ("sales", "queue_exit"), ("help", "answered"))
    await acd.written("offers", "agent, outcome", ("ayse", "withdrawn"), ("baris", "answered"))
    await acd.idle("ayse")


async def test_a_timeout_comes_at_its_time_whatever_phones_do(start: Start) -> None:
    """In the middle of a second round of ringing (trap 38, Q-041, Q-042)."""
    about = {"agent_timeout_s": 3, "timeout_s": 5, "timeout_to": "hangup:normal"}
    acd = await start(queue("sales", "700", "ayse", "baris", **about))
    phones = [await acd.phone(name, Ring()) for name in ("ayse", "baris")]
    call = await acd.caller().dial("700")
    await call.ended()
    await acd.written("entries", ENTRIES, ("sales", "queue_timeout"))
    [(entered, ended)] = acd.rows("entries", "entered_at, ended_at")
    waited = datetime.fromisoformat(str(ended)) - datetime.fromisoformat(str(entered))
    assert abs(waited.total_seconds() - 5) < 0.25
    assert sorted(len(phone.calls) for phone in phones) == [1, 1]
    await acd.written("offers", "outcome", ("missed",), ("withdrawn",))
    await acd.written("interactions", "outcome", ("ended_in_flow",))


async def test_callers_of_a_turkish_number_are_spoken_to_in_turkish(start: Start) -> None:
    turkish = speaking.position(Language.TURKISH, 1)
    route = {"number": "800", "to": "queue:sales", "language": "tr"}
    about = {"announce": "position", "announce_first_s": 0}
    acd = await start(queue("sales", "700", "ayse", **about), routes=[route])
    call = await acd.caller().dial("800")
    await told(call, turkish)
    assert begins(call, POSITION) == []
    await call.hang_up()


async def test_a_sound_of_ones_own_comforts_and_the_music_goes_on(site: Site, start: Start) -> None:
    about = {"comfort": site.whisper, "comfort_every_s": 1}
    acd = await start(queue("sales", "700", "ayse", **about))
    call = await acd.caller().dial("700")
    await call.hears(WHISPER)
    await call.ears.falls_silent(WHISPER, 3)
    await call.hears(MUSIC)
    await call.hang_up()


async def test_who_finds_the_line_full_hears_busy_unanswered(start: Start) -> None:
    acd = await start(queue("sales", "700", "ayse", max_waiting=1, full_to="hangup:busy"))
    call = await acd.caller().dial("700")
    await call.hears(MUSIC)
    second = await acd.caller(1).dial("700")
    await second.ended()
    assert (second.status, second.answered_at) == (486, None)
    await call.hang_up()
    await acd.written("entries", ENTRIES, ("sales", "abandoned"), ("sales", "full"))


async def test_where_nobody_is_logged_in_or_all_are_paused_nobody_comes_in(start: Start) -> None:
    """They are not even answered; who has an agent to wait for is."""
    about = {"join_when_empty": ["none_available"], "no_agents_to": "hangup:busy"}
    lunch = {"name": "Lunch", "category": "break"}
    acd = await start(queue("sales", "700", "ayse", **about), statuses=[lunch])
    nobody = await acd.caller(0).dial("700")
    await nobody.ended()
    await acd.phone("ayse", Ring())
    await acd.ask(SetStatus(agent=AgentId("ayse"), status=StatusName("Lunch")))
    paused = await acd.caller(1).dial("700")
    await paused.ended()
    assert (nobody.status, paused.status) == (486, 486)
    assert (nobody.answered_at, paused.answered_at) == (None, None)
    await acd.ask(SetStatus(agent=AgentId("ayse"), status=AVAILABLE))
    there = await acd.caller(2).dial("700")
    await there.hears(MUSIC)
    await there.hang_up()
    outcomes = [("sales", "no_agents"), ("sales", "no_agents"), ("sales", "abandoned")]
    await acd.written("entries", ENTRIES, *outcomes)


async def test_who_has_waited_for_too_long_is_taken_by_a_colleague(start: Start) -> None:
    about = {"timeout_s": 5, "timeout_to": "extension:1003"}
    acd = await start(queue("sales", "700", "ayse", **about))
    colleague = await acd.registered("cem", Answer())
    call = await acd.caller().dial("700")
    await call.hears(AGENTS[2])
    begin = time.monotonic()
    await until(lambda: time.monotonic() > begin + 0.3)
    assert call.ears.hears_only({AGENTS[2]}, begin)
    await colleague.hang_up()
    await call.ended()
    await acd.written("interactions", "outcome", ("answered",))


async def test_who_waits_and_who_comes_hear_music_though_the_bridge_was_taken_away(
    site: Site, start: Start
) -> None:
    """As by `bridge destroy all` at Asterisk's console."""
    acd = await start()
    first, second = acd.caller(), acd.caller()
    waits = await first.dial("700")
    await waits.hears(MUSIC)
    async with Ari.of(site.facts) as ari:
        await ari.delete(f"bridges/{HOLDING}")
        comes = await second.dial("700")
        await comes.hears(MUSIC)
        await waits.hears(MUSIC)
        assert len((await ari.get(f"bridges/{HOLDING}"))["channels"]) == 1
    assert not any(leg.doubted for leg in acd.state.legs.values())
    phone = await acd.phone("ayse", Answer(after=0.1))
    await waits.hears(phone.tone)
    await phone.current.hang_up()
    await comes.hears(phone.tone)
    await comes.hang_up()
