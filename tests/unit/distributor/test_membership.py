"""Which queues an agent is in: those to which he or she is assigned, and those chosen."""

from dataclasses import replace

import pytest

from acd.ids import NodeId, QueueName
from acd.requests import ChooseQueues, LogIn, LogOut, Refused, Request
from acd.settings import QueueSettings, Settings
from tests.stories.acd import SALES, SERVICE, SUPPORT, Acd, queue_settings, settings
from tests.unit.distributor.scenes import AYSE, BARIS, CARE, offer
from tests.world.invariants import always

VIP = QueueName("vip")
SOME = (
    queue_settings(SALES, "700", "ayse"),
    queue_settings(SERVICE, "701", "baris"),
    queue_settings(VIP, "702"),
)


def day(*queues: QueueSettings) -> Acd:
    """Nobody is at work yet."""
    return Acd(settings(*(queues or SOME)))


def chosen(acd: Acd, *queues: QueueName) -> tuple[QueueName, ...]:
    """What Ayşe is in beside sales after she has logged in choosing these."""
    acd.ask(LogIn(agent=AYSE, project=SUPPORT, queues=queues))
    return acd.world.core.state.agents[AYSE].chosen


def refusal(acd: Acd, request: Request) -> str:
    with pytest.raises(Refused) as refused:
        acd.ask(request)
    return str(refused.value)


def test_assigned_agents_are_in_their_queue_without_choosing_it() -> None:
    acd = day()
    acd.at_work("ayse")
    acd.calls("first", "700")
    acd.expect(ayse="ringing")


def test_an_agent_is_offered_the_calls_of_all_queues_assigned_and_chosen() -> None:
    for number in ("700", "701", "702"):
        acd = day()
        assert chosen(acd, SERVICE, VIP) == (SERVICE, VIP)
        acd.calls("first", number)
        acd.expect(ayse="ringing")
        always(acd.world)


def test_who_has_not_chosen_a_queue_is_not_offered_its_calls() -> None:
    acd = day()
    chosen(acd, VIP)
    acd.calls("first", "701")
    acd.expect(ayse="idle")


def test_an_agent_without_assigned_queues_chooses_at_log_in() -> None:
    acd = day(queue_settings(SALES, "700"), queue_settings(SERVICE, "701"))
    acd.calls("first", "701")
    assert chosen(acd, SERVICE) == (SERVICE,)
    acd.expect(ayse="ringing")


def test_a_queue_to_which_one_is_assigned_need_not_be_chosen_and_cannot_be_left() -> None:
    acd = day()
    assert chosen(acd, SALES, VIP, VIP) == (VIP,)
    acd.ask(ChooseQueues(agent=AYSE, queues=()))
    acd.calls("first", "700")
    acd.expect(ayse="ringing")


def test_what_is_chosen_can_be_changed_while_at_work() -> None:
    acd = day()
    chosen(acd, VIP)
    acd.ask(ChooseQueues(agent=AYSE, queues=(SERVICE,)))
    acd.calls("first", "702")
    acd.expect(ayse="idle")
    acd.calls("second", "701")
    acd.expect(ayse="ringing")


def test_an_offer_of_a_queue_that_is_left_is_taken_back() -> None:
    acd = day()
    chosen(acd, VIP)
    acd.calls("first", "702")
    acd.ask(ChooseQueues(agent=AYSE, queues=()))
    acd.pass_time(1)
    acd.expect(ayse="idle")
    acd.expect_waiting("first")
    acd.expect_outcomes("Offer", "withdrawn")


def test_an_offer_of_a_queue_that_is_kept_and_a_call_that_is_won_go_on() -> None:
    acd = day()
    chosen(acd, VIP)
    acd.calls("first", "700")
    acd.ask(ChooseQueues(agent=AYSE, queues=()))
    acd.expect(ayse="ringing")
    acd.takes("ayse")
    acd.ask(ChooseQueues(agent=AYSE, queues=(VIP,)))
    acd.expect(ayse="with first")
    acd.agent_hangs_up("ayse")
    acd.ask(LogIn(agent=AYSE, project=SUPPORT, queues=()))
    acd.expect(ayse="acw")


def test_the_chosen_queues_are_forgotten_at_log_out() -> None:
    acd = day()
    chosen(acd, VIP)
    acd.ask(LogOut(agent=AYSE))
    acd.ask(LogIn(agent=AYSE, project=SUPPORT))
    assert acd.world.core.state.agents[AYSE].chosen == ()


def test_logging_in_again_without_a_word_of_queues_keeps_them() -> None:
    acd = day()
    chosen(acd, VIP)
    acd.ask(LogIn(agent=AYSE, project=SUPPORT))
    assert acd.world.core.state.agents[AYSE].chosen == (VIP,)


def test_the_chosen_queues_outlive_the_process() -> None:
    acd = day()
    chosen(acd, VIP)
    acd.world.crash()
    acd.world.settle()
    acd.calls("first", "702")
    acd.expect(ayse="ringing")


