"""From the win until the two hear each other, or until it has come to nothing."""

from acd.effects import Join, Play, StopPlay
from acd.facts import LegAnswered, LegGone, LegJoined, PlaybackEnded
from acd.ids import BridgeId, PlaybackId
from acd.requests import RequestCallback
from acd.settings import Strategy
from tests.stories.acd import Acd, one_queue
from tests.unit.distributor.scenes import (
    at_work,
    entry,
    interaction,
    leg,
    offer,
    ringing,
    tell,
    waiting,
)
from tests.world.asterisk import NODE

# The win.


def test_the_agent_goes_into_the_bridge_first_and_the_caller_follows() -> None:
    acd = ringing("ayse")
    caller, agent = leg(acd, "caller").channel, leg(acd, "agent").channel
    effects = tell(acd, LegAnswered(channel=agent))
    joins = [effect.channel for effect in effects if isinstance(effect, Join)]
    assert joins == [agent, caller]


def test_an_entry_is_answered_when_asterisk_says_so_and_not_before() -> None:
    acd = ringing("ayse")
    caller, agent = leg(acd, "caller").channel, leg(acd, "agent").channel
    tell(acd, LegAnswered(channel=agent))
    bridge = entry(acd).bridge
    assert bridge
    tell(acd, LegJoined(channel=agent, bridge=bridge))
    assert entry(acd).outcome is None
    tell(acd, LegJoined(channel=caller, bridge=BridgeId("another")))
    assert entry(acd).outcome is None
    tell(acd, LegJoined(channel=caller, bridge=bridge))
    assert not acd.world.core.state.entries


def test_who_loses_the_race_sees_that_it_was_answered_elsewhere() -> None:
    acd = at_work("ayse", "baris", strategy=Strategy.RING_ALL)
    acd.calls("first")
    [phone] = [p for p in acd.world.ringing() if p.endpoint == "PJSIP/1002"]
    acd.answers("ayse")
    assert phone.answered_elsewhere
    acd.expect_outcomes("Offer", "lost_race", "answered")


# The whisper.


def whispering() -> Acd:
    acd = at_work("ayse", whisper="sound:sales")
    acd.calls("first")
    acd.takes("ayse")
    return acd


def test_the_agent_hears_who_is_coming_before_the_caller_does() -> None:
    acd = ringing("ayse", whisper="sound:sales")
    effects = tell(acd, LegAnswered(channel=leg(acd, "agent").channel))
    [whisper] = [effect for effect in effects if isinstance(effect, Play)]
    assert (whisper.channel, whisper.media) == (leg(acd, "agent").channel, ("sound:sales",))
    assert offer(acd).whisper == whisper.playback


def test_the_caller_comes_when_the_whisper_is_over() -> None:
    acd = whispering()
    acd.expect(ayse="reserved")
    acd.world.asterisk.end_playback(leg(acd, "agent").channel)
    acd.world.settle()
    acd.expect(ayse="with first")


def test_the_end_of_another_playback_means_nothing() -> None:
    acd = whispering()
    assert tell(acd, PlaybackEnded(node=NODE, playback=PlaybackId("1-1-1.99"))) == []
    assert tell(acd, PlaybackEnded(node=NODE, playback=PlaybackId("1-9-1.1"))) == []
    acd.expect(ayse="reserved")


def test_a_whisper_whose_end_is_not_told_is_cut() -> None:
    acd = whispering()
    whisper = offer(acd).whisper
    assert whisper
    begun = acd.world.now
    deadline = acd.world.core.next_deadline()
    assert deadline
    assert (deadline - begun).total_seconds() == 10
    effects = acd.world.core.handle_timeout(deadline).effects
    assert [type(effect) for effect in effects][:1] == [StopPlay]


def test_a_caller_who_leaves_in_the_whisper_frees_the_agent() -> None:
    acd = whispering()
    acd.caller_hangs_up("first")
    acd.expect_outcomes("Offer", "caller_left")
    acd.pass_time(1)
    acd.expect(ayse="idle")


# Nothing comes of it.


def test_two_who_do_not_come_together_within_5_s_never_will() -> None:
    acd = ringing("ayse", "baris")
    tell(acd, LegAnswered(channel=leg(acd, "agent").channel))
    place = entry(acd).order_since
    deadline = acd.world.core.next_deadline()
    assert deadline
    assert (deadline - acd.world.now).total_seconds() == 5
    acd.world.now = deadline
    acd.world.timeout()
    acd.world.settle()
    acd.expect_outcomes("Offer", "withdrawn")
    acd.expect(baris="ringing")
    assert entry(acd).order_since == place
    acd.takes("baris")
    acd.expect(baris="with first")


# Callbacks.


