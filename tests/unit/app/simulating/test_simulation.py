"""The same people once more: with the recorded configuration all is as it was, with another one it
is otherwise for a reason."""

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import get_args

import pytest

from acd.app.simulating.comparing import Comparison, compare
from acd.app.simulating.people import People
from acd.app.simulating.reading import FOLLOWED, NOT_FOLLOWED, STAFF, WITH_A_CONSULTATION, Differs
from acd.app.simulating.recording import Does, Ender
from acd.app.simulating.simulation import Simulation
from acd.config import BadConfiguration
from acd.distributor import core
from acd.facts import CallArrived, ContactsChanged, DigitPressed
from acd.ids import AgentId, ExtensionNumber, InteractionId, NodeId, ResultCodeName
from acd.requests import (
    Consult,
    FinishAcw,
    Listen,
    Request,
    RequestCallback,
    SubmitDisposition,
    Transfer,
    TransferToAgent,
)
from acd.settings import CodeCategory, ResultCode, RingMode, Settings, Strategy
from acd.targets import Target
from acd.waits import Announce, Announcing, Leaving
from tests.stories.acd import SALES, SERVICE, one_queue, queue_settings, settings
from tests.unit.app.simulating.days import Day, a_day, again, ends, recorded
from tests.unit.distributor.scenes import AYSE, STATUSES, TWO_QUEUES
from tests.world.asterisk import NODE

LEAVING = Leaving(
    timeout_s=60,
    timeout_to=Target.of("queue:service"),
    exit_to=Target.of("callback:service"),
)
ANNOUNCING = Announcing(announce=Announce.POSITION_EXIT, first_s=5, every_s=20)


def two_queues(strategy: Strategy, **more: object) -> Settings:
    sales = queue_settings(
        SALES, "700", "ayse", "baris", strategy=strategy, leaving=LEAVING, announcing=ANNOUNCING
    )
    service = queue_settings(SERVICE, "701", "cem", "baris", priority=1, strategy=strategy)
    return replace(settings(sales, service, **more), statuses=STATUSES)  # type: ignore[arg-type]


@pytest.mark.parametrize("strategy", Strategy)
def test_with_the_recorded_configuration_all_is_as_it_was(strategy: Strategy) -> None:
    """Hang-ups, exits, callbacks, transfers, misses, breaks: to the tenth of a second."""
    recording = recorded(a_day(Random(strategy), two_queues(strategy), steps=60))
    same = again(recording)
    assert ends(same) == ends(recording)
    assert ends(same, SERVICE) == ends(recording, SERVICE)
    assert same.figures.busy == recording.figures.busy
    assert same.figures.idle == recording.figures.idle
    assert not same.refused


def test_the_same_seed_gives_the_same_figures_and_another_one_others() -> None:
    recording = recorded(a_day(Random(4), two_queues(Strategy.LINEAR), steps=60))
    fewer = two_queues(Strategy.LINEAR)
    fewer = replace(fewer, queues={**fewer.queues, SALES: queue_settings(SALES, "700", "ayse")})
    found = [ends(again(recording, fewer, seed)) for seed in (1, 1, 2, 3, 4, 5)]
    assert found[0] == found[1]
    assert len({str(each) for each in found}) > 1


def a_short_day(of: Settings | None = None) -> Day:
    """One is answered after 3 s and talks for half a minute, one hangs up after 10 s."""
    day = Day(of or one_queue("ayse"))
    day.at_work("ayse")
    day.calls("first")
    day.rings("ayse")
    day.pass_time(3)
    day.answers("ayse")
    day.calls("second")
    day.pass_time(10)
    day.caller_hangs_up("second")
    day.pass_time(19)
    day.agent_hangs_up("ayse")
    day.rests(200)
    return day


