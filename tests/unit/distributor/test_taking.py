"""A waiting call rings at the agent whom a person has named, whosever turn it is."""

from dataclasses import replace

import pytest

from acd.effects import HangUp, Reason, Ring
from acd.ids import AgentId, InteractionId, NodeId
from acd.queues.entry import Entry
from acd.requests import (
    AssignEntry,
    ChooseQueues,
    LogIn,
    OverrideHours,
    Refused,
    RequestCallback,
    TakeEntry,
)
from acd.settings import Settings, Shift, Strategy
from tests.stories.acd import SALES, Acd, one_queue
from tests.unit.distributor.scenes import (
    AYSE,
    BARIS,
    CARE,
    CEM,
    DEFNE,
    TWO_QUEUES,
    ask,
    at_work,
    entry,
    interaction,
    offer,
    ringing,
    waiting,
)

ALL = one_queue("ayse", "baris", strategy=Strategy.RING_ALL)


def take(agent: AgentId, call: InteractionId) -> TakeEntry:
    return TakeEntry(agent=agent, interaction=call)


def assign(agent: AgentId, call: InteractionId) -> AssignEntry:
    return AssignEntry(agent=agent, interaction=call, by="boss")


def refused(acd: Acd, request: TakeEntry | AssignEntry) -> str:
    with pytest.raises(Refused) as found:
        ask(acd, request)
    return str(found.value)


def last_of(acd: Acd) -> Entry:
    """Who has come last."""
    return max(acd.world.core.state.entries.values(), key=lambda one: one.entered_at)


# What happens.


def test_an_agent_takes_a_call_that_is_not_the_next_and_of_a_queue_of_others() -> None:
    acd = Acd(TWO_QUEUES)
    acd.calls("first")
    acd.calls("second")
    acd.at_work("baris")
    second = last_of(acd)
    acd.ask(take(BARIS, second.interaction))
    acd.expect(baris="ringing")
    made = offer(acd)
    assert (made.entry, made.explanation.strategy, made.explanation.key) == (
        second.id,
        "taken",
        ("baris",),
    )
    acd.takes("baris")
    acd.expect(baris="with second")
    acd.expect_waiting("first")


def test_who_rings_already_is_told_that_it_was_answered_elsewhere_and_misses_nothing() -> None:
    acd = ringing("ayse", of=one_queue("ayse", "baris"))
    acd.rings("ayse")
    acd.at_work("baris")
    effects = ask(acd, take(BARIS, interaction(acd))).effects
    [ended] = [one for one in effects if isinstance(one, HangUp)]
    assert ended.reason is Reason.ANSWERED_ELSEWHERE
    assert len([one for one in effects if isinstance(one, Ring)]) == 1
    assert acd.world.core.state.agents[AYSE].misses == 0
    assert not acd.world.core.state.agents[AYSE].assignments


def test_a_call_that_was_taken_rings_nobody_else_though_the_queue_rings_all() -> None:
    acd = ringing("ayse", "baris", of=ALL)
    acd.at_work("cem")
    acd.ask(take(CEM, interaction(acd)))
    acd.pass_time(1)
    acd.expect(ayse="idle", baris="idle", cem="ringing")


@pytest.mark.parametrize("how", [take, assign])
def test_a_call_that_comes_to_nothing_has_kept_its_place(how: object) -> None:
    acd = Acd(one_queue("ayse"))
    acd.calls("first")
    acd.calls("second")
    acd.at_work("baris")
    [first, _] = acd.world.core.state.places[SALES]
    acd.ask(how(BARIS, acd.world.core.state.entries[first].interaction))  # type: ignore[operator]
    acd.rings("baris")
    acd.pass_time(21)
    acd.expect_outcomes("Offer", "missed")
    assert next(iter(acd.world.core.state.places[SALES])) == first
    assert acd.world.core.state.entries[first].only is None
    acd.at_work("ayse")
    assert offer(acd).entry == first


def test_a_call_is_assigned_by_somebody_and_may_be_assigned_anew() -> None:
    acd = waiting()
    acd.at_work("baris", "cem")
    acd.ask(assign(BARIS, interaction(acd)))
    assert offer(acd).explanation.key == ("boss",)
    assert offer(acd).explanation.strategy == "assigned"
    acd.ask(assign(CEM, interaction(acd)))
    assert (offer(acd).agent, entry(acd).only) == (CEM, offer(acd).id)
    acd.expect_outcomes("Offer", "withdrawn")


def test_who_has_missed_a_call_may_take_it_at_once() -> None:
    acd = ringing("ayse", of=one_queue("ayse"))
    acd.rings("ayse")
    acd.pass_time(20.6)
    acd.expect(ayse="idle")
    acd.ask(take(AYSE, interaction(acd)))
    acd.expect(ayse="ringing")


