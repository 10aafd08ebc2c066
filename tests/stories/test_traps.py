"""What went wrong in other ACDs, each as a story in which it would; with a crash after every
effect, and with a second call. The numbers are those of the list that the project began with."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from itertools import permutations

from acd.facts import DigitPressed, LegGone
from acd.ids import AgentId, StatusName
from acd.requests import Consult, LogOut, SetStatus, Transfer
from acd.settings import (
    AVAILABLE,
    SYSTEM_STATUSES,
    Category,
    RingMode,
    Settings,
    StatusSettings,
    Strategy,
)
from acd.targets import Target
from acd.waits import Announce, Announcing, Empty, Leaving
from tests.stories.acd import (
    EXTENSIONS,
    SALES,
    SERVICE,
    Acd,
    agent_settings,
    one_queue,
    queue_settings,
    settings,
)
from tests.stories.telling import Story, told

AYSE, BARIS, CEM = map(AgentId, ("ayse", "baris", "cem"))
LUNCH = StatusName("Lunch")
STATUSES = {**SYSTEM_STATUSES, LUNCH: StatusSettings(name=LUNCH, category=Category.BREAK)}


def trap_1_a_member_of_two_queues_is_rung_once(acd: Acd) -> None:
    """Two callers in one instant, one for each of the agent's queues."""
    acd.at_work("ayse")
    acd.calls("first")
    acd.calls("other", "701")
    assert len(acd.world.ringing(AYSE)) <= 1
    acd.takes("ayse")
    acd.pass_time(5)
    acd.expect(ayse="with first")
    acd.expect_outcomes("Offer", "answered")


def trap_2_an_end_that_is_told_twice_releases_no_other_call(acd: Acd) -> None:
    """By then the agent is reserved for the next caller."""
    acd.at_work("ayse")
    acd.calls("first")
    acd.rings("ayse")
    [*phones] = [on.channel for on in acd.world.ringing(AYSE)]
    acd.caller_hangs_up("first")
    acd.pass_time(1)
    acd.calls("next")
    acd.rings("ayse")
    acd.expect(ayse="ringing")
    for phone in phones:
        acd.world.tell(LegGone(channel=phone, cause=16))
    acd.expect(ayse="ringing")
    acd.answers("ayse")
    acd.expect(ayse="with next")


def trap_6_whatever_else_rings_is_cancelled_at_the_answer(acd: Acd) -> None:
    """Each contact of the extension, and the mobile."""
    acd.world.register("1001", "PJSIP/1001/sip:desk", "PJSIP/1001/sip:home")
    acd.at_work("ayse")
    acd.calls("first")
    acd.rings("ayse")
    acd.rings("ayse", mobile=True)
    ringing = [on for on in acd.world.ringing(AYSE) if on.endpoint]
    if not acd.disturbed:
        assert len(ringing) == 3
    for on in ringing[1:2]:
        acd.world.asterisk.answer(on.channel)
    acd.world.settle()
    acd.expect(ayse="with first")
    assert not [on for on in acd.world.ringing(AYSE) if not acd.disturbed]
    losers = [on for on in ringing if on.channel not in acd.world.asterisk.channels]
    if not acd.disturbed:
        assert [on.answered_elsewhere for on in losers] == [True, True]


def trap_7_who_is_on_a_call_away_or_offline_is_asked_nothing(acd: Acd) -> None:
    """Whatever the phone looks like: Ayşe calls a colleague, Cem is on a break, Defne has left."""
    acd.at_work("ayse", "cem", "defne")
    acd.ask(SetStatus(agent=CEM, status=LUNCH))
    acd.ask(LogOut(agent=AgentId("defne")))
    acd.calls("ayse", "1002", extension=agent_settings("ayse").extension)
    acd.calls("first")
    acd.expect(ayse="busy", cem="not available", defne="logged out")
    acd.expect_waiting("first")
    acd.expect_outcomes("Offer")
    acd.caller_hangs_up("ayse")
    acd.expect(ayse="ringing")


def trap_9_a_transfer_leaves_nobody_in_a_call(acd: Acd) -> None:
    """There is no Local channel between an agent and the phone: what ends, ends for us."""
    acd.at_work("ayse", "baris")
    acd.calls("first")
    acd.takes("ayse")
    acd.ask(Transfer(agent=AYSE, queue=SERVICE))
    acd.takes("baris")
    acd.expect(ayse="acw", baris="with first")
    acd.pass_time(10)
    acd.expect(ayse="idle")
    acd.ask(Consult(agent=BARIS, queue=SALES))
    acd.takes("ayse")
    acd.agent_hangs_up("baris")
    acd.expect(ayse="with first", baris="acw")
    acd.caller_hangs_up("first")
    acd.pass_time(10)
    acd.expect(ayse="idle", baris="idle")
    assert all(on.endpoint.startswith("PJSIP/") for on in acd.world.asterisk.rung)