def test_who_was_answered_waits_for_longer_than_that_where_nobody_answers() -> None:
    """Had the caller given up then, the wait would be censored in vain."""
    recording = recorded(a_short_day())
    [first, second] = recording.calls
    people = People(recording, seed=1)
    assert not first.waits[0].gave_up
    longer = people.patience(first, 0)
    assert longer
    assert longer > first.waits[0].lasted
    assert people.patience(second, 0) == second.waits[0].lasted
    nobody = again(recording, one_queue("baris"))
    assert ends(nobody) == {"abandoned": 2}


def test_one_more_agent_answers_who_had_to_wait() -> None:
    day = Day(one_queue("ayse"))
    day.at_work("ayse", "baris")
    for caller in ("first", "second"):
        day.calls(caller)
    day.rings("ayse")
    day.pass_time(3)
    day.answers("ayse")
    day.pass_time(60)
    recording = recorded(day)
    assert ends(recording) == {"answered": 1, "after 4.0": 1}
    more = again(recording, one_queue("ayse", "baris"))
    assert more.figures.queues[SALES].answered == 2


def test_who_left_by_the_key_presses_the_one_that_leads_out_now() -> None:
    def of(**announcing: object) -> Settings:
        leaving = Leaving(exit_to=Target.of("queue:service"))
        plan = Announcing(announce=Announce.EXIT, **announcing)  # type: ignore[arg-type]
        sales = queue_settings(SALES, "700", "ayse", leaving=leaving, announcing=plan)
        return settings(sales, queue_settings(SERVICE, "701"))

    day = Day(of(exit_digit="1"))
    day.calls("first")
    day.pass_time(7)
    [caller] = day.world.core.state.legs
    fact = DigitPressed(channel=caller, digit="1")
    day.world.tell(day.world.core.marked(fact))
    day.world.settle()
    day.rests(3)
    recording = recorded(day)
    assert ends(recording) == {"queue_exit": 1}
    assert ends(again(recording, of(exit_digit="9"))) == {"queue_exit": 1}
    assert ends(again(recording, one_queue("ayse"))) == {}, "the caller waits on"


def test_a_phone_that_answers_by_itself_now_does() -> None:
    recording = recorded(a_short_day())
    found = again(recording, one_queue("ayse", auto_answer=True))
    assert ends(found) == {"answered": 1, "abandoned": 1, "after 0.6": 1}


def test_a_mobile_that_was_never_rung_is_accepted_after_a_moment() -> None:
    of = settings(queue_settings(SALES, "700", "ayse"), ring=RingMode.MOBILE)
    found = again(recorded(a_short_day()), of)
    assert found.figures.queues[SALES].answered == 1


def test_what_agents_cannot_do_any_more_is_counted_by_its_reason() -> None:
    base = one_queue("baris")
    gone = replace(base, agents={AgentId("baris"): base.agents[AgentId("baris")]})
    assert again(recorded(a_short_day()), gone).refused == {"there is no agent ayse": 1}


def test_a_talk_that_the_recording_cuts_goes_on_for_at_least_so_long() -> None:
    day = a_short_day()
    day.calls("third")
    day.rings("ayse")
    day.answers("ayse")
    day.rests(47)
    recording = recorded(day)
    talk = recording.calls[-1].talks[0]
    assert talk.cut
    goes_on = People(recording, 1).talk(recording.calls[-1], 0, SALES)
    assert goes_on.lasted == timedelta(seconds=120), "nobody talked for so long: the usual time"


def test_a_phone_that_was_taken_back_takes_longer_when_it_is_not() -> None:
    day = a_short_day()
    day.calls("third")
    day.pass_time(1)
    day.rings("ayse")
    day.pass_time(1)
    day.caller_hangs_up("third")
    recording = recorded(day)
    third = recording.calls[-1]
    phone = ("PJSIP/1001", False)
    [seen] = third.reactions[phone]
    assert seen.cut == timedelta(seconds=2)
    assert People(recording, 1).reaction(third, phone, 0).rings == timedelta(seconds=1)
    answers = People(recording, 1).reaction(third, phone, 0).answers
    assert answers == timedelta(seconds=3), "as the same phone was answered before"
    assert People(recording, 1).reaction(third, ("PJSIP/1009", False), 0).answers == answers
    assert People(recording, 1).reaction(third, ("PJSIP/1@c", False), 0).answers


