"""The tables of inputs, bugs and their owners, and beginning with an earlier run's rows."""

from datetime import timedelta
from typing import Any, get_args

import pytest

from acd.agents.agent import Agent, NotReady
from acd.agents.attempt import Attempt
from acd.agents.device import Phone
from acd.calls.interaction import Interaction
from acd.calls.leg import Leg
from acd.dispositions.disposition import Disposition
from acd.distributor import Bug, Decision, Distributor, Node, Row
from acd.distributor.core import DEADLINES, FACTS, REQUESTS
from acd.distributor.matching import hand_out
from acd.distributor.state import Count, WallClock
from acd.effects import Alarm, Ring
from acd.facts import (
    BridgeMissing,
    CallArrived,
    ContactsChanged,
    DigitPressed,
    EffectFailed,
    Fact,
    LegRinging,
    NodeLost,
    PlaybackEnded,
)
from acd.ids import BridgeId, Channel, ChannelId, ExtensionNumber, PlaybackId, lane_of
from acd.queues.memory import Memory
from acd.queues.pace import Pace
from acd.requests import EndCall, Listen, Request, RequestCallback, SetStatus
from acd.settings import AVAILABLE, AgentSettings, General, QueueSettings
from tests.stories.acd import Acd
from tests.unit.distributor.scenes import (
    AYSE,
    DEFNE,
    ask,
    at_work,
    interaction,
    leg,
    picture,
    ringing,
    talking,
    tell,
    waiting,
)
from tests.world.asterisk import NODE

NOTHING = Decision(effects=(), changes=())


def broken(*_: Any) -> None:
    raise ZeroDivisionError("a bug")


# The tables.


def test_every_input_has_its_function() -> None:
    assert set(FACTS) == set(get_args(Fact))
    assert set(REQUESTS) == set(get_args(Request))


def test_every_row_that_may_come_due_has_its_function() -> None:
    assert set(get_args(Row)) - set(DEADLINES) == {
        General,
        QueueSettings,
        AgentSettings,
        Memory,
        Count,
        WallClock,
        Node,
        Phone,
        Interaction,
        Disposition,
        Pace,
    }


def test_before_the_first_deadline_nothing_is_due() -> None:
    acd = ringing()
    deadline = acd.world.core.next_deadline()
    assert deadline
    assert acd.world.core.handle_timeout(deadline - timedelta(microseconds=1)) == NOTHING
    assert acd.world.core.handle_timeout(deadline) != NOTHING


def test_a_fact_that_no_longer_matters_changes_nothing() -> None:
    acd = talking()
    gone = Channel(NODE, ChannelId("1-9-1.9"))
    before = picture(acd)
    assert tell(acd, LegRinging(channel=gone), DigitPressed(channel=gone, digit="1")) == []
    assert picture(acd) == before


# Bugs.


def test_a_bug_takes_back_all_that_its_input_has_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It strikes at the very end of the input, in the pass."""
    acd = at_work("ayse")
    before = picture(acd)
    monkeypatch.setattr("acd.distributor.matching.hand_out", broken)
    with pytest.raises(Bug):
        acd.calls("first")
    assert picture(acd) == before
    monkeypatch.setattr("acd.distributor.matching.hand_out", hand_out)
    acd.calls("second")
    acd.takes("ayse")
    acd.expect(ayse="with second")


def test_a_bug_tells_what_went_wrong_and_whom_it_met(monkeypatch: pytest.MonkeyPatch) -> None:
    acd = ringing()
    monkeypatch.setitem(FACTS, LegRinging, broken)
    with pytest.raises(Bug, match=r"^a bug met 1-1$") as bug:
        tell(acd, LegRinging(channel=leg(acd, "agent").channel))
    assert isinstance(bug.value.__cause__, ZeroDivisionError)
    assert bug.value.owner == interaction(acd)


def of_the_first_call(acd: Acd) -> list[tuple[Fact, str | None]]:
    """Facts about the call that rings at Ayşe's phone, and about nobody's."""
    ring = Ring(
        lane=lane_of(leg(acd, "agent").channel.id),
        channel=leg(acd, "agent").channel,
        endpoint="",
        caller="",
        caller_name="",
        timeout_s=60,
    )
    alarm = Alarm(lane=lane_of(interaction(acd)), text="", about="ayse")
    channel = Channel(NODE, ChannelId("in.9"))
    return [
        (LegRinging(channel=leg(acd, "agent").channel), "1-1"),
        (PlaybackEnded(node=NODE, playback=PlaybackId("1-1-1.7")), "1-1"),
        (EffectFailed(effect=ring, reason="500"), "1-1"),
        (EffectFailed(effect=alarm, reason="500"), None),
        (BridgeMissing(node=NODE, bridge=BridgeId("1-1-1.4")), "1-1"),
        (CallArrived(channel=channel, number="700", caller=""), None),
        (NodeLost(node=NODE), None),
        (ContactsChanged(node=NODE, extension=ExtensionNumber("1001"), contacts=()), None),
    ]


@pytest.mark.parametrize("n", range(8))
def test_the_owner_of_a_fact(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    acd = ringing()
    fact, owner = of_the_first_call(acd)[n]
    monkeypatch.setitem(FACTS, type(fact), broken)
    with pytest.raises(Bug) as bug:
        tell(acd, fact)
    assert bug.value.owner == owner


@pytest.mark.parametrize(
    ("request_", "owner"),
    [
        (RequestCallback(interaction=interaction(waiting())), "1-1"),
        (SetStatus(agent=AYSE, status=AVAILABLE), AYSE),
        (EndCall(agent=AYSE), AYSE),
        (Listen(supervisor=DEFNE, agent=AYSE), AYSE),
    ],
)
def test_the_owner_of_a_request(
    request_: Request, owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    acd = ringing()
    monkeypatch.setitem(REQUESTS, type(request_), broken)
    with pytest.raises(Bug) as bug:
        ask(acd, request_)
    assert bug.value.owner == owner


@pytest.mark.parametrize(("kind", "owner"), [(Attempt, "1-1"), (Leg, "1-1")])
def test_the_owner_of_a_calls_deadline(
    kind: type, owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    acd = ringing()
    monkeypatch.setitem(DEADLINES, kind, broken)
    with pytest.raises(Bug) as bug:
        acd.pass_time(25)
    assert bug.value.owner == owner


def test_the_owner_of_an_agents_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    acd = talking()
    acd.caller_hangs_up("first")
    monkeypatch.setitem(DEADLINES, Agent, broken)
    with pytest.raises(Bug) as bug:
        acd.pass_time(10)
    assert bug.value.owner == AYSE


# Beginning again.


def test_a_new_run_begins_with_the_rows_of_the_one_before_in_any_order() -> None:
    acd = talking()
    acd.calls("second")
    rows = list(acd.world.kept.values())
    for order in (rows, rows[::-1]):
        state = Distributor(run=2, rows=order).state
        assert state.interactions == acd.world.core.state.interactions
        assert state.legs == acd.world.core.state.legs
        assert [len(line) for line in state.lines.values()] == [1]
        assert state.commit() == ()


def test_a_new_run_knows_no_node_and_no_phone_until_they_are_found() -> None:
    acd = at_work("ayse")
    core = Distributor(run=2, rows=acd.world.kept.values())
    assert not core.state.node_up(NODE)
    assert core.state.agents[AYSE].not_ready is NotReady.DEVICE


def test_a_new_run_waits_for_the_deadlines_of_the_one_before() -> None:
    acd = ringing()
    core = Distributor(run=2, rows=acd.world.kept.values())
    assert core.next_deadline() == acd.world.core.next_deadline()