def trap_11_an_agent_whose_end_nobody_was_told_of_is_found(acd: Acd) -> None:
    """The event is lost; the next look at Asterisk sees that the phone is not there."""
    acd.at_work("ayse", "baris")
    acd.calls("first")
    acd.rings("ayse")
    for on in acd.world.ringing(AYSE):
        acd.world.asterisk.end(on.channel)
        acd.world.asterisk.events.clear()
    acd.world.in_doubt = True
    acd.expect(ayse="reserved")
    acd.pass_time(2)
    acd.world.look()
    acd.world.judge()
    acd.world.settle()
    acd.world.in_doubt = False
    acd.expect(ayse="no device", baris="ringing")
    acd.takes("baris")
    acd.pass_time(30)
    acd.expect(ayse="idle", baris="with first")


def trap_12_who_has_won_has_not_answered_until_both_are_together(acd: Acd) -> None:
    """The bridge fails: nobody is 'answered' for hours."""
    acd.at_work("ayse")
    acd.calls("first")
    acd.rings("ayse")
    for on in acd.world.ringing(AYSE):
        acd.world.asterisk.answer(on.channel)
    while acd.world.asterisk.events and not acd.disturbed:
        acd.world.deliver()
    for lane in [] if acd.disturbed else list(acd.world.lanes):
        acd.world.fail(lane, unreachable=False)
    acd.expect(ayse="reserved")
    acd.expect_outcomes("Entry")
    acd.pass_time(10)
    acd.world.keep()
    outcomes = acd.outcomes("Entry")
    talks = acd.doing("ayse").startswith("with ")
    assert acd.disturbed or talks == (outcomes == ["answered"])


def trap_13_however_the_agents_phone_ends_the_queue_goes_on(acd: Acd) -> None:
    """While the caller hears an announcement: not there, refused before and after it rang, picked
    up and put down while the agent hears the introduction."""
    acd.calls("first")
    acd.pass_time(10)
    acd.at_work("ayse", "baris", "cem", "defne")
    for agent, how in (("ayse", 404), ("baris", 603), ("cem", 486)):
        if how != 404:
            acd.rings(agent)
            acd.pass_time(1)
        acd.rejects(agent, how)
    acd.takes("defne")
    acd.agent_hangs_up("defne")
    acd.expect_outcomes("Offer", "unreachable", "rejected", "rejected", "rejected")
    acd.expect_waiting("first")
    acd.pass_time(31)
    acd.expect(ayse="ringing")


def trap_16_a_talk_whose_end_nobody_was_told_of_is_over(acd: Acd) -> None:
    """The phone's BYE is lost: nobody is in a call that is none until somebody restarts, and the
    caller, who has not hung up, has the old place."""
    acd.at_work("ayse")
    acd.calls("first")
    acd.takes("ayse")
    for on in [*acd.world.asterisk.channels.values()]:
        if on.endpoint == "PJSIP/1001":
            acd.world.asterisk.end(on.channel)
            acd.world.asterisk.events.clear()
    acd.world.in_doubt = True
    acd.pass_time(2)
    acd.world.look()
    acd.world.judge()
    acd.world.settle()
    acd.world.in_doubt = False
    acd.expect(ayse="acw")
    acd.expect_waiting("first")
    acd.pass_time(10)
    acd.takes("ayse")
    acd.expect(ayse="with first")


def trap_17_each_after_call_work_has_its_own_end(acd: Acd) -> None:
    acd.at_work("ayse", "baris", "cem")
    callers = ("first", "second", "third")
    for caller, agent in zip(callers, ("ayse", "baris", "cem"), strict=True):
        acd.calls(caller)
        acd.takes(agent)
    for caller in ("second", "first", "third"):
        acd.caller_hangs_up(caller)
        acd.pass_time(1)
    acd.expect(ayse="acw", baris="acw", cem="acw")
    acd.pass_time(7)
    acd.expect(ayse="acw", baris="idle", cem="acw")
    acd.pass_time(1)
    acd.expect(ayse="idle", baris="idle", cem="acw")
    acd.pass_time(1)
    acd.expect(ayse="idle", baris="idle", cem="idle")


