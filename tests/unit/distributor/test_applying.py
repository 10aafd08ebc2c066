"""A new version of the configuration is taken over without touching a call in progress."""

from dataclasses import replace

from acd.agents.device import DeviceKind
from acd.ids import AgentId, QueueName, StatusName
from acd.requests import Apply, SetStatus
from acd.revision import Revision
from acd.settings import AVAILABLE, RingMode, Settings, Strategy
from tests.stories.acd import SALES, Acd, one_queue, queue_settings
from tests.unit.distributor.scenes import (
    AYSE,
    BARIS,
    LUNCH,
    STATUSES,
    at_work,
    ringing,
    talking,
    waiting,
)

NEW = AgentId("yeni")


def sales(*agents: str, **more: object) -> dict[QueueName, object]:
    return {SALES: queue_settings(SALES, "700", *agents, **more)}


def with_new(acd: Acd) -> dict[AgentId, object]:
    """A new agent, with a mobile only."""
    agents = acd.world.settings.agents
    return {
        **agents,
        NEW: replace(agents[AYSE], agent=NEW, extension=None, ring=RingMode.MOBILE),
    }


def test_a_new_agent_is_logged_out_and_has_the_mobile_that_is_configured() -> None:
    acd = at_work("ayse")
    acd.applies(agents=with_new(acd))
    agent = acd.world.core.state.agents[NEW]
    assert agent.project is None
    assert agent.device(DeviceKind.MOBILE).endpoints == ("PJSIP/+90555001001@carrier",)
    assert agent.device(DeviceKind.EXTENSION).endpoints == ()


def test_while_the_node_is_away_a_new_agent_cannot_be_reached() -> None:
    acd = at_work("ayse")
    acd.world.lose_node()
    acd.applies(agents=with_new(acd))
    assert acd.world.core.state.agents[NEW].device(DeviceKind.MOBILE).endpoints == ()


def test_a_removed_agent_is_gone() -> None:
    acd = at_work("ayse", "baris")
    agents = acd.world.settings.agents
    acd.applies(agents={BARIS: agents[BARIS]})
    assert AYSE not in acd.world.core.state.agents
    acd.expect(baris="idle")
    acd.applies(agents=agents)
    acd.expect(ayse="logged out")


def test_a_removed_agent_on_the_phone_is_gone_with_the_version_after_the_call() -> None:
    acd = talking("ayse")
    acd.applies(agents={})
    acd.applies()
    acd.expect(ayse="with first")
    acd.caller_hangs_up("first")
    acd.pass_time(10)
    acd.expect(ayse="logged out")
    acd.applies()
    assert AYSE not in acd.world.core.state.agents


def test_a_removed_agent_goes_on_talking_and_leaves_after_the_call() -> None:
    acd = talking("ayse")
    acd.applies(agents={})
    acd.expect(ayse="with first")
    acd.caller_hangs_up("first")
    acd.pass_time(10)
    acd.expect(ayse="logged out")


def test_a_removed_agent_is_not_offered_anything_any_more() -> None:
    acd = ringing("ayse", "baris")
    agents = acd.world.settings.agents
    acd.applies(agents={BARIS: agents[BARIS]})
    acd.expect(ayse="logged out", baris="ringing")
    acd.expect_outcomes("Offer", "withdrawn")


def test_who_has_refused_a_call_and_is_removed_keeps_it_from_nobody() -> None:
    acd = ringing("ayse", "baris")
    acd.rejects("ayse", 603)
    acd.rejects("baris", 603)
    agents = acd.world.settings.agents
    acd.applies(agents={each: agents[each] for each in agents if each != AYSE})
    acd.at_work("cem")
    acd.applies(queues=sales("baris", "cem"))
    acd.expect(cem="ringing")


def test_who_waits_is_offered_to_a_new_member_at_once() -> None:
    acd = waiting(of=one_queue())
    acd.at_work("ayse")
    acd.expect_waiting("first")
    acd.applies(queues=sales("ayse"))
    acd.expect(ayse="ringing")


def test_another_strategy_is_followed_at_once() -> None:
    acd = ringing("ayse", "baris")
    acd.applies(queues=sales("ayse", "baris", strategy=Strategy.RING_ALL))
    acd.expect(ayse="ringing", baris="ringing")


def test_another_way_of_ringing_holds_from_the_next_offer_on() -> None:
    acd = ringing("ayse")
    agents = acd.world.settings.agents
    mobile = replace(agents[AYSE], ring=RingMode.MOBILE)
    acd.applies(agents={**agents, AYSE: mobile})
    [phone] = acd.world.ringing(AYSE)
    assert phone.endpoint == "PJSIP/1001"
    acd.rejects("ayse", 404)
    [phone] = acd.world.ringing(AYSE)
    assert phone.endpoint.endswith("@carrier")


def on_lunch() -> Acd:
    acd = at_work("ayse", of=replace(one_queue("ayse"), statuses=STATUSES))
    acd.ask(SetStatus(agent=AYSE, status=LUNCH))
    return acd


def test_whose_status_is_removed_is_available() -> None:
    acd = on_lunch()
    acd.applies(statuses=Settings().statuses)
    assert acd.world.core.state.agents[AYSE].status == AVAILABLE
    acd.expect(ayse="idle")


