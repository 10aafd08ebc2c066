"""A carrier's calls: their numbers, how many there may be, and whether the carrier is there."""

from dataclasses import replace

import pytest

from acd.distributor.core import Bug
from acd.effects import Alarm, Answer, HangUp, NoLine, Reason, Ring
from acd.facts import CallArrived, LegGone, NodeUp, TrunkChanged
from acd.ids import Channel, ChannelId, ExtensionNumber, Lane, TrunkName
from acd.settings import RingMode, Settings, TrunkSettings
from tests.stories.acd import SALES, Acd, one_queue, queue_settings, settings
from tests.unit.distributor.scenes import at_work, entry, interaction, picture, tell
from tests.world.asterisk import NODE

CARRIER = TrunkName("carrier")


def arrived(
    place: int, number: str = "700", caller: str = "", trunk: str = "carrier"
) -> CallArrived:
    channel = Channel(NODE, ChannelId(f"in.{place}"))
    return CallArrived(channel=channel, number=number, caller=caller, trunk=TrunkName(trunk))


def with_trunk(of: Settings, **about: object) -> Settings:
    carrier = TrunkSettings(trunk=CARRIER, node=NODE, **about)  # type: ignore[arg-type]
    return replace(of, trunks={CARRIER: carrier})


def to_mobiles(max_calls: int) -> Settings:
    queue = queue_settings(SALES, "700", "ayse", "baris")
    return with_trunk(settings(queue, ring=RingMode.MOBILE), max_calls=max_calls)


# Numbers.


@pytest.mark.parametrize("dialled", ["+902120000700", "02120000700", "00902120000700"])
def test_a_number_leads_to_its_queue_however_the_carrier_writes_it(dialled: str) -> None:
    of = replace(one_queue("ayse"), routes={"+902120000700": SALES})
    acd = at_work(of=with_trunk(of, country="TR"))
    tell(acd, arrived(1, dialled, "05551112233"))
    row = acd.world.core.state.interactions[interaction(acd)]
    assert (row.queue, row.number) == (SALES, "+902120000700")
    assert row.caller == "+905551112233"


def test_the_trunks_country_comes_before_that_of_all() -> None:
    of = replace(one_queue("ayse"), country="TR")
    acd = at_work(of=with_trunk(of, country="DE"))
    tell(acd, arrived(1, "700", "030901820"))
    assert acd.world.core.state.interactions[interaction(acd)].caller == "+4930901820"


@pytest.mark.parametrize("trunk", ["carrier", "one that is not configured any more"])
def test_a_trunk_without_a_country_has_that_of_all(trunk: str) -> None:
    acd = at_work(of=with_trunk(replace(one_queue("ayse"), country="TR")))
    tell(acd, arrived(1, "700", "02120000001", trunk))
    assert acd.world.core.state.interactions[interaction(acd)].caller == "+902120000001"


def test_a_caller_who_hides_stays_anonymous() -> None:
    acd = at_work(of=with_trunk(one_queue("ayse"), country="TR"))
    tell(acd, arrived(1, "700", "anonymous"))
    assert acd.world.core.state.interactions[interaction(acd)].caller == "anonymous"


def test_our_own_phones_are_known_by_their_own_numbers() -> None:
    acd = at_work(of=replace(one_queue("ayse"), country="TR", routes={"+902120000700": SALES}))
    own = ExtensionNumber("2125550143")
    call = replace(arrived(1, "02120000700", "2125550143"), trunk=None, extension=own)
    tell(acd, call)
    row = acd.world.core.state.interactions[interaction(acd)]
    assert (row.caller, row.number, row.queue) == ("2125550143", "02120000700", SALES)


# How many.


def test_a_call_too_many_is_busy_and_unanswered() -> None:
    acd = at_work(of=with_trunk(one_queue("ayse"), max_calls=2))
    for place in (1, 2):
        assert Answer in map(type, tell(acd, arrived(place)))
    *_, end = tell(acd, arrived(3))
    assert (end.channel.id, end.reason) == ("in.3", Reason.BUSY)  # type: ignore[union-attr]
    assert len(acd.world.core.state.entries) == 2
    # It counts as long as it is there; then there is a line again.
    tell(acd, LegGone(channel=arrived(3).channel), LegGone(channel=arrived(1).channel))
    assert Answer in map(type, tell(acd, arrived(4)))


