"""Phones that answer by themselves: the beep, and the chair on which nobody sits."""

from acd.agents.device import DeviceKind, Trouble
from acd.effects import CountPackets, Play
from acd.facts import EffectFailed, LegAnswered, NodeLost, PacketsCounted, PlaybackEnded
from acd.ids import Channel, ChannelId, PlaybackId
from acd.requests import Consult
from acd.settings import RingMode
from tests.stories.acd import SALES, SERVICE, Acd, queue_settings, settings
from tests.unit.distributor.scenes import AYSE, at_work, leg, offer, ringing, tell
from tests.world.asterisk import NODE


def answered(*agents: str, speaks: bool = True, **queue: object) -> Acd:
    """The first agent's phone has answered by itself; nothing is over yet."""
    acd = ringing(*(agents or ("ayse",)), auto_answer=True, **queue)
    for phone in acd.world.ringing(AYSE):
        phone.speaks = speaks
    acd.answers("ayse")
    return acd


def introduced(*agents: str, speaks: bool = True, **queue: object) -> Acd:
    """What the agent hears first is over."""
    acd = answered(*agents, speaks=speaks, **queue)
    acd.world.asterisk.end_playback(leg(acd, "agent").channel)
    acd.world.settle()
    return acd


def played(acd: Acd) -> list[tuple[str, ...]]:
    return [play.media for play in acd.world.asterisk.played]


def test_the_phone_is_told_to_answer_and_the_agent_hears_a_beep() -> None:
    acd = answered()
    [phone] = acd.world.asterisk.rung
    assert phone.auto_answer
    assert played(acd) == [("sound:acd/beep",)]
    acd.expect(ayse="reserved")


def test_the_caller_comes_when_somebody_is_heard() -> None:
    acd = introduced()
    acd.expect(ayse="with first")
    acd.expect_outcomes("Offer", "answered")


def test_what_the_queue_says_of_itself_follows_the_beep() -> None:
    acd = answered(whisper="name", name_sound="sound:sales")
    assert played(acd) == [("sound:acd/beep", "sound:sales")]


def test_who_picks_up_a_phone_that_was_told_nothing_hears_no_beep() -> None:
    acd = ringing("ayse")
    effects = tell(acd, LegAnswered(channel=leg(acd, "agent").channel))
    assert not [effect for effect in effects if isinstance(effect, Play | CountPackets)]


def test_an_empty_chair_is_left_after_5_s_and_somebody_else_asked() -> None:
    acd = introduced("ayse", "baris", speaks=False)
    acd.pass_time(4.9)
    acd.expect(ayse="reserved", baris="idle")
    acd.pass_time(1)
    acd.expect(ayse="no device", baris="ringing")
    acd.expect_outcomes("Offer", "unreachable")
    device = acd.world.core.state.agents[AYSE].device(DeviceKind.EXTENSION)
    assert device.trouble is Trouble.EMPTY_CHAIR
    assert acd.world.core.state.agents[AYSE].misses == 0
    acd.pass_time(30)
    assert acd.world.core.state.agents[AYSE].device(DeviceKind.EXTENSION).trouble is None


def test_who_speaks_late_has_the_caller_then() -> None:
    acd = introduced(speaks=False)
    acd.pass_time(2)
    [phone] = acd.world.asterisk.rung
    phone.speaks = True
    acd.pass_time(0.5)
    acd.expect(ayse="with first")


def test_where_nothing_can_be_counted_nobody_is_held_for_absent() -> None:
    acd = introduced(speaks=False)
    state = acd.world.core.state
    channel = leg(acd, "agent").channel
    for _ in range(30):
        due = acd.world.core.next_deadline()
        assert due
        acd.world.now = max(acd.world.now, due)
        decision = acd.world.core.handle_timeout(acd.world.now)
        asked = [each for each in decision.effects if isinstance(each, CountPackets)]
        for effect in asked:
            tell(acd, EffectFailed(effect=effect, reason="failed"))
        if not state.offers or offer(acd).silent_until is None:
            break
    assert state.legs[channel].up
    assert offer(acd).silent_until is None