def test_it_can_begin_with_agents_who_are_there() -> None:
    day = a_short_day()
    reader = day.snapshot()
    day.calls("later")
    day.rings("ayse")
    day.answers("ayse")
    day.pass_time(5)
    day.caller_hangs_up("later")
    day.rests(5)
    recording = recorded(day, reader)
    assert len(recording.calls) == 1
    assert recording.agents == {AYSE}
    assert ends(again(recording)) == ends(recording) == {"answered": 1, "after 0.0": 1}


def test_calls_that_had_begun_before_are_left_out_and_so_is_what_nobody_follows() -> None:
    day = Day(one_queue("ayse"))
    day.at_work("ayse", "baris")
    day.calls("first")
    day.takes("ayse")
    reader = day.snapshot()
    day.ask(Listen(supervisor=AgentId("baris"), agent=AYSE))
    day.caller_hangs_up("first")
    recording = recorded(day, reader)
    assert recording.left_out == {
        "calls that had begun before": 1,
        "supervisors who listened": 1,
    }
    assert ends(recording) == {}


def test_lines_that_are_decided_differently_are_no_recording(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    day = a_short_day()
    monkeypatch.setitem(core.FACTS, CallArrived, lambda *_: None)
    with pytest.raises(Differs, match=r"line \d+ of the journal is decided differently"):
        recorded(day)


# A comparison.


def compared(of: Settings) -> Comparison:
    return compare(recorded(a_short_day()), of, "new.yaml", seed=1)


def test_a_number_that_leads_nowhere_now_is_a_mistake() -> None:
    of = settings(queue_settings(SALES, "900", "ayse"))
    with pytest.raises(BadConfiguration) as found:
        compared(of)
    assert str(found.value) == (
        "new.yaml: expected a route or a queue for 700: 2 recorded calls came to a queue by it"
    )


def test_agents_who_are_all_on_another_node_are_a_mistake() -> None:
    of = one_queue("ayse")
    agents = {name: replace(agent, node=NodeId("b")) for name, agent in of.agents.items()}
    with pytest.raises(BadConfiguration, match="expected agents on the node a, on which"):
        compared(replace(of, agents=agents))


@pytest.mark.parametrize("request_", get_args(Request))
def test_whatever_people_ask_for_is_done_again_or_counted(request_: type) -> None:
    sorts = (STAFF, FOLLOWED, tuple(NOT_FOLLOWED), WITH_A_CONSULTATION)
    assert sum(request_ in sort for sort in sorts) == 1


# What agents and callers do about a call.


def test_after_call_work_that_is_ended_early_is_ended_early_again() -> None:
    day = a_talk()
    day.pass_time(3)
    day.ask(FinishAcw(agent=AYSE))
    day.rests(60)
    recording = recorded(day)
    assert recording.figures.busy == timedelta(seconds=23)
    assert again(recording).figures.busy == recording.figures.busy
    longer = one_queue("ayse")
    longer = replace(longer, queues={SALES: replace(longer.queues[SALES], acw_s=30)})
    assert again(recording, longer).figures.busy == recording.figures.busy
    shorter = replace(longer, queues={SALES: replace(longer.queues[SALES], acw_s=2)})
    found = again(recording, shorter)
    assert found.figures.busy == timedelta(seconds=22)
    assert not found.refused


def a_talk(of: Settings | None = None) -> Day:
    """Of 20 s, and then the agent has after-call work."""
    day = Day(of or one_queue("ayse"))
    day.at_work("ayse")
    day.calls("first")
    day.takes("ayse")
    day.pass_time(20)
    day.caller_hangs_up("first")
    return day


def test_a_call_that_was_closed_is_closed_again_with_the_time_that_its_code_gives() -> None:
    def of(extra_s: int) -> Settings:
        name = ResultCodeName("Sale")
        code = ResultCode(name=name, category=CodeCategory.SUCCESS, extra_time_s=extra_s)
        return replace(one_queue("ayse"), result_codes={name: code})

    day = a_talk(of(30))
    day.pass_time(4)
    [interaction] = {one.interaction for one in day.world.core.state.agents[AYSE].assignments}
    day.ask(SubmitDisposition(agent=AYSE, interaction=interaction, code=ResultCodeName("Sale")))
    day.rests(60)
    recording = recorded(day)
    assert recording.figures.busy == timedelta(seconds=20 + 4 + 30)
    assert again(recording).figures.busy == recording.figures.busy
    assert again(recording, of(5)).figures.busy == timedelta(seconds=20 + 4 + 5)


def test_a_caller_who_was_transferred_is_again_and_has_left_where_that_queue_is_no_more() -> None:
    day = Day(TWO_QUEUES)
    day.at_work("ayse", "baris")
    day.calls("first")
    day.takes("ayse")
    day.pass_time(20)
    day.ask(Transfer(agent=AYSE, queue=SERVICE))
    day.pass_time(2)
    day.takes("baris")
    day.pass_time(40)
    day.agent_hangs_up("baris")
    day.rests(60)
    recording = recorded(day)
    [call] = recording.calls
    assert [talk.ender for talk in call.talks] == [Ender.TRANSFER, Ender.AGENT]
    same = again(recording)
    assert ends(same, SERVICE) == ends(recording, SERVICE) == {"answered": 1, "after 2.0": 1}
    assert same.figures.busy == recording.figures.busy
    without = again(recording, one_queue("ayse"))
    assert without.refused == {"there is no queue service": 1}
    assert without.figures.busy == timedelta(seconds=20 + 10)


def test_a_caller_who_was_transferred_to_a_colleague_is_again() -> None:
    day = Day(one_queue("ayse"))
    day.at_work("ayse", "baris")
    day.calls("first")
    day.takes("ayse")
    day.pass_time(20)
    day.ask(TransferToAgent(agent=AYSE, colleague=AgentId("baris")))
    day.pass_time(2)
    day.customer_of("1002", day.world.asterisk.answer)
    day.pass_time(40)
    day.caller_hangs_up("first")
    day.rests(60)
    recording = recorded(day)
    [call] = recording.calls
    assert [talk.lasted.total_seconds() for talk in call.talks] == [20, 40]
    same = again(recording)
    assert same.figures.busy == recording.figures.busy == timedelta(seconds=30)
    assert not same.refused


def test_a_caller_who_wants_to_be_called_back_is() -> None:
    day = a_callback()
    day.customer(day.world.asterisk.answer)
    day.pass_time(30)
    day.rests(60)
    recording = recorded(day)
    assert [does for _, does in recording.calls[0].waits[0].does] == [Does.CALLBACK]
    same = again(recording)
    assert ends(same) == ends(recording) == {"callback": 1}
    assert same.figures.busy == recording.figures.busy > timedelta(seconds=60)


def a_callback() -> Day:
    """The agent is there, and the customer's phone rings."""
    day = Day(one_queue("ayse"))
    day.calls("first")
    day.pass_time(5)
    day.ask(RequestCallback(interaction=interaction_of(day)))
    day.at_work("ayse")
    day.takes("ayse")
    day.pass_time(2)
    return day


def interaction_of(day: Day) -> InteractionId:
    [only] = day.world.core.state.interactions
    return only


def test_phones_that_were_found_after_an_outage_have_changed_then_and_nothing_else_has() -> None:
    day = Day(one_queue("ayse"))
    day.at_work("ayse")
    day.calls("first")
    day.takes("ayse")
    day.pass_time(10)
    day.world.lose_node()
    day.world.contacts["1002"] = ()
    day.world.reconnect()
    day.world.settle()
    day.pass_time(10)
    day.caller_hangs_up("first")
    day.rests(30)
    recording = recorded(day)
    assert recording.left_out == {"outages": 1}
    simulation = Simulation(recording, None, seed=1)
    simulation.run()
    phones = simulation._core.state.phones
    assert [phone.extension for phone in phones.values() if not phone.contacts] == ["1002"]


def test_phones_that_were_heard_of_before_the_node_was_reached_do_not_keep_it_away() -> None:
    day = a_short_day()
    recording = recorded(day)
    heard = ContactsChanged(node=NODE, extension=ExtensionNumber("1001"), contacts=("PJSIP/1001",))
    early = replace(recording, staff=((recording.begins, heard), *recording.staff))
    assert ends(again(early)) == ends(recording)


def test_a_consultation_is_left_out_and_the_talk_goes_on_until_the_caller_leaves() -> None:
    day = Day(TWO_QUEUES)
    day.at_work("ayse", "baris")
    day.calls("first")
    day.takes("ayse")
    day.pass_time(10)
    day.ask(Consult(agent=AYSE, queue=SERVICE))
    day.takes("baris")
    day.pass_time(10)
    day.caller_hangs_up("first")
    day.rests(60)
    recording = recorded(day)
    assert recording.left_out == {"consultations": 1}
    [talk] = recording.calls[0].talks
    assert (talk.lasted, talk.ender) == (timedelta(seconds=20), Ender.CALLER)
    assert again(recording).figures.queues[SALES].answered == 1


def test_a_mobile_is_accepted_with_the_key_again_or_again_it_is_not() -> None:
    day = Day(settings(queue_settings(SALES, "700", "ayse"), ring=RingMode.MOBILE))
    day.at_work("ayse")
    for accepts in (False, True):
        day.calls(f"caller {accepts}")
        day.rings("ayse", mobile=True)
        day.answers("ayse", mobile=True)
        day.pass_time(2)
        if accepts:
            [phone] = day.world.ringing()
            key = DigitPressed(channel=phone.channel, digit="1")
            day.world.tell(day.world.core.marked(key))
            day.world.settle()
        day.pass_time(20)
        day.caller_hangs_up(f"caller {accepts}")
        day.pass_time(40)
    recording = recorded(day)
    assert (
        ends(again(recording)) == ends(recording) == {"abandoned": 1, "answered": 1, "after 2.0": 1}
    )


def test_a_whisper_of_our_own_lasts_as_long_as_it_did() -> None:
    """The caller is brought when it is over; nobody but Asterisk knows how long it is."""
    day = Day(one_queue("ayse", whisper="sound:our-sales"))
    day.at_work("ayse")
    day.calls("first")
    day.takes("ayse")
    day.pass_time(1.5)
    [phone] = [leg.channel for leg in day.world.core.state.legs.values() if leg.agent]
    day.world.asterisk.end_playback(phone)
    day.world.settle()
    day.rests(20)
    recording = recorded(day)
    assert ends(again(recording)) == ends(recording) == {"answered": 1, "after 1.5": 1}


def test_who_left_before_the_caller_was_there_stays_where_the_caller_is() -> None:
    recording = recorded(a_short_day())
    first, *others = recording.calls
    phone = ("PJSIP/1001", False)
    left = replace(first.reactions[phone][0], leaves=timedelta(seconds=2))
    first = replace(first, reactions={phone: (left,)})
    found = again(replace(recording, calls=(first, *others)))
    assert found.figures.busy == recording.figures.busy


def test_who_left_before_the_customer_was_there_does_again() -> None:
    day = a_callback()
    day.agent_hangs_up("ayse")
    day.rests(60)
    recording = recorded(day)
    reactions = recording.calls[0].reactions
    assert reactions["PJSIP/1001", False][0].leaves == timedelta(seconds=2)
    simulation = Simulation(recording, None, seed=1)
    simulation.run()
    assert simulation._rung.total() == sum(map(len, reactions.values())) > 2
