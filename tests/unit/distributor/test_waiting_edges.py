"""Waiting, where something is in the way: the node is lost, a target is not there, a bug is met."""

from datetime import timedelta

import pytest

from acd.calls.leg import LegMove
from acd.effects import GiveBack, Play
from acd.facts import DigitPressed, EffectFailed
from acd.ids import ExtensionNumber
from acd.requests import Refused, Transfer
from acd.settings import Route, Settings
from acd.targets import Target
from acd.waits import Announce, Announcing, Leaving
from tests.stories.acd import SALES, SERVICE, Acd, queue_settings, settings
from tests.unit.distributor.scenes import AYSE, ask, entry, interaction, leg, tell

TOLD = Announcing(announce=Announce.POSITION_EXIT, first_s=10, every_s=30)


def to(text: str) -> Target:
    return Target.of(text)


def sales(**leaving: object) -> Settings:
    about = Leaving(**leaving)  # type: ignore[arg-type]
    return settings(
        queue_settings(SALES, "700", "ayse", announcing=TOLD, leaving=about),
        queue_settings(SERVICE, "701", "baris", whisper="sound:whisper"),
    )


def waits(**leaving: object) -> Acd:
    acd = Acd(sales(**leaving))
    acd.calls("first")
    return acd


def routed(text: str, **leaving: object) -> Acd:
    """A call to a number that leads there."""
    acd = Acd(sales(**leaving))
    acd.applies(routes={"9": Route(to=to(text))})
    acd.calls("first", "9")
    return acd


def test_while_the_node_is_away_nothing_is_told_and_nobody_is_sent() -> None:
    acd = waits(timeout_s=20, timeout_to=to("queue:service"))
    acd.world.lose_node()
    acd.world.pass_time(60)
    assert acd.told("first") == []
    assert acd.outcomes("Entry") == []
    acd.world.reconnect()
    acd.pass_time(1)
    assert acd.outcomes("Entry") == ["queue_timeout"]


def test_what_cannot_be_played_is_over_at_once() -> None:
    acd = waits()
    acd.pass_time(10)
    [announcer] = acd.world.core.state.announcers.values()
    [play] = acd.world.asterisk.played
    tell(acd, EffectFailed(effect=play, reason="no such sound"))
    [after] = acd.world.core.state.announcers.values()
    assert isinstance(play, Play)
    assert (announcer.playback, after.playback) == (play.playback, None)


def test_an_extension_without_an_agent_rings() -> None:
    acd = routed("extension:1009")
    assert acd.world.asterisk.given_back
    acd = Acd(sales())
    acd.applies(routes={"9": Route(to=to("extension:1009"))})
    acd.world.register("1009")
    acd.calls("first", "9")
    acd.customer_of("1009", acd.world.asterisk.answer)
    acd.expect_talking("first", "1009")
    acd.caller_hangs_up("first")
    assert acd.outcomes("Interaction") == ["answered"]


def test_who_has_no_place_to_go_back_to_is_given_to_the_fallback() -> None:
    acd = Acd(sales())
    acd.applies(routes={"9": Route(to=to("queue:gone"))})
    channel = acd.world.asterisk.call("9")
    effects = tell(acd, acd.world.asterisk.events.popleft())
    assert [e.channel for e in effects if isinstance(e, GiveBack)] == [channel]
    assert not acd.world.core.state.interactions


def test_a_phone_of_ours_that_is_given_back_is_free() -> None:
    acd = Acd(sales())
    acd.applies(routes={"9": Route(to=to("queue:gone"))})
    acd.at_work("ayse")
    acd.calls("first", "9", extension=ExtensionNumber("1001"))
    assert acd.doing("ayse") == "idle"


def test_a_call_back_that_cannot_be_made_is_not_promised() -> None:
    acd = waits(exit_to=to("callback:sales"))
    acd.applies(outbound_routes=())
    place = entry(acd).order_since
    acd.caller_presses("first", "1")
    assert acd.outcomes("Entry") == ["queue_exit"]
    assert (entry(acd).kind, entry(acd).order_since) == ("caller", place)
    assert acd.world.asterisk.alarms == ["a target cannot be reached"]


