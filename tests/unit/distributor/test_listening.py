"""A supervisor hears an agent's call, and nobody hears the supervisor."""

import pytest

from acd.agents.assignment import Phase
from acd.effects import Snoop
from acd.facts import LegAnswered
from acd.ids import Channel
from acd.requests import EndCall, Listen, Refused
from tests.stories.acd import Acd
from tests.stories.test_adopted import nothing_kept
from tests.unit.distributor.scenes import AYSE, BARIS, DEFNE, ask, consulted, leg, talking, tell


def asked() -> Acd:
    """The supervisor's phone rings."""
    acd = talking("ayse", "defne")
    acd.ask(Listen(supervisor=DEFNE, agent=AYSE))
    return acd


def listening() -> Acd:
    acd = asked()
    acd.supervisor_answers("defne")
    return acd


def phase(acd: Acd) -> Phase | None:
    return acd.world.core.state.agents[DEFNE].phase


def members(acd: Acd, channel: Channel) -> set[Channel]:
    """Who is in the same bridge."""
    bridge = acd.world.asterisk.channels[channel].bridge
    return acd.world.asterisk.members(bridge) if bridge else set()


def test_the_supervisors_phone_rings_and_takes_no_other_call() -> None:
    acd = asked()
    assert leg(acd, "supervisor").agent == DEFNE
    assert phase(acd) is Phase.RESERVED
    acd.calls("second")
    acd.expect_waiting("second")


def test_the_supervisor_is_alone_with_a_channel_that_hears_the_agent() -> None:
    acd = listening()
    assert phase(acd) is Phase.TALKING
    snoop = leg(acd, "snoop")
    assert acd.world.asterisk.channels[snoop.channel].of == leg(acd, "agent").channel
    supervisor = leg(acd, "supervisor").channel
    assert members(acd, supervisor) == {supervisor, snoop.channel}
    acd.expect(ayse="with first")


def test_the_right_one_of_several_agents_is_heard() -> None:
    acd = consulted()
    acd.at_work("defne")
    acd.ask(Listen(supervisor=DEFNE, agent=BARIS))
    effects = tell(acd, LegAnswered(channel=leg(acd, "supervisor").channel))
    [snoop] = [effect for effect in effects if isinstance(effect, Snoop)]
    assert snoop.of == leg(acd, "agent", "baris").channel


def test_two_supervisors_may_listen_and_each_has_an_own_bridge() -> None:
    acd = talking("ayse", "baris", "defne")
    for supervisor in (BARIS, DEFNE):
        acd.ask(Listen(supervisor=supervisor, agent=AYSE))
        acd.supervisor_answers(supervisor)
    legs = acd.world.core.state.legs.values()
    pairs = {agent: {x.bridge for x in legs if x.agent == agent} for agent in (BARIS, DEFNE)}
    assert len(pairs[BARIS]) == len(pairs[DEFNE]) == 1
    assert pairs[BARIS] != pairs[DEFNE]


def test_a_supervisor_who_does_not_answer_is_free_again() -> None:
    acd = asked()
    acd.pass_time(25)
    acd.expect(ayse="with first", defne="no device")
    acd.pass_time(1)
    acd.expect(defne="idle")


def test_a_supervisor_who_hangs_up_is_free_without_after_call_work() -> None:
    acd = listening()
    acd.world.asterisk.end(leg(acd, "supervisor").channel)
    acd.world.settle()
    acd.expect(ayse="with first", defne="idle")
    assert len(acd.world.core.state.legs) == 2


def test_when_the_call_ends_so_does_the_listening() -> None:
    acd = listening()
    acd.caller_hangs_up("first")
    assert not acd.world.asterisk.channels
    acd.pass_time(1)
    acd.expect(defne="idle")


def test_when_the_agent_leaves_so_does_the_supervisor() -> None:
    acd = listening()
    acd.agent_hangs_up("ayse", cause=44)
    acd.expect_waiting("first")
    acd.pass_time(1)
    assert {leg.role for leg in acd.world.core.state.legs.values()} == {"caller", "agent"}
    acd.expect(defne="ringing")


def test_a_call_that_ends_while_the_supervisors_phone_rings_ends_that_too() -> None:
    acd = asked()
    acd.caller_hangs_up("first")
    assert not acd.world.asterisk.channels
    acd.pass_time(1)
    acd.expect(defne="idle")


def test_who_listens_cannot_end_the_call() -> None:
    acd = listening()
    with pytest.raises(Refused, match=r"^defne has no caller$"):
        ask(acd, EndCall(agent=DEFNE))
    acd.expect(ayse="with first")


def test_who_only_listens_cannot_be_listened_to() -> None:
    acd = listening()
    acd.at_work("baris")
    with pytest.raises(Refused, match=r"^defne is not talking to anyone$"):
        ask(acd, Listen(supervisor=BARIS, agent=DEFNE))


def test_an_answer_of_which_nothing_was_kept_is_an_answer_once_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The supervisor is found in a bridge of which nobody knows, and the snoop is a stray."""
    acd = asked()
    with nothing_kept(acd, monkeypatch):
        acd.supervisor_answers("defne")
        lost = leg(acd, "snoop").channel
    snoop, supervisor = leg(acd, "snoop").channel, leg(acd, "supervisor").channel
    assert snoop != lost
    assert members(acd, supervisor) == {supervisor, snoop}
    assert acd.world.asterisk.channels[snoop].of == leg(acd, "agent").channel
