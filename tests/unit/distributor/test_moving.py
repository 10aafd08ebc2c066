"""An agent decides where the caller goes: transfer, consult, conference, callback."""

from dataclasses import replace

import pytest

from acd.agents.assignment import Phase
from acd.calls.leg import Leg
from acd.facts import LegGone
from acd.ids import AgentId, QueueName
from acd.requests import (
    CancelConsult,
    Confer,
    Consult,
    EndCall,
    Listen,
    Refused,
    RequestCallback,
    Transfer,
    TransferToAgent,
)
from acd.settings import Route
from acd.targets import Target
from tests.stories.acd import SALES, SERVICE, Acd, queue_settings, settings
from tests.unit.distributor.scenes import (
    AYSE,
    BARIS,
    CEM,
    DEFNE,
    TWO_QUEUES,
    ZEKI,
    consulted,
    consulting,
    entry,
    interaction,
    leg,
    talking,
    waiting,
)

# Ending and transferring.


def test_an_agent_hangs_up_the_caller() -> None:
    acd = talking()
    acd.ask(EndCall(agent=AYSE))
    acd.expect(ayse="acw")
    assert not acd.world.asterisk.channels
    acd.expect_outcomes("Interaction", "answered")


def test_whoever_ends_a_conference_ends_it_for_all() -> None:
    acd = consulted()
    acd.ask(Confer(agent=AYSE))
    acd.ask(EndCall(agent=BARIS))
    acd.expect(ayse="acw", baris="acw")
    assert not acd.world.asterisk.channels


def test_who_is_transferred_begins_a_new_wait() -> None:
    acd = talking("ayse", of=TWO_QUEUES)
    acd.calls("earlier", "701")
    acd.pass_time(5)
    acd.ask(Transfer(agent=AYSE, queue=SERVICE))
    acd.expect(ayse="acw")
    acd.expect_waiting("earlier", "first")


@pytest.mark.parametrize("said", ["701", "+90 212 000 07 01", "service"])
def test_a_queue_is_meant_by_its_name_or_by_a_number_that_leads_there(said: str) -> None:
    route = Route(to=Target.of("queue:service"))
    routes = {**TWO_QUEUES.routes, "+902120000701": route}
    acd = talking("ayse", of=replace(TWO_QUEUES, routes=routes, country="TR"))
    acd.ask(Transfer(agent=AYSE, queue=QueueName(said)))
    acd.expect(ayse="acw")
    assert [entry.queue for entry in acd.world.core.state.entries.values()] == [SERVICE]


def test_who_consults_may_say_the_number() -> None:
    acd = talking("ayse", "baris", of=TWO_QUEUES)
    acd.ask(Consult(agent=AYSE, queue=QueueName("701")))
    acd.expect(ayse="held", baris="ringing")


@pytest.mark.parametrize("said", ["702", "900", "help"])
def test_a_number_that_leads_to_no_queue_is_refused(said: str) -> None:
    routes = {**TWO_QUEUES.routes, "900": Route(to=Target.of("extension:1001"))}
    acd = talking("ayse", of=replace(TWO_QUEUES, routes=routes))
    with pytest.raises(Refused, match=f"there is no queue {said}"):
        acd.ask(Transfer(agent=AYSE, queue=QueueName(said)))
    acd.expect(ayse="with first")


def test_a_name_beats_a_number() -> None:
    named = queue_settings(QueueName("701"), "702", "baris")
    acd = talking("ayse", of=settings(*TWO_QUEUES.queues.values(), named))
    acd.ask(Transfer(agent=AYSE, queue=QueueName("701")))
    assert [entry.queue for entry in acd.world.core.state.entries.values()] == ["701"]


# To a colleague.


def sent(*agents: str) -> Acd:
    """Ayşe has sent the first caller, who was in sales, to baris, whose phone rings."""
    acd = talking("ayse", "baris", *agents, of=TWO_QUEUES)
    acd.ask(TransferToAgent(agent=AYSE, colleague=BARIS))
    return acd


def phone_of(acd: Acd) -> Leg:
    [leg] = [leg for leg in acd.world.core.state.legs.values() if leg.role == "target"]
    return leg


def test_a_colleague_answers_and_has_the_caller() -> None:
    acd = sent()
    acd.expect(ayse="acw", baris="busy")
    acd.world.asterisk.answer(phone_of(acd).channel)
    acd.world.settle()
    [caller] = [leg.channel for leg in acd.world.core.state.legs.values() if leg.role == "caller"]
    assert acd.world.hears(caller, phone_of(acd).channel)
    acd.caller_hangs_up("first")
    acd.pass_time(1)
    acd.expect(baris="idle")
    acd.expect_outcomes("Interaction", "answered")


def test_a_colleague_who_does_not_answer_sends_the_caller_back_to_the_old_place() -> None:
    acd = sent()
    [call] = acd.world.core.state.interactions.values()
    acd.world.asterisk.ring(phone_of(acd).channel)
    acd.world.settle()
    acd.pass_time(31)
    assert (entry(acd).queue, entry(acd).order_since) == (SALES, call.order_since)


def test_who_sends_a_caller_on_and_dies_does_not_call_the_caller_back() -> None:
    """The end of the agent's leg is told with no cause, as after a gap."""
    acd = talking("ayse", "baris", of=TWO_QUEUES)
    [mine] = [leg.channel for leg in acd.world.core.state.legs.values() if leg.role == "agent"]
    acd.world.ask(TransferToAgent(agent=AYSE, colleague=BARIS))
    acd.world.tell(LegGone(channel=mine))
    acd.world.settle()
    assert not acd.world.core.state.entries
    assert phone_of(acd).state == "asked"


