"""A bug has met a call or an agent: nobody else shall notice, and nobody be left behind."""

from typing import Any

import pytest

from acd.agents.agent import Agent
from acd.calls.leg import Role
from acd.distributor import Bug
from acd.distributor.core import DEADLINES, FACTS
from acd.effects import DestroyBridge, Effect, GiveBack, HangUp
from acd.facts import LegRinging
from acd.ids import HOLDING, AgentId, InteractionId
from acd.requests import Listen, LogOut, RequestCallback, SetStatus, Transfer
from acd.settings import AVAILABLE, NOT_RESPONDING
from tests.stories.acd import SERVICE, Acd
from tests.unit.distributor.scenes import (
    AYSE,
    DEFNE,
    TWO_QUEUES,
    Scene,
    at_work,
    consulted,
    interaction,
    leg,
    picture,
    ringing,
    talking,
    tell,
    waiting,
)
from tests.world.invariants import always, conserved


def broken(*_: Any) -> None:
    raise ZeroDivisionError("a bug")


def quarantine(acd: Acd, owner: InteractionId | AgentId) -> tuple[Effect, ...]:
    """What is done about it, at once; and all invariants hold."""
    decision = acd.world.core.quarantine(owner, acd.world.now)
    acd.world._take(decision)
    always(acd.world)
    acd.world.settle()
    conserved(acd.world)
    return decision.effects


def listened_to() -> Acd:
    acd = talking("ayse", "defne")
    acd.ask(Listen(supervisor=DEFNE, agent=AYSE))
    acd.supervisor_answers("defne")
    return acd


@pytest.mark.parametrize("scene", [waiting, ringing, talking, consulted, listened_to])
def test_the_caller_goes_to_the_fallback_and_nothing_is_left(scene: Scene) -> None:
    acd = scene()
    caller = leg(acd, "caller").channel
    quarantine(acd, interaction(acd))
    state = acd.world.core.state
    assert acd.world.asterisk.given_back == [caller]
    assert not acd.world.asterisk.channels
    assert acd.world.asterisk.bridges == {HOLDING}
    assert not (set(state.interactions) | set(state.entries) | set(state.offers))
    assert not (set(state.legs) | set(state.attempts))
    assert acd.outcomes("Interaction") == ["failed"]


@pytest.mark.parametrize("scene", [ringing, talking, consulted, listened_to])
def test_agents_in_it_are_free_but_not_responding_until_they_say_so(scene: Scene) -> None:
    acd = scene()
    met = dict.fromkeys(leg.agent for leg in acd.world.core.state.legs.values() if leg.agent)
    quarantine(acd, interaction(acd))
    for agent in map(acd.world.core.state.agents.__getitem__, met):
        assert agent.status == NOT_RESPONDING
        assert not agent.assignments
        assert not any(device.legs for device in agent.devices)
        acd.ask(SetStatus(agent=agent.id, status=AVAILABLE))
        assert acd.doing(agent.id) == "idle"


def test_phones_are_hung_up_and_only_the_caller_who_came_to_us_is_given_back() -> None:
    acd = talking()
    caller, agent = leg(acd, "caller"), leg(acd, "agent")
    effects = quarantine(acd, interaction(acd))
    ended = [effect for effect in effects if isinstance(effect, GiveBack | HangUp)]
    assert [(type(effect), effect.channel) for effect in ended] == [
        (GiveBack, caller.channel),
        (HangUp, agent.channel),
    ]


def test_a_customer_whom_we_have_called_is_hung_up() -> None:
    acd = waiting()
    acd.ask(RequestCallback(interaction=interaction(acd)))
    acd.at_work("ayse")
    acd.takes("ayse")
    assert leg(acd, Role.CALLER).made
    effects = quarantine(acd, interaction(acd))
    assert {type(effect) for effect in effects} == {HangUp, DestroyBridge}
    assert acd.world.asterisk.given_back == []


def test_other_calls_go_on() -> None:
    acd = talking("ayse", "baris")
    acd.calls("second")
    acd.takes("baris")
    acd.calls("third")
    quarantine(acd, InteractionId("1-1"))
    acd.expect(baris="with second")
    acd.expect_waiting("third")
    acd.ask(SetStatus(agent=AYSE, status=AVAILABLE))
    acd.expect(ayse="ringing")


def test_an_agent_alone_is_set_aside_and_takes_no_call() -> None:
    acd = at_work("ayse", "baris")
    assert quarantine(acd, AYSE) == ()
    acd.calls("first")
    acd.expect(ayse="not available", baris="ringing")


def test_who_is_not_at_work_stays_logged_out() -> None:
    acd = at_work("baris")
    before = picture(acd)
    assert quarantine(acd, AYSE) == ()
    assert picture(acd) == before


def test_an_owner_who_is_gone_needs_nothing() -> None:
    acd = talking()
    before = picture(acd)
    assert quarantine(acd, InteractionId("1-9")) == ()
    assert picture(acd) == before


def test_a_bug_and_its_quarantine(monkeypatch: pytest.MonkeyPatch) -> None:
    acd = ringing()
    monkeypatch.setitem(FACTS, LegRinging, broken)
    with pytest.raises(Bug) as bug:
        tell(acd, LegRinging(channel=leg(acd, "agent").channel))
    assert bug.value.owner
    quarantine(acd, bug.value.owner)
    monkeypatch.undo()
    acd.ask(SetStatus(agent=AYSE, status=AVAILABLE))
    acd.calls("second")
    acd.takes("ayse")
    acd.expect(ayse="with second")


def test_a_bug_at_the_end_of_after_call_work_does_not_keep_the_agent_in_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    acd = talking()
    acd.caller_hangs_up("first")
    monkeypatch.setitem(DEADLINES, Agent, broken)
    with pytest.raises(Bug):
        acd.pass_time(10)
    monkeypatch.undo()
    quarantine(acd, AYSE)
    acd.ask(SetStatus(agent=AYSE, status=AVAILABLE))
    acd.pass_time(11)
    acd.expect(ayse="idle")


def test_a_call_that_goes_on_without_the_agent_takes_the_after_call_work_along() -> None:
    acd = talking("ayse", "baris", of=TWO_QUEUES)
    acd.ask(Transfer(agent=AYSE, queue=SERVICE))
    acd.expect(ayse="acw", baris="ringing")
    quarantine(acd, interaction(acd))
    acd.expect(ayse="not available", baris="not available")
    acd.pass_time(30)
    acd.ask(SetStatus(agent=AYSE, status=AVAILABLE))
    acd.expect(ayse="idle")


def test_who_was_about_to_leave_is_logged_out() -> None:
    acd = talking()
    acd.ask(LogOut(agent=AYSE))
    quarantine(acd, interaction(acd))
    acd.expect(ayse="logged out")