def trap_20_who_comes_back_from_a_break_in_a_call_goes_on_talking(acd: Acd) -> None:
    acd.at_work("ayse")
    acd.calls("first")
    acd.takes("ayse")
    acd.ask(SetStatus(agent=AYSE, status=LUNCH))
    acd.expect(ayse="with first")
    acd.ask(SetStatus(agent=AYSE, status=AVAILABLE))
    acd.expect(ayse="with first")
    acd.caller_hangs_up("first")
    acd.expect(ayse="acw")
    acd.pass_time(10)
    acd.expect(ayse="idle")


def trap_30_after_call_work_holds_in_all_queues_and_through_a_change(acd: Acd) -> None:
    """It is the agent's, and not one of each queue."""
    acd.at_work("ayse")
    acd.calls("first")
    acd.takes("ayse")
    acd.caller_hangs_up("first")
    acd.calls("other", "701")
    acd.pass_time(5)
    changed = {SALES: queue_settings(SALES, "700", "ayse", priority=9)}
    acd.applies(queues={**acd.world.settings.queues, **changed})
    acd.expect(ayse="acw")
    acd.pass_time(3)
    acd.expect(ayse="acw")
    acd.expect_waiting("other")
    acd.pass_time(1)
    acd.expect(ayse="ringing")


def trap_31_a_break_during_an_offer_gives_the_caller_back_once(acd: Acd) -> None:
    """To the old place, and it is not offered again and again."""
    acd.at_work("ayse")
    acd.calls("first")
    acd.rings("ayse")
    acd.calls("behind")
    acd.ask(SetStatus(agent=AYSE, status=LUNCH))
    acd.pass_time(30)
    acd.expect(ayse="not available")
    acd.expect_waiting("first", "behind")
    acd.expect_outcomes("Offer", "withdrawn")
    acd.ask(SetStatus(agent=AYSE, status=AVAILABLE))
    acd.takes("ayse")
    acd.expect(ayse="with first")


def trap_32_of_several_statuses_that_were_put_off_the_last_one_holds(acd: Acd) -> None:
    acd.at_work("ayse")
    acd.calls("first")
    acd.takes("ayse")
    for status in (LUNCH, AVAILABLE, LUNCH):
        acd.ask(SetStatus(agent=AYSE, status=status))
    acd.caller_hangs_up("first")
    acd.pass_time(10)
    acd.expect(ayse="not available")
    acd.ask(SetStatus(agent=AYSE, status=AVAILABLE))
    acd.calls("second")
    acd.takes("ayse")
    for status in (LUNCH, AVAILABLE):
        acd.ask(SetStatus(agent=AYSE, status=status))
    acd.caller_hangs_up("second")
    acd.pass_time(10)
    acd.expect(ayse="idle")


def trap_36_a_break_has_lasted_since_it_began(acd: Acd) -> None:
    """A call in between, a new configuration, a phone that registers anew: it is the same break."""

    def since() -> datetime:
        return acd.world.core.state.agents[AYSE].since

    acd.at_work("ayse")
    acd.calls("first")
    acd.takes("ayse")
    acd.ask(SetStatus(agent=AYSE, status=LUNCH))
    acd.caller_hangs_up("first")
    acd.pass_time(10)
    acd.expect(ayse="not available")
    began = since()
    assert acd.disturbed or began == acd.world.now
    acd.pass_time(100)
    acd.applies(queues={SALES: queue_settings(SALES, "700", "ayse", priority=9)})
    acd.world.unregister("1001")
    acd.world.register("1001")
    acd.calls("next")
    acd.ask(SetStatus(agent=AYSE, status=LUNCH))
    assert acd.disturbed or since() == began
    acd.ask(SetStatus(agent=AYSE, status=AVAILABLE))
    assert acd.disturbed or since() == acd.world.now


def trap_40_who_waits_stays_though_a_change_takes_the_agents_away_for_a_moment(acd: Acd) -> None:
    acd.at_work("ayse")
    acd.ask(SetStatus(agent=AYSE, status=LUNCH))
    acd.calls("first")
    there = acd.world.settings.queues[SALES]
    acd.applies(queues={SALES: replace(there, agents=())})
    acd.pass_time(8)
    acd.expect_waiting("first")
    acd.applies(queues={SALES: there})
    acd.pass_time(8)
    acd.expect_waiting("first")
    acd.ask(SetStatus(agent=AYSE, status=AVAILABLE))
    acd.takes("ayse")
    acd.expect(ayse="with first")