def test_other_calls_do_not_count() -> None:
    acd = at_work(of=with_trunk(one_queue("ayse"), max_calls=1))
    tell(acd, replace(arrived(1), trunk=None), arrived(2, trunk="another"))
    assert Answer in map(type, tell(acd, arrived(3)))


def test_a_trunk_without_a_limit_takes_all() -> None:
    acd = at_work(of=with_trunk(one_queue("ayse")))
    for place in range(5):
        assert Answer in map(type, tell(acd, arrived(place)))


def test_a_mobile_is_not_rung_where_the_caller_has_the_last_line() -> None:
    acd = at_work("ayse", of=to_mobiles(max_calls=1))
    effects = tell(acd, arrived(1))
    assert Ring not in map(type, effects)
    [none] = [effect for effect in effects if isinstance(effect, NoLine)]
    assert none.lane == none.channel.id
    tell(acd, LegGone(channel=none.channel, sip_status=486))
    acd.expect(ayse="no device")
    assert not entry(acd).offers, "the caller waits on"


def test_of_two_mobiles_one_rings_where_one_line_is_left() -> None:
    acd = at_work("ayse", "baris", of=to_mobiles(max_calls=3))
    assert Ring in map(type, tell(acd, arrived(1)))
    effects = tell(acd, arrived(2))
    assert Ring not in map(type, effects)
    assert NoLine in map(type, effects)


def test_a_trunk_that_is_full_frees_the_agent_for_the_phone() -> None:
    queue = queue_settings(SALES, "700", "ayse")
    of = settings(queue, ring=RingMode.SIMULTANEOUS)
    acd = at_work("ayse", of=with_trunk(of, max_calls=1))
    acd.calls("first", trunk=CARRIER)
    acd.expect(ayse="ringing")
    acd.takes("ayse")
    acd.expect(ayse="with first")


def test_a_turn_that_is_taken_back_has_taken_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    acd = at_work(of=with_trunk(one_queue("ayse"), max_calls=1))
    before = picture(acd)
    monkeypatch.setattr("acd.distributor.arriving.send", None)
    with pytest.raises(Bug):
        tell(acd, arrived(1))
    monkeypatch.undo()
    assert picture(acd) == before
    assert not acd.world.core.state.is_full(CARRIER)


# Whether it is there.


def test_people_are_told_once_when_a_trunk_goes_and_when_it_is_back() -> None:
    acd = at_work()
    gone = TrunkChanged(node=NODE, trunk=CARRIER, up=False)
    back = replace(gone, up=True)
    lane = Lane("carrier")
    assert tell(acd, back) == []
    assert tell(acd, gone, gone) == [
        Alarm(lane=lane, text="a trunk does not answer", about="carrier")
    ]
    assert acd.world.core.state.nodes[NODE].trunks_down == (CARRIER,)
    assert tell(acd, back, back) == [Alarm(lane=lane, text="a trunk answers", about="carrier")]
    assert acd.world.core.state.nodes[NODE].trunks_down == ()


def test_what_is_known_of_trunks_outlives_a_gap() -> None:
    acd = at_work()
    tell(acd, TrunkChanged(node=NODE, trunk=CARRIER, up=False))
    tell(acd, NodeUp(node=NODE, contacts={}, started="later"))
    node = acd.world.core.state.nodes[NODE]
    assert (node.trunks_down, node.started, node.up) == ((CARRIER,), "later", True)


def test_a_call_by_a_trunk_that_does_not_answer_is_taken() -> None:
    acd = at_work()
    tell(acd, TrunkChanged(node=NODE, trunk=CARRIER, up=False))
    effects = tell(acd, arrived(1))
    assert Answer in map(type, effects)
    assert HangUp not in map(type, effects)


def test_the_story_of_a_full_trunk_ends_well() -> None:
    acd = Acd(to_mobiles(max_calls=2))
    acd.at_work("ayse", "baris")
    acd.calls("first", trunk=CARRIER)
    acd.rings("ayse", mobile=True)
    acd.answers("ayse", mobile=True)
    acd.presses("ayse", "1")
    acd.expect(ayse="with first")
    acd.calls("second", trunk=CARRIER)
    acd.expect_outcomes("Interaction", "failed")
    acd.caller_hangs_up("first")
    acd.pass_time(60)
    acd.calls("third", trunk=CARRIER)
    acd.rings("baris", mobile=True)
    acd.answers("baris", mobile=True)
    acd.presses("baris", "1")
    acd.expect(baris="with third")
