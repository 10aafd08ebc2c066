"""Twelve lives of interactions, each also with a crash after every effect, and with a second call
that wants the same agent."""

from collections.abc import Callable
from dataclasses import replace

from acd.ids import AgentId, StatusName
from acd.requests import (
    CancelConsult,
    Confer,
    Consult,
    Listen,
    RequestCallback,
    SetStatus,
    Transfer,
)
from acd.settings import (
    AVAILABLE,
    SYSTEM_STATUSES,
    Category,
    RingMode,
    Settings,
    StatusSettings,
    Strategy,
)
from tests.stories.acd import (
    SALES,
    SERVICE,
    Acd,
    one_queue,
    queue_settings,
    settings,
)
from tests.stories.telling import Story, told

AYSE, BARIS, CEM, DEFNE = map(AgentId, ("ayse", "baris", "cem", "defne"))
LUNCH = StatusName("Lunch")
STATUSES = {**SYSTEM_STATUSES, LUNCH: StatusSettings(name=LUNCH, category=Category.BREAK)}


def ring_all_two_answers_in_one_instant(acd: Acd) -> None:
    acd.at_work("ayse", "baris", "cem")
    acd.calls("first")
    acd.rings("ayse", "baris", "cem")
    acd.expect(ayse="ringing", baris="ringing", cem="ringing")
    acd.answers("baris", "cem")
    acd.expect(ayse="no device", baris="with first", cem="no device")
    acd.expect_outcomes("Offer", "lost_race", "lost_race", "answered")
    acd.caller_hangs_up("first")
    acd.expect(ayse="no device", baris="acw", cem="no device")
    acd.pass_time(11)
    acd.expect(baris="idle", cem="idle")


def the_operators_voicemail_answers_and_presses_nothing(acd: Acd) -> None:
    acd.at_work("ayse")
    acd.calls("first")
    acd.rings("ayse")
    acd.rings("ayse", mobile=True)
    acd.answers("ayse", mobile=True)
    acd.expect(ayse="ringing")
    acd.pass_time(10)
    acd.expect(ayse="ringing")
    acd.answers("ayse")
    acd.expect(ayse="with first")
    acd.expect_outcomes("Attempt", "missed", "answered")
    acd.agent_hangs_up("ayse")
    acd.expect(ayse="acw")


def the_extension_is_dead_and_the_mobile_takes_over(acd: Acd) -> None:
    acd.at_work("ayse")
    acd.calls("first")
    acd.pass_time(4)
    acd.expect_outcomes("Attempt", "unreachable")
    acd.rings("ayse", mobile=True)
    acd.answers("ayse", mobile=True)
    acd.presses("ayse", "5")
    acd.expect(ayse="ringing")
    acd.presses("ayse", "1")
    acd.expect(ayse="with first")
    acd.caller_hangs_up("first")
    acd.expect_outcomes("Offer", "answered")


def the_caller_hangs_up_while_the_originate_is_in_flight(acd: Acd) -> None:
    acd.at_work("ayse")
    first = acd.world.asterisk.call("700")
    acd.world.deliver()
    acd.world.asterisk.end(first)
    while acd.world.asterisk.events:
        acd.world.deliver()
    acd.world.settle()
    acd.expect(ayse="no device")
    acd.expect_outcomes("Offer", "caller_left")
    acd.expect_outcomes("Entry", "abandoned")
    acd.pass_time(1)
    acd.expect(ayse="idle")


def status_to_break_while_ringing(acd: Acd) -> None:
    acd.at_work("ayse", "baris")
    acd.calls("first")
    acd.rings("ayse")
    acd.ask(SetStatus(agent=AYSE, status=LUNCH))
    acd.expect(ayse="not available", baris="ringing")
    acd.expect_outcomes("Offer", "withdrawn")
    acd.takes("baris")
    acd.ask(SetStatus(agent=BARIS, status=LUNCH))
    acd.expect(baris="with first")
    acd.pass_time(1)
    acd.ask(SetStatus(agent=AYSE, status=AVAILABLE))
    acd.expect(ayse="idle")
    acd.caller_hangs_up("first")
    acd.pass_time(10)
    acd.expect(baris="not available")


def the_winner_hangs_up_during_the_whisper(acd: Acd) -> None:
    acd.at_work("ayse", "baris")
    acd.calls("first")
    acd.takes("ayse")
    acd.expect(ayse="reserved")
    acd.expect_waiting()
    acd.agent_hangs_up("ayse")
    acd.expect(ayse="idle", baris="ringing")
    acd.expect_waiting("first")
    acd.expect_outcomes("Offer", "rejected")
    acd.takes("baris")
    for phone in list(acd.world.asterisk.channels):
        acd.world.asterisk.end_playback(phone)
    acd.world.settle()
    acd.expect(baris="with first")


def blind_transfer_while_a_supervisor_listens(acd: Acd) -> None:
    acd.at_work("ayse", "baris", "defne")
    acd.calls("first")
    acd.takes("ayse")
    acd.ask(Listen(supervisor=DEFNE, agent=AYSE))
    acd.supervisor_answers("defne")
    acd.expect(ayse="with first", defne="talking")
    acd.ask(Transfer(agent=AYSE, queue=SERVICE))
    acd.expect(ayse="acw", baris="ringing", defne="no device")
    acd.expect_waiting("first")
    acd.takes("baris")
    acd.expect(baris="with first")
    acd.expect_outcomes("Entry", "answered", "answered")
    acd.agent_hangs_up("baris")
    acd.expect_outcomes("Interaction", "answered")