def test_a_status_that_now_means_something_else_does_so_at_once() -> None:
    acd = on_lunch()
    changed = replace(STATUSES[LUNCH], category=STATUSES[AVAILABLE].category)
    acd.applies(statuses={**STATUSES, LUNCH: changed})
    acd.expect(ayse="idle")
    assert acd.world.core.state.agents[AYSE].status == LUNCH


def test_a_removed_status_that_was_asked_for_is_forgotten() -> None:
    acd = talking("ayse", of=replace(one_queue("ayse"), statuses=STATUSES))
    acd.ask(SetStatus(agent=AYSE, status=LUNCH))
    acd.applies(statuses=Settings().statuses)
    acd.caller_hangs_up("first")
    acd.pass_time(10)
    assert acd.world.core.state.agents[AYSE].status == StatusName("Available")


def test_a_status_that_was_asked_for_and_stays_comes_after_the_call() -> None:
    acd = talking("ayse", of=replace(one_queue("ayse"), statuses=STATUSES))
    acd.ask(SetStatus(agent=AYSE, status=LUNCH))
    acd.applies(misses_before_pause=1, agents=acd.world.settings.agents)
    agents = acd.world.settings.agents
    acd.applies(agents={AYSE: replace(agents[AYSE], name="Anew"), BARIS: agents[BARIS]})
    acd.caller_hangs_up("first")
    acd.pass_time(10)
    assert acd.world.core.state.agents[AYSE].status == LUNCH


def test_a_removed_queue_takes_nobody_any_more_but_serves_who_is_in() -> None:
    acd = waiting()
    acd.applies(queues={}, routes={})
    assert acd.world.core.state.queue(SALES).draining
    acd.calls("late")
    acd.expect_waiting("first")
    acd.at_work("ayse")
    acd.takes("ayse")
    acd.expect(ayse="with first")


def test_a_queue_that_has_drained_is_gone_with_the_next_version() -> None:
    acd = waiting()
    acd.applies(queues={}, routes={})
    acd.caller_hangs_up("first")
    acd.applies()
    assert acd.world.core.state.settings.queues == {}


def test_a_queue_that_has_drained_is_gone_with_a_version_that_does_not_name_it() -> None:
    acd = waiting()
    acd.applies(queues={}, routes={})
    acd.caller_hangs_up("first")
    assert acd.world.core.state.queue(SALES).draining
    acd.ask(Apply(revision=Revision(general=acd.world.settings.general)))
    assert acd.world.core.state.settings.queues == {}


def test_a_version_in_which_an_agent_has_changed_leaves_the_others_alone() -> None:
    acd = talking("ayse", "baris")
    agents = acd.world.settings.agents
    other = replace(agents[BARIS], ring=RingMode.MOBILE)
    acd.world.group = []
    asked = Apply(revision=Revision(general=acd.world.settings.general, agents=(other,)))
    decision = acd.world.core.request(asked, acd.world.now)
    changed = [(type(change.row).__name__, change.row.key) for change in decision.changes]
    assert changed == [("AgentSettings", BARIS), ("Agent", BARIS)]
    assert decision.effects == ()


def test_without_the_trunk_nobody_can_be_called_on_a_mobile() -> None:
    acd = at_work("ayse", of=one_queue("ayse", strategy=Strategy.LONGEST_IDLE))
    acd.applies(outbound_routes=())
    ayse = acd.world.core.state.agents[AYSE]
    assert ayse.device(DeviceKind.MOBILE).endpoints == ()
    assert ayse.device(DeviceKind.EXTENSION).endpoints


def test_two_agents_who_change_phones_are_each_reached_at_the_other_one() -> None:
    acd = at_work("ayse", "baris")
    agents = acd.world.settings.agents
    swapped = {
        AYSE: replace(agents[AYSE], extension=agents[BARIS].extension),
        BARIS: replace(agents[BARIS], extension=agents[AYSE].extension),
    }
    acd.applies(agents={**agents, **swapped})
    acd.world.register("1002", "PJSIP/1002/sip:anew")
    devices = {name: acd.world.core.state.agents[name].devices[0] for name in (AYSE, BARIS)}
    assert devices[AYSE].endpoints == ("PJSIP/1002/sip:anew",)
    assert devices[BARIS].endpoints == ("PJSIP/1001",)


def test_a_phone_that_is_nobodys_any_more_reaches_nobody() -> None:
    acd = at_work("ayse")
    agents = acd.world.settings.agents
    acd.applies(agents={**agents, AYSE: replace(agents[AYSE], extension=None)})
    acd.world.register("1001", "PJSIP/1001/sip:anew")
    assert acd.world.core.state.agents[AYSE].devices[0].endpoints == ()


def test_a_draining_queue_drains_on_through_another_version_and_may_come_back() -> None:
    acd = waiting()
    queues = acd.world.settings.queues
    acd.applies(queues={}, routes={})
    acd.applies()
    assert acd.world.core.state.queue(SALES).draining
    acd.applies(queues=queues)
    assert not acd.world.core.state.queue(SALES).draining
    acd.expect_waiting("first")