def test_a_count_that_comes_too_early_or_too_late_means_nothing() -> None:
    acd = answered()
    channel = leg(acd, "agent").channel
    assert tell(acd, PacketsCounted(channel=channel, received=5)) == []
    nobody = Channel(NODE, ChannelId("nobody"))
    assert tell(acd, PacketsCounted(channel=nobody, received=5)) == []
    acd.world.asterisk.end_playback(channel)
    acd.world.settle()
    acd.expect(ayse="with first")
    assert tell(acd, PacketsCounted(channel=channel, received=0)) == []


def test_a_count_of_a_pause_means_nothing_after_who_was_heard() -> None:
    acd = introduced(speaks=False)
    channel = leg(acd, "agent").channel
    tell(acd, PacketsCounted(channel=channel, received=1))
    assert tell(acd, PacketsCounted(channel=channel, received=0)) == []


def test_a_caller_who_leaves_an_empty_chair_leaves_nothing_behind() -> None:
    """Trap 19."""
    acd = introduced(speaks=False)
    acd.caller_hangs_up("first")
    acd.expect_outcomes("Offer", "caller_left")
    acd.pass_time(1)
    acd.expect(ayse="idle")


def test_who_hangs_up_before_anybody_was_heard_has_said_no() -> None:
    """Trap 8: an interrupted introduction leaves nobody pending."""
    acd = introduced("ayse", "baris", speaks=False)
    acd.agent_hangs_up("ayse")
    acd.expect(ayse="idle", baris="ringing")
    acd.expect_outcomes("Offer", "rejected")


def test_while_the_node_is_lost_no_chair_is_held_for_empty() -> None:
    acd = introduced(speaks=False)
    tell(acd, NodeLost(node=NODE))
    acd.world.asterisk.cut_off = True
    acd.pass_time(12)
    acd.world.reconnect()
    acd.world.asterisk.channels[leg(acd, "agent").channel].speaks = True
    acd.pass_time(6)
    acd.expect(ayse="with first")


def test_a_mobile_is_never_told_to_answer() -> None:
    queue = queue_settings(SALES, "700", "ayse", auto_answer=True)
    acd = ringing("ayse", of=settings(queue, ring=RingMode.SIMULTANEOUS))
    told = {phone.endpoint: phone.auto_answer for phone in acd.world.ringing()}
    assert told == {"PJSIP/1001": True, "PJSIP/+90555001001@carrier": False}


def test_who_consulted_leaves_before_the_colleague_was_heard() -> None:
    two = settings(
        queue_settings(SALES, "700", "ayse"),
        queue_settings(SERVICE, "701", "baris", auto_answer=True),
    )
    acd = at_work("ayse", "baris", of=two)
    acd.calls("first")
    acd.takes("ayse")
    acd.ask(Consult(agent=AYSE, queue=SERVICE))
    [phone] = acd.world.ringing()
    phone.speaks = False
    acd.answers("baris")
    acd.world.asterisk.end_playback(phone.channel)
    acd.world.settle()
    acd.agent_hangs_up("ayse")
    acd.expect(baris="reserved")
    phone.speaks = True
    acd.pass_time(0.5)
    acd.expect(baris="with first")


# What is whispered.


def test_the_wait_is_whispered_after_the_name() -> None:
    acd = at_work("ayse", whisper="name+wait", name_sound="sound:sales")
    acd.calls("first")
    acd.rings("ayse")
    acd.pass_time(15)
    acd.answers("ayse")
    [media] = played(acd)
    assert media[0] == "sound:sales"
    assert "sound:acd/waited" in media


def test_a_whisper_without_an_end_is_cut_and_a_longer_one_is_given_its_time() -> None:
    acd = ringing("ayse", whisper="sound:sales")
    acd.answers("ayse")
    due = offer(acd).due
    assert due
    assert (due - acd.world.now).total_seconds() == 10
    assert tell(acd, PlaybackEnded(node=NODE, playback=PlaybackId("1-1-1.99"))) == []