BOTH = settings(queue_settings(SALES, "700", "ayse"), queue_settings(SERVICE, "701", "ayse"))
TWO = settings(queue_settings(SALES, "700", "ayse"), queue_settings(SERVICE, "701", "baris"))
EVERYWHERE = settings(queue_settings(SALES, "700", "ayse"), ring=RingMode.SIMULTANEOUS)
ALL = tuple(EXTENSIONS)
TELLS = Announcing(announce=Announce.POSITION, first_s=10, every_s=30)
EMPTIED = Leaving(
    leave_when_empty=(Empty.NONE_LOGGED_IN,), no_agents_to=Target.of("hangup:congestion")
)
STORIES: list[tuple[Story, Settings]] = [
    (trap_1_a_member_of_two_queues_is_rung_once, BOTH),
    (trap_2_an_end_that_is_told_twice_releases_no_other_call, one_queue("ayse")),
    (trap_6_whatever_else_rings_is_cancelled_at_the_answer, EVERYWHERE),
    (
        trap_7_who_is_on_a_call_away_or_offline_is_asked_nothing,
        replace(one_queue("ayse", "cem", "defne"), statuses=STATUSES),
    ),
    (trap_9_a_transfer_leaves_nobody_in_a_call, TWO),
    (trap_11_an_agent_whose_end_nobody_was_told_of_is_found, one_queue("ayse", "baris")),
    (trap_12_who_has_won_has_not_answered_until_both_are_together, one_queue("ayse")),
    (
        trap_13_however_the_agents_phone_ends_the_queue_goes_on,
        one_queue(*ALL, strategy=Strategy.LINEAR, announcing=TELLS, whisper="sound:sales"),
    ),
    (trap_16_a_talk_whose_end_nobody_was_told_of_is_over, one_queue("ayse")),
    (trap_17_each_after_call_work_has_its_own_end, one_queue("ayse", "baris", "cem")),
    (
        trap_20_who_comes_back_from_a_break_in_a_call_goes_on_talking,
        replace(one_queue("ayse"), statuses=STATUSES),
    ),
    (trap_30_after_call_work_holds_in_all_queues_and_through_a_change, BOTH),
    (
        trap_31_a_break_during_an_offer_gives_the_caller_back_once,
        replace(one_queue("ayse"), statuses=STATUSES),
    ),
    (
        trap_32_of_several_statuses_that_were_put_off_the_last_one_holds,
        replace(one_queue("ayse"), statuses=STATUSES),
    ),
    (
        trap_36_a_break_has_lasted_since_it_began,
        replace(one_queue("ayse"), statuses=STATUSES),
    ),
    (
        trap_40_who_waits_stays_though_a_change_takes_the_agents_away_for_a_moment,
        replace(one_queue("ayse", leaving=EMPTIED), statuses=STATUSES),
    ),
]


@told(STORIES)
def test_trap(tell: Callable[[], None]) -> None:
    tell()


LEAVING = Leaving(
    exit_to=Target.of("hangup:normal"),
    timeout_s=10,
    timeout_to=Target.of("hangup:busy"),
    leave_when_empty=(Empty.NONE_LOGGED_IN,),
    no_agents_to=Target.of("hangup:congestion"),
)
EXITS = Announcing(announce=Announce.EXIT, first_s=5, every_s=30)


def ends_of_a_wait(acd: Acd) -> dict[str, Callable[[], None]]:
    """All that may end the wait of the caller in the very same instant."""
    [caller] = [on.channel for on in acd.world.asterisk.channels.values() if on.arrived]
    return {
        "hangs up": lambda: acd.world.asterisk.end(caller),
        "exits": lambda: acd.world.tell(DigitPressed(channel=caller, digit="1")),
        "time is up": lambda: acd.world.pass_time(0),
        "is answered": lambda: acd.answers("ayse"),
        "nobody is there": lambda: acd.ask(LogOut(agent=AYSE)),
    }


def test_trap_45_in_whatever_order_they_come_each_wait_has_one_end() -> None:
    """There were two, or none."""
    ways = set()
    names = ("hangs up", "exits", "time is up", "is answered", "nobody is there")
    for order in permutations(names, 3):
        acd = Acd(one_queue("ayse", leaving=LEAVING, announcing=EXITS))
        acd.at_work("ayse")
        acd.calls("first")
        acd.rings("ayse")
        acd.pass_time(9)
        [entry] = acd.world.core.state.entries.values()
        assert entry.timeout_at
        acd.world.now = entry.timeout_at
        ends = ends_of_a_wait(acd)
        for name in order:
            ends[name]()
        acd.all_go_home()
        [outcome] = acd.outcomes("Entry")
        assert len(acd.outcomes("Interaction")) == 1, order
        ways.add(outcome)
    assert ways == {"abandoned", "queue_exit", "queue_timeout", "answered"}