def owed(**queue: object) -> Acd:
    acd = waiting(of=one_queue("ayse", **queue))  # type: ignore[arg-type]
    acd.ask(RequestCallback(interaction=interaction(acd)))
    acd.at_work("ayse")
    return acd


def dialled(acd: Acd) -> None:
    """The agent is there, the customer's phone rings."""
    acd.takes("ayse")
    acd.expect(ayse="dialling")
    acd.customer(acd.world.asterisk.ring)


def test_agent_and_customer_talk_when_the_customer_answers() -> None:
    acd = owed()
    dialled(acd)
    acd.customer(acd.world.asterisk.answer)
    acd.expect(ayse="talking")
    acd.expect_outcomes("Entry", "callback", "answered")
    acd.customer(acd.world.asterisk.end)
    acd.expect_outcomes("Interaction", "answered")


def test_a_customer_who_does_not_answer_is_called_again_in_5_minutes() -> None:
    acd = owed()
    dialled(acd)
    acd.pass_time(30)
    acd.expect_outcomes("Offer", "withdrawn")
    acd.pass_time(1)
    acd.expect(ayse="idle")
    acd.pass_time(5 * 60)
    acd.expect(ayse="ringing")


def test_a_customer_who_is_called_in_vain_three_times_is_given_up() -> None:
    acd = owed()
    for _ in range(3):
        dialled(acd)
        acd.customer(lambda channel: acd.world.asterisk.end(channel, 17, 486))
        acd.pass_time(5 * 60)
    acd.expect(ayse="idle")
    acd.expect_outcomes("Entry", "callback", "abandoned")
    acd.expect_outcomes("Interaction", "failed")


def test_an_agent_who_leaves_in_the_whisper_leaves_the_callback_owed() -> None:
    acd = owed(whisper="sound:callback")
    acd.takes("ayse")
    acd.expect(ayse="reserved")
    acd.world.tell(LegGone(channel=leg(acd, "agent").channel, cause=16))
    acd.world.keep()
    acd.expect_outcomes("Offer", "rejected")
    assert (entry(acd).kind, entry(acd).channel, entry(acd).tries) == ("callback", None, 0)


def test_an_agent_who_leaves_while_the_customer_is_called_costs_no_try() -> None:
    acd = owed()
    dialled(acd)
    acd.agent_hangs_up("ayse")
    assert not acd.world.asterisk.channels
    assert (entry(acd).channel, entry(acd).tries) == (None, 0)
    acd.pass_time(30)
    acd.expect(ayse="ringing")


def test_the_next_agent_is_rung_when_the_customers_phone_is_still() -> None:
    acd = waiting(of=one_queue("ayse", "baris"))
    acd.ask(RequestCallback(interaction=interaction(acd)))
    acd.at_work("ayse", "baris")
    dialled(acd)
    customer = leg(acd, "caller").channel
    tell(acd, LegGone(channel=leg(acd, "agent", "ayse").channel, cause=16))
    acd.expect(baris="idle")
    assert tell(acd, LegAnswered(channel=customer)) == []
    tell(acd, LegGone(channel=customer, cause=16))
    acd.pass_time(5)
    acd.expect(baris="ringing")


def test_a_callback_without_a_trunk_any_more_is_given_up() -> None:
    acd = owed()
    acd.rings("ayse")
    acd.applies(outbound_routes=())
    acd.answers("ayse")
    acd.expect_outcomes("Interaction", "failed")
    assert not acd.world.asterisk.channels


def test_a_customer_who_leaves_as_the_two_are_brought_together_has_left() -> None:
    """Answered and gone before Asterisk has said that both are in the bridge."""
    acd = owed()
    dialled(acd)
    customer = leg(acd, "caller").channel
    tell(acd, LegAnswered(channel=customer))
    acd.world.asterisk.end(customer)
    acd.world.settle()
    acd.expect_outcomes("Entry", "callback", "abandoned")
    acd.pass_time(1)
    acd.expect(ayse="idle")


def test_a_callback_that_nobody_could_make_in_12_hours_is_given_up() -> None:
    acd = waiting()
    acd.ask(RequestCallback(interaction=interaction(acd)))
    acd.pass_time(12 * 3600 - 1)
    assert entry(acd).kind == "callback"
    acd.pass_time(1)
    acd.expect_outcomes("Entry", "callback", "abandoned")
    acd.expect_outcomes("Interaction", "failed")


def test_a_callback_that_is_being_made_as_its_time_is_up_has_another_while() -> None:
    acd = waiting()
    acd.ask(RequestCallback(interaction=interaction(acd)))
    acd.pass_time(12 * 3600 - 10)
    acd.at_work("ayse")
    dialled(acd)
    acd.pass_time(10)
    acd.customer(acd.world.asterisk.answer)
    acd.expect(ayse="talking")
