"""A phone of ours calls another one: both are busy for the queues meanwhile."""

import pytest

from acd.calls.leg import Leg
from acd.effects import Answer, HangUp, Join, MakeBridge, Reason, Ring, SignalRinging, Watch
from acd.facts import CallArrived, LegAnswered, LegFound, LegGone
from acd.ids import BridgeId, Channel, ChannelId, ExtensionNumber
from tests.stories.acd import Acd
from tests.unit.distributor.scenes import at_work, interaction, leg, registers, ringing, tell
from tests.world.asterisk import NODE

CHANNEL = Channel(NODE, ChannelId("in.9"))
AYSE_CALLS_BARIS = CallArrived(
    channel=CHANNEL, number="1002", caller="1001", extension=ExtensionNumber("1001")
)


def calling(*phones: str) -> Acd:
    """Ayşe calls Barış, whose phones ring."""
    acd = at_work("ayse", "baris")
    registers(acd, "1002", *phones)
    tell(acd, AYSE_CALLS_BARIS)
    return acd


def targets(acd: Acd) -> list[Leg]:
    return [leg for leg in acd.world.core.state.legs.values() if leg.role == "target"]


def reached(acd: Acd) -> str:
    """How the call would end now."""
    return acd.world.core.state.interactions[interaction(acd)].reached


def test_the_caller_hears_ringing_and_is_not_answered_yet() -> None:
    acd = at_work("ayse", "baris")
    effects = tell(acd, AYSE_CALLS_BARIS)
    assert [type(effect) for effect in effects] == [Watch, SignalRinging, Ring]
    assert effects[1] == SignalRinging(lane="1-1", channel=CHANNEL)  # type: ignore[arg-type]
    acd.expect(ayse="busy", baris="busy")


def test_all_phones_of_the_colleague_ring() -> None:
    acd = calling("PJSIP/1002/desk", "PJSIP/1002/softphone")
    assert len(targets(acd)) == 2


def test_the_first_phone_that_answers_has_the_call() -> None:
    acd = calling("PJSIP/1002/desk", "PJSIP/1002/softphone")
    desk, softphone = targets(acd)
    effects = tell(acd, LegAnswered(channel=softphone.channel))
    assert [e for e in effects if isinstance(e, HangUp)] == [
        HangUp(
            lane=desk.channel.id,  # type: ignore[arg-type]
            channel=desk.channel,
            reason=Reason.ANSWERED_ELSEWHERE,
        )
    ]
    assert {Answer, MakeBridge} <= {type(effect) for effect in effects}
    assert leg(acd, "caller").bridge is not None
    assert reached(acd) == "answered"


def test_of_two_phones_that_answered_in_a_gap_the_one_with_the_caller_stays() -> None:
    acd = calling("PJSIP/1002/desk", "PJSIP/1002/softphone")
    desk, softphone = (target.channel for target in targets(acd))
    bridge = BridgeId("1-1-1.9")
    effects = tell(
        acd,
        LegFound(channel=CHANNEL, up=True, bridge=bridge),
        LegFound(channel=desk, up=True, bridge=bridge),
        LegFound(channel=softphone, up=True, bridge=None),
    )
    ended = [(e.channel, e.reason) for e in effects if isinstance(e, HangUp)]
    assert ended[0] == (softphone, Reason.ANSWERED_ELSEWHERE)
    assert {channel for channel, _ in ended} == {softphone}
    assert reached(acd) == "answered"


def test_a_phone_that_still_rings_after_a_gap_has_answered_nothing() -> None:
    acd = calling()
    [phone] = targets(acd)
    tell(acd, LegFound(channel=CHANNEL, up=False, bridge=None))
    tell(acd, LegFound(channel=phone.channel, up=False, bridge=None))
    assert reached(acd) == "abandoned"


@pytest.mark.parametrize(
    ("sip_status", "reason"),
    [(486, Reason.BUSY), (603, Reason.BUSY), (480, Reason.NO_ANSWER), (None, Reason.NO_ANSWER)],
)
def test_the_caller_is_told_why_nobody_answers(sip_status: int | None, reason: Reason) -> None:
    acd = calling()
    [phone] = targets(acd)
    effects = tell(acd, LegGone(channel=phone.channel, sip_status=sip_status))
    assert [(e.channel, e.reason) for e in effects if isinstance(e, HangUp)] == [(CHANNEL, reason)]


def test_while_one_phone_still_rings_the_caller_waits() -> None:
    acd = calling("PJSIP/1002/desk", "PJSIP/1002/softphone")
    desk, softphone = targets(acd)
    assert tell(acd, LegGone(channel=desk.channel, sip_status=404)) == []
    assert targets(acd) == [softphone]


def test_a_colleague_who_is_offered_a_caller_is_busy() -> None:
    acd = ringing("baris")
    effects = tell(acd, AYSE_CALLS_BARIS)
    assert effects[-1] == HangUp(lane="1-2", channel=CHANNEL, reason=Reason.BUSY)  # type: ignore[arg-type]


def test_a_phone_found_alone_gets_its_caller_and_the_others_stop_ringing() -> None:
    acd = calling("PJSIP/1002/desk", "PJSIP/1002/softphone")
    desk, softphone = (target.channel for target in targets(acd))
    bridge = BridgeId("1-1-1.9")
    effects = tell(
        acd,
        LegFound(channel=CHANNEL, up=True, bridge=None),
        LegFound(channel=desk, up=True, bridge=bridge),
        LegFound(channel=softphone, up=False, bridge=None),
    )
    assert [e.bridge for e in effects if isinstance(e, Join) and e.channel == CHANNEL] == [bridge]
    ended = [(e.channel, e.reason) for e in effects if isinstance(e, HangUp)]
    assert ended[0] == (softphone, Reason.ANSWERED_ELSEWHERE)
    assert reached(acd) == "answered"


def test_a_phone_found_in_another_bridge_than_the_caller_has_lost() -> None:
    acd = calling("PJSIP/1002/desk", "PJSIP/1002/softphone")
    desk, softphone = (target.channel for target in targets(acd))
    effects = tell(
        acd,
        LegFound(channel=CHANNEL, up=True, bridge=BridgeId("1-1-1.8")),
        LegFound(channel=desk, up=True, bridge=BridgeId("1-1-1.9")),
        LegFound(channel=softphone, up=True, bridge=BridgeId("1-1-1.8")),
    )
    ended = [(e.channel, e.reason) for e in effects if isinstance(e, HangUp)]
    assert ended == [(desk, Reason.ANSWERED_ELSEWHERE)]


def test_a_phone_found_up_when_the_caller_was_with_another_one_has_lost() -> None:
    acd = calling("PJSIP/1002/desk", "PJSIP/1002/softphone")
    _, softphone = (target.channel for target in targets(acd))
    effects = tell(
        acd,
        LegFound(channel=CHANNEL, up=True, bridge=BridgeId("1-1-1.9")),
        LegFound(channel=softphone, up=True, bridge=None),
    )
    ended = [(e.channel, e.reason) for e in effects if isinstance(e, HangUp)]
    assert ended == [(softphone, Reason.ANSWERED_ELSEWHERE)]