@pytest.mark.parametrize(
    ("colleague", "says"),
    [
        (ZEKI, "there is no agent zeki"),
        (CEM, "cem is not logged in"),
        (AYSE, "ayse has no free phone"),
        (DEFNE, "defne has no free phone"),
    ],
)
def test_a_colleague_who_cannot_take_the_caller(colleague: AgentId, says: str) -> None:
    acd = talking("ayse", "baris", "defne", of=TWO_QUEUES)
    acd.world.unregister("1004")
    acd.world.settle()
    with pytest.raises(Refused, match=says):
        acd.ask(TransferToAgent(agent=AYSE, colleague=colleague))
    acd.expect(ayse="with first")


def test_a_transfer_out_of_a_conference_leaves_both_agents_behind() -> None:
    acd = consulted()
    acd.ask(Confer(agent=AYSE))
    acd.ask(Transfer(agent=BARIS, queue=SALES))
    acd.expect(ayse="acw", baris="acw")
    acd.expect_waiting("first")


# Consulting.


def test_the_caller_on_hold_hears_the_music_of_the_own_queue() -> None:
    acd = talking(
        "ayse",
        of=settings(
            queue_settings(SALES, "700", "ayse", music="jazz"),
            queue_settings(SERVICE, "701", "baris", music="piano"),
        ),
    )
    acd.ask(Consult(agent=AYSE, queue=SERVICE))
    channels = acd.world.asterisk.channels
    assert channels[leg(acd, "caller").channel].music == "jazz"
    assert channels[leg(acd, "agent").channel].music == "piano"


def test_a_caller_whose_queue_is_gone_is_held_with_the_default_music() -> None:
    acd = talking("ayse", of=TWO_QUEUES)
    acd.applies(queues={SERVICE: TWO_QUEUES.queues[SERVICE]})
    acd.ask(Consult(agent=AYSE, queue=SERVICE))
    assert acd.world.asterisk.channels[leg(acd, "caller").channel].music == "default"


def test_who_consulted_goes_back_to_the_caller_before_anybody_answers() -> None:
    acd = consulting("baris")
    acd.rings("baris")
    acd.ask(CancelConsult(agent=AYSE))
    acd.expect(ayse="with first", baris="no device")
    acd.expect_outcomes("Entry", "answered", "abandoned")
    acd.all_go_home()


def test_who_consulted_goes_back_to_the_caller_and_the_colleague_is_done() -> None:
    acd = consulted()
    acd.ask(CancelConsult(agent=AYSE))
    acd.expect(ayse="with first", baris="acw")
    acd.all_go_home()


def test_after_a_cancelled_consultation_a_supervisor_still_only_listens() -> None:
    acd = talking("ayse", "baris", "defne", of=TWO_QUEUES)
    acd.ask(Listen(supervisor=DEFNE, agent=AYSE))
    acd.supervisor_answers("defne")
    acd.ask(Consult(agent=AYSE, queue=SERVICE))
    acd.rings("baris")
    acd.rejects("baris", 603)
    acd.ask(CancelConsult(agent=AYSE))
    acd.expect(ayse="with first")
    assert not acd.world.hears(leg(acd, "supervisor").channel, leg(acd, "caller").channel)
    acd.all_go_home()


def test_a_consultation_can_be_cancelled_when_every_bridge_is_gone() -> None:
    acd = talking("ayse", "defne", of=TWO_QUEUES)
    acd.ask(Listen(supervisor=DEFNE, agent=AYSE))
    acd.supervisor_answers("defne")
    acd.ask(Consult(agent=AYSE, queue=SERVICE))
    acd.world.asterisk.end(leg(acd, "supervisor").channel)
    acd.ask(CancelConsult(agent=AYSE))
    acd.expect(ayse="with first")
    acd.all_go_home()


def test_a_conference_is_one_talk_of_three() -> None:
    acd = consulted()
    acd.ask(Confer(agent=AYSE))
    assert acd.world.hears(leg(acd, "agent", "ayse").channel, leg(acd, "caller").channel)
    assert acd.world.hears(leg(acd, "agent", "baris").channel, leg(acd, "caller").channel)
    assert {acd.world.core.state.agents[agent].phase for agent in (AYSE, BARIS)} == {Phase.TALKING}


@pytest.mark.parametrize(("leaves", "stays"), [("ayse", "baris"), ("baris", "ayse")])
def test_of_two_who_consult_the_one_who_stays_has_the_caller(leaves: str, stays: str) -> None:
    acd = consulted()
    acd.agent_hangs_up(leaves)
    acd.expect(**{leaves: "acw", stays: "with first"})
    acd.ask(EndCall(agent=AYSE if stays == "ayse" else BARIS))
    acd.expect(**{stays: "acw"})
    acd.all_go_home()


# Callbacks.


def owed() -> Acd:
    """A callback, with a caller who came later behind it."""
    acd = waiting()
    acd.ask(RequestCallback(interaction=interaction(acd)))
    return acd


def test_the_place_stays_when_the_caller_goes() -> None:
    acd = waiting()
    place = entry(acd).order_since
    acd.ask(RequestCallback(interaction=interaction(acd)))
    assert not acd.world.asterisk.channels
    assert (entry(acd).kind, entry(acd).channel, entry(acd).order_since) == (
        "callback",
        None,
        place,
    )
    acd.expect_outcomes("Entry", "callback")
    assert acd.world.core.state.interactions[interaction(acd)].reached == "callback"


def test_the_customer_is_called_over_the_trunk_once_an_agent_is_there() -> None:
    acd = owed()
    acd.at_work("ayse")
    acd.takes("ayse")
    acd.expect(ayse="dialling")
    assert acd.world.asterisk.channels[leg(acd, "caller").channel].endpoint == (
        "PJSIP/+90212first@carrier"
    )