# What cannot be chosen.


@pytest.mark.parametrize("wrong", ["nowhere", "care"])
def test_a_queue_that_is_not_of_the_project_is_refused_with_what_is(wrong: str) -> None:
    elsewhere = replace(queue_settings(QueueName("care"), "703"), project=CARE)
    acd = day(*SOME, elsewhere)
    said = refusal(acd, LogIn(agent=AYSE, project=SUPPORT, queues=(VIP, QueueName(wrong))))
    assert said == (
        f"ayse cannot choose {wrong}: in project support there are sales, service, vip to choose"
    )
    assert acd.world.core.state.agents[AYSE].project is None


def test_who_is_not_logged_in_chooses_nothing() -> None:
    assert refusal(day(), ChooseQueues(agent=AYSE, queues=(VIP,))) == "ayse is not logged in"


def test_a_queue_of_another_node_is_refused() -> None:
    base = settings(*SOME[:2])
    there = replace(base.agents[BARIS], node=NodeId("b"))
    acd = Acd(replace(base, agents={**base.agents, BARIS: there}))
    said = refusal(acd, LogIn(agent=AYSE, project=SUPPORT, queues=(SERVICE,)))
    assert said.endswith("in project support there is sales to choose")


def test_where_there_is_nothing_to_choose_that_is_said() -> None:
    base = settings()
    acd = Acd(base)
    said = refusal(acd, LogIn(agent=AYSE, project=SUPPORT, queues=(VIP,)))
    assert said == "ayse cannot choose vip: in project support there is no queue to choose"


def test_what_is_said_of_a_refusal_is_the_same_in_whatever_order_queues_were_configured() -> None:
    """After a start the order was another one, and a replay seemed to decide otherwise."""
    wrong = (QueueName("nowhere"),)
    said = refusal(day(*reversed(SOME)), LogIn(agent=AYSE, project=SUPPORT, queues=wrong))
    assert said.endswith("there are sales, service, vip to choose")


# A new version of the configuration.


def version(acd: Acd, *queues: QueueSettings) -> None:
    acd.applies(queues={queue.queue: queue for queue in queues}, routes={})
    always(acd.world)


def test_a_queue_that_is_gone_is_chosen_no_more() -> None:
    acd = day()
    chosen(acd, SERVICE, VIP)
    version(acd, *SOME[:2])
    assert acd.world.core.state.agents[AYSE].chosen == (SERVICE,)


def test_who_still_waits_in_a_removed_queue_is_served_by_who_has_chosen_it() -> None:
    acd = day()
    acd.calls("first", "702")
    acd.at_work("ayse")
    acd.applies(queues={queue.queue: queue for queue in SOME[:2]}, routes={})
    acd.expect_waiting("first")
    said = refusal(acd, ChooseQueues(agent=AYSE, queues=(VIP,)))
    assert said.endswith("sales, service to choose")

    acd = day()
    chosen(acd, VIP)
    acd.calls("busy", "700")
    acd.takes("ayse")
    acd.calls("first", "702")
    version(acd, *SOME[:2])
    acd.agent_hangs_up("ayse")
    acd.pass_time(11)
    acd.expect(ayse="ringing")


def test_a_queue_that_moves_to_another_project_is_chosen_no_more() -> None:
    acd = day()
    chosen(acd, VIP)
    version(acd, *SOME[:2], replace(SOME[2], project=CARE))
    assert acd.world.core.state.agents[AYSE].chosen == ()


def test_a_queue_that_changes_otherwise_stays_chosen() -> None:
    acd = day()
    chosen(acd, VIP)
    version(acd, *SOME[:2], replace(SOME[2], priority=7))
    acd.calls("first", "702")
    assert acd.world.core.state.agents[AYSE].chosen == (VIP,)


def test_an_agent_who_moves_to_another_node_has_chosen_no_queue_of_this_one() -> None:
    acd = day()
    chosen(acd, SERVICE, VIP)
    base: Settings = acd.world.settings
    there = replace(base.agents[AYSE], node=NodeId("b"))
    acd.applies(agents={**base.agents, AYSE: there})
    assert acd.world.core.state.agents[AYSE].chosen == (VIP,)


def test_who_becomes_assigned_to_a_chosen_queue_is_in_it_once() -> None:
    acd = day()
    chosen(acd, VIP)
    version(acd, *SOME[:2], queue_settings(VIP, "702", "ayse"))
    assert list(acd.world.core.state.pools[VIP])
    version(acd, *SOME)
    acd.ask(ChooseQueues(agent=AYSE, queues=()))
    always(acd.world)
    assert not list(acd.world.core.state.pools[VIP])


def test_an_offer_stays_with_who_changes_other_choices() -> None:
    acd = day()
    chosen(acd, VIP)
    acd.calls("first", "702")
    before = offer(acd).id
    acd.ask(ChooseQueues(agent=AYSE, queues=(VIP, SERVICE)))
    assert offer(acd).id == before