def test_queues_that_are_full_of_each_other_lose_nobody() -> None:
    """A circle that the check would have refused."""
    full = Leaving(max_waiting=1, full_to=to("queue:service"))
    back = Leaving(max_waiting=1, full_to=to("queue:sales"))
    acd = Acd(
        settings(
            queue_settings(SALES, "700", "ayse", leaving=full),
            queue_settings(SERVICE, "701", "baris", leaving=back),
        )
    )
    acd.calls("one")
    acd.calls("two")
    acd.calls("three")
    assert acd.outcomes("Entry") == ["full", "full", "full"]
    assert len(acd.world.asterisk.given_back) == 1
    assert acd.outcomes("Interaction") == ["failed"]


def test_who_has_talked_was_answered_however_it_ends() -> None:
    acd = waits(timeout_s=20, timeout_to=to("hangup:normal"))
    acd.at_work("ayse")
    acd.takes("ayse")
    acd.agent_hangs_up("ayse", cause=44)
    acd.pass_time(30)
    assert acd.outcomes("Interaction") == ["answered"]


def test_a_transfer_to_where_nobody_may_come_is_refused() -> None:
    about = Leaving(max_waiting=1, full_to=to("hangup:busy"))
    acd = Acd(
        settings(
            queue_settings(SALES, "700", "ayse"),
            queue_settings(SERVICE, "701", "baris", leaving=about),
        )
    )
    acd.at_work("ayse")
    acd.calls("first")
    acd.takes("ayse")
    acd.calls("other", "701")
    with pytest.raises(Refused, match=r"^service takes nobody in now: full$"):
        ask(acd, Transfer(agent=AYSE, queue=SERVICE))


def test_a_bug_ends_what_is_told_too() -> None:
    acd = waits()
    acd.world.core.quarantine(interaction(acd), acd.world.now)
    assert not acd.world.core.state.announcers


def test_the_clock_does_not_run_for_who_is_being_ended() -> None:
    acd = waits(timeout_s=20, timeout_to=to("hangup:normal"))
    state, caller = acd.world.core.state, leg(acd, "caller")
    ending = caller.move(LegMove.HANG_UP)
    assert ending
    state.put(ending)
    state.commit()
    acd.world.core.handle_timeout(acd.world.now + timedelta(seconds=20))
    while (due := acd.world.core.next_deadline()) and due <= acd.world.now + timedelta(seconds=20):
        acd.world.core.handle_timeout(acd.world.now + timedelta(seconds=20))
    assert entry(acd).timeout_at is None


def test_the_clock_does_not_run_while_the_agent_hears_who_comes() -> None:
    about = Leaving(timeout_s=10, timeout_to=to("hangup:normal"))
    acd = Acd(settings(queue_settings(SALES, "700", "ayse", whisper="sound:x", leaving=about)))
    acd.at_work("ayse")
    acd.calls("first")
    acd.rings("ayse")
    acd.pass_time(9)
    acd.answers("ayse")
    acd.pass_time(5)
    assert acd.outcomes("Entry") == []
    acd.pass_time(6)
    assert acd.doing("ayse") == "with first"


def test_a_key_of_a_caller_who_is_told_of_none_is_a_secret() -> None:
    acd = waits()
    channel = leg(acd, "caller").channel
    core = acd.world.core
    pressed = DigitPressed(channel=channel, digit="1")
    assert core.marked(pressed) == pressed
    acd = waits(exit_to=to("queue:service"))
    marked = acd.world.core.marked(DigitPressed(channel=leg(acd, "caller").channel, digit="1"))
    assert isinstance(marked, DigitPressed)
    assert not marked.secret
    other = DigitPressed(channel=leg(acd, "caller").channel, digit="7")
    assert acd.world.core.marked(other) == other


def test_after_a_quiet_time_the_reckoning_begins_anew() -> None:
    about = Announcing(announce=Announce.POSITION, wait=True)
    acd = Acd(settings(queue_settings(SALES, "700", "ayse", announcing=about)))
    acd.calls("first")
    acd.calls("second")
    acd.at_work("ayse")
    acd.takes("ayse")
    [pace] = acd.world.core.state.paces.values()
    assert pace.since
    acd.caller_hangs_up("second")
    acd.pass_time(60)
    acd.calls("third")
    [pace] = acd.world.core.state.paces.values()
    assert (pace.since, pace.samples) == (None, ())