def test_the_turn_of_the_queue_is_not_moved_by_a_call_that_is_taken() -> None:
    acd = at_work("ayse", "baris", of=one_queue("ayse", "baris", strategy=Strategy.ROUND_ROBIN))
    before = acd.world.core.state.memory(SALES)
    acd.calls("first")
    assert offer(acd).agent == AYSE
    now = acd.world.core.state.memory(SALES)
    assert now != before
    acd.ask(take(BARIS, interaction(acd)))
    assert acd.world.core.state.memory(SALES) == now


def test_who_chooses_other_queues_keeps_a_call_of_a_queue_of_others() -> None:
    acd = waiting()
    acd.at_work("baris")
    acd.ask(take(BARIS, interaction(acd)))
    acd.ask(ChooseQueues(agent=BARIS, queues=()))
    acd.expect(baris="ringing")


# What is refused.


def test_what_does_not_wait_cannot_be_taken() -> None:
    acd = ringing("ayse", of=one_queue("ayse"))
    acd.at_work("baris")
    assert refused(acd, take(BARIS, InteractionId("1-9"))) == "1-9 is no call that waits"
    acd.takes("ayse")
    assert refused(acd, take(BARIS, interaction(acd))) == "1-1 is no call that waits"


def test_what_another_has_taken_is_not_taken_but_can_be_assigned() -> None:
    acd = waiting()
    acd.at_work("baris", "cem")
    acd.ask(take(BARIS, interaction(acd)))
    assert refused(acd, take(CEM, interaction(acd))) == "it rings at baris already"
    assert refused(acd, assign(BARIS, interaction(acd))) == "baris is being offered it already"


@pytest.mark.parametrize("how", [take, assign])
def test_who_is_not_there_or_busy_gets_no_call(how: object) -> None:
    acd = at_work("ayse")
    acd.at_work("baris", "cem")
    acd.calls("earlier")
    acd.calls("first")
    call = last_of(acd).interaction

    def says(agent: AgentId) -> str:
        return refused(acd, how(agent, call))  # type: ignore[operator]

    assert says(DEFNE) == "defne is not logged in"
    assert says(AYSE) == "ayse is busy"
    acd.world.unregister("1003")
    assert says(CEM) == "cem has no phone that can ring now"


def test_who_is_on_a_break_or_in_off_hours_gets_no_call() -> None:
    hours = (Shift(days=(6,), begins=0, ends=60),)
    base = one_queue("ayse")
    off = replace(base.agents[BARIS], working_hours=hours)
    acd = waiting(of=replace(base, agents={**base.agents, BARIS: off}))
    acd.at_work("baris")
    said = "baris is in off hours, which can be overridden"
    assert refused(acd, take(BARIS, interaction(acd))) == said
    acd.ask(OverrideHours(agent=BARIS))
    acd.ask(take(BARIS, interaction(acd)))
    acd.rejects("baris", 603)
    acd.pass_time(1)
    quiet = replace(acd.world.core.state.agents[BARIS], category="break")  # type: ignore[arg-type]
    acd.world.core.state.put(quiet)
    assert refused(acd, take(BARIS, interaction(acd))) == "baris is not available"


def in_another_project() -> Settings:
    base = one_queue("ayse")
    other = replace(base.agents[BARIS], projects=(CARE,))
    return replace(base, agents={**base.agents, BARIS: other})


def test_a_call_of_another_project_is_not_taken() -> None:
    acd = waiting(of=in_another_project())
    acd.ask(LogIn(agent=BARIS, project=CARE))
    said = "the call is of project support, in which baris does not work now"
    assert refused(acd, take(BARIS, interaction(acd))) == said


def test_a_call_on_another_node_is_not_taken() -> None:
    acd = waiting()
    acd.at_work("baris")
    moved = replace(acd.world.core.state.settings.agents[BARIS], node=NodeId("b"))
    acd.world.core.state.put(moved)
    said = "the call is on node a, the phone of baris is not"
    assert refused(acd, take(BARIS, interaction(acd))) == said


def test_a_callback_is_taken_but_not_while_its_customer_is_left_alone() -> None:
    acd = waiting()
    acd.ask(RequestCallback(interaction=interaction(acd)))
    acd.at_work("baris")
    acd.ask(take(BARIS, interaction(acd)))
    acd.takes("baris")
    acd.customer(acd.world.asterisk.end)
    acd.pass_time(1)
    acd.expect(baris="idle")
    assert refused(acd, take(BARIS, interaction(acd))) == "1-1 is to be called back later"