def consult_the_agent_leaves_before_the_answer_the_caller_meanwhile(acd: Acd) -> None:
    acd.at_work("ayse", "baris")
    acd.calls("first")
    acd.takes("ayse")
    acd.ask(Consult(agent=AYSE, queue=SERVICE))
    acd.expect(ayse="held", baris="ringing")
    acd.rings("baris")
    acd.agent_hangs_up("ayse")
    acd.expect(ayse="acw", baris="ringing")
    acd.expect_waiting("first")
    acd.caller_hangs_up("first")
    acd.expect(baris="no device")
    acd.expect_outcomes("Entry", "answered", "abandoned")
    acd.expect_outcomes("Offer", "answered", "caller_left")
    acd.expect_outcomes("Interaction", "answered")


def conference_the_agent_leaves_the_target_leaves(acd: Acd) -> None:
    acd.at_work("ayse", "baris")
    acd.calls("first")
    acd.takes("ayse")
    acd.ask(Consult(agent=AYSE, queue=SERVICE))
    acd.takes("baris")
    acd.expect(ayse="held", baris="talking")
    acd.ask(CancelConsult(agent=AYSE))
    acd.expect(ayse="with first", baris="acw")
    acd.pass_time(10)
    acd.ask(Consult(agent=AYSE, queue=SERVICE))
    acd.takes("baris")
    acd.ask(Confer(agent=AYSE))
    acd.expect(ayse="with first", baris="with first")
    acd.agent_hangs_up("ayse")
    acd.expect(ayse="acw", baris="with first")
    acd.agent_hangs_up("baris")
    acd.expect(baris="acw")
    acd.expect_outcomes("Interaction", "answered")


def callback_reserve_dial_no_answer_next_attempt(acd: Acd) -> None:
    acd.calls("first")
    acd.calls("behind")
    interaction = next(iter(acd.world.core.state.interactions), None)
    if interaction:
        acd.ask(RequestCallback(interaction=interaction))
    acd.expect_waiting("behind")
    acd.at_work("ayse")
    acd.takes("ayse")
    acd.expect(ayse="dialling")
    acd.pass_time(31)
    acd.expect(ayse="ringing")
    acd.takes("ayse")
    acd.expect(ayse="with behind")
    acd.caller_hangs_up("behind")
    acd.pass_time(5 * 60)
    acd.takes("ayse")
    acd.customer(acd.world.asterisk.ring)
    acd.customer(acd.world.asterisk.answer)
    acd.expect(ayse="talking")
    acd.agent_hangs_up("ayse")
    acd.expect_outcomes("Entry", "callback", "answered", "answered")
    acd.expect_outcomes("Interaction", "answered", "answered")


def the_agents_device_dies_in_the_talk(acd: Acd) -> None:
    acd.at_work("ayse")
    acd.calls("first")
    acd.calls("behind")
    acd.takes("ayse")
    acd.expect(ayse="with first")
    acd.agent_hangs_up("ayse", cause=44)
    acd.expect_waiting("first", "behind")
    acd.expect(ayse="acw")
    acd.pass_time(10)
    acd.takes("ayse")
    acd.expect(ayse="with first")
    acd.agent_hangs_up("ayse", cause=44)
    acd.expect_waiting("behind")
    acd.expect_outcomes("Interaction", "answered")


def apply_removes_the_queue_with_callers_waiting_and_an_offer_out(acd: Acd) -> None:
    acd.at_work("ayse")
    acd.calls("first")
    acd.calls("behind")
    acd.rings("ayse")
    acd.applies(queues={}, routes={})
    acd.expect(ayse="ringing")
    acd.calls("late")
    acd.expect_waiting("first", "behind")
    acd.answers("ayse")
    acd.expect(ayse="with first")
    acd.caller_hangs_up("first")
    acd.pass_time(10)
    acd.takes("ayse")
    acd.expect(ayse="with behind")
    acd.caller_hangs_up("behind")
    acd.expect_outcomes("Interaction", "failed", "answered", "answered")
    acd.applies()
    if not acd.disturbed:
        assert not acd.world.core.state.settings.queues


TWO_QUEUES = settings(queue_settings(SALES, "700", "ayse"), queue_settings(SERVICE, "701", "baris"))
STORIES: list[tuple[Story, Settings]] = [
    (
        ring_all_two_answers_in_one_instant,
        one_queue("ayse", "baris", "cem", strategy=Strategy.RING_ALL),
    ),
    (
        the_operators_voicemail_answers_and_presses_nothing,
        settings(queue_settings(SALES, "700", "ayse"), ring=RingMode.SIMULTANEOUS),
    ),
    (
        the_extension_is_dead_and_the_mobile_takes_over,
        settings(queue_settings(SALES, "700", "ayse"), ring=RingMode.EXTENSION_THEN_MOBILE),
    ),
    (the_caller_hangs_up_while_the_originate_is_in_flight, one_queue("ayse")),
    (status_to_break_while_ringing, replace(one_queue("ayse", "baris"), statuses=STATUSES)),
    (the_winner_hangs_up_during_the_whisper, one_queue("ayse", "baris", whisper="sound:sales")),
    (blind_transfer_while_a_supervisor_listens, TWO_QUEUES),
    (consult_the_agent_leaves_before_the_answer_the_caller_meanwhile, TWO_QUEUES),
    (conference_the_agent_leaves_the_target_leaves, TWO_QUEUES),
    (callback_reserve_dial_no_answer_next_attempt, one_queue("ayse")),
    (the_agents_device_dies_in_the_talk, one_queue("ayse")),
    (apply_removes_the_queue_with_callers_waiting_and_an_offer_out, one_queue("ayse")),
]


@told(STORIES)
def test_story(tell: Callable[[], None]) -> None:
    tell()
