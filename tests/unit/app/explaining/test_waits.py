"""Why nobody is rung for one who waits, in words."""

from dataclasses import replace

import pytest

from acd.app.explaining import queue_lines, wait_lines
from acd.ids import AgentId, EntryId, SkillName
from acd.requests import LogIn, RequestCallback, SetStatus
from acd.settings import QueueSkill, Settings, SkillStep
from acd.targets import Target
from acd.waits import Empty, Leaving
from tests.stories.acd import SALES, SERVICE, SUPPORT, Acd, one_queue, queue_settings, settings
from tests.unit.distributor.scenes import (
    AYSE,
    CARE,
    LUNCH,
    at_work,
    interaction,
    ringing,
    talking,
    waiting,
)
from tests.unit.distributor.test_hours import MORNING, hours

ENGLISH = SkillName("english")
HOME = Target.of("hangup:normal")


def told(acd: Acd, caller: str = "first") -> list[str]:
    state = acd.world.core.state
    wanted = state.legs[acd._callers[caller]].interaction
    return wait_lines(state, wanted, acd.world.now)


def english(level: int, **steps: int) -> Settings:
    """One queue that asks for it, of Ayşe who can do a little."""
    relax = tuple(SkillStep(after_s=int(at[1:]), level=to) for at, to in steps.items())
    of = one_queue("ayse", skills=(QueueSkill(name=ENGLISH, level=level, relax=relax),))
    ayse = replace(of.agents[AYSE], skills={ENGLISH: 2})
    return replace(of, agents={**of.agents, AYSE: ayse})


def test_nobody_is_there() -> None:
    acd = waiting(of=one_queue("ayse", "baris"))
    acd.pass_time(37)
    assert told(acd) == [
        "now: waits in sales for 37 s, place 1 of 1",
        "  nobody is rung; the queue has 2 members",
        "  ayse, baris: is logged out",
    ]


def test_each_is_kept_out_by_something_else() -> None:
    acd = talking("ayse", "baris", "cem", "defne")
    acd.ask(SetStatus(agent=AgentId("baris"), status=LUNCH))
    acd.world.unregister("1003")
    acd.calls("second")
    acd.rejects("defne", 603)
    acd.pass_time(1)
    first = acd.world.core.state.agents[AYSE].assignments[0].interaction
    assert told(acd, "second")[2:] == [
        f"  ayse: talks in {first}",
        "  baris: the status Lunch takes no calls",
        "  cem: no phone is registered as 1003, or its node is away",
        "  defne: not asked again for 29 s, having missed or refused it",
    ]


def test_many_for_whom_the_same_holds_are_not_all_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("acd.app.explaining.waits.NAMED", 2)
    assert "  ayse, baris and 2 more: is logged out" in told(
        waiting(of=one_queue("ayse", "baris", "cem", "defne"))
    )


def test_off_hours_say_until_when() -> None:
    acd = Acd(hours(*MORNING))
    acd.at_work("ayse")
    acd.pass_time(3600)
    acd.calls("first")
    assert "  ayse: is in off hours until 2026-01-06 08:00 UTC" in told(acd)


def test_a_skill_that_is_lacking_says_when_it_is_not_asked_any_more() -> None:
    acd = at_work("ayse", of=english(5, s20=3, s60=2))
    acd.calls("first")
    acd.pass_time(30)
    lines = told(acd)
    assert "  asked for: english 3" in lines
    assert "  ayse: lacks english 3 (has 2); does in 30 s" in lines
    acd.pass_time(30)
    assert "  ayse rings, for 0 s" in told(acd)


def test_a_skill_that_never_relaxes_far_enough_says_so() -> None:
    acd = at_work("ayse", of=english(5, s20=3))
    acd.calls("first")
    assert "  ayse: lacks english 5 (has 2), however long somebody waits" in told(acd)


def test_who_is_before_is_told_by_the_place() -> None:
    acd = ringing("ayse")
    acd.calls("second")
    assert told(acd, "second")[0] == "now: waits in sales for 0 s, place 2 of 2"
    assert told(acd)[1:] == ["  ayse rings, for 1 s"]


def test_who_is_being_put_through_is_not_missing_anybody() -> None:
    acd = ringing("ayse")
    acd.rings("ayse")
    [phone] = acd.world.ringing()
    acd.world.asterisk.answer(phone.channel)
    acd.world.deliver()
    assert told(acd) == [
        "now: waits in sales for 0 s",
        "  ayse has answered, and is being put through",
    ]


def test_a_node_that_is_away_is_named() -> None:
    acd = waiting(of=one_queue("ayse"))
    acd.world.lose_node()
    assert any("the node a is away; `acd doctor` looks at it" in line for line in told(acd))


def postponed() -> Acd:
    """Ayşe is ready; the customer was called back 20 s ago, and was busy."""
    acd = waiting()
    acd.ask(RequestCallback(interaction=interaction(acd)))
    acd.at_work("ayse")
    acd.takes("ayse")
    acd.customer(lambda customer: acd.world.asterisk.end(customer, 17, 486))
    acd.pass_time(20)
    acd.expect(ayse="idle")
    return acd


def test_a_callback_that_is_tried_again_later_misses_nobody() -> None:
    acd = postponed()
    found = wait_lines(acd.world.core.state, interaction(acd), acd.world.now)
    assert found[1:3] == [
        "  nobody is rung: it is tried again in 280 s",
        "  is given up in 43179 s",
    ]


def test_a_queue_of_nobody_says_so() -> None:
    acd = waiting(of=one_queue())
    assert told(acd)[1:] == [
        "  nobody is rung: nobody is in the queue; assign agents, or let them choose it"
    ]


def test_a_member_who_works_for_another_project_is_not_there() -> None:
    of = one_queue("ayse")
    ayse = replace(of.agents[AYSE], projects=(SUPPORT, CARE))
    acd = Acd(replace(of, agents={AYSE: ayse}))
    acd.ask(LogIn(agent=AYSE, project=CARE))
    acd.calls("first")
    assert "  ayse: is logged in to care" in told(acd)


def test_what_the_clock_will_do_is_told() -> None:
    leaving = Leaving(
        timeout_s=300, timeout_to=HOME, leave_when_empty=(Empty.NONE_LOGGED_IN,), no_agents_to=HOME
    )
    acd = waiting(of=one_queue("ayse", starvation_s=120, leaving=leaving))
    acd.pass_time(4)
    assert told(acd)[3:] == [
        "  goes before all others in 116 s",
        "  goes to hangup:normal in 296 s, at the queue's time-out",
        "  goes to hangup:normal in 6 s, as nobody is there",
    ]


def test_who_has_waited_for_too_long_goes_before_all_others() -> None:
    acd = waiting(of=one_queue("ayse", starvation_s=20))
    acd.pass_time(21)
    assert told(acd)[-1] == "  it has waited for too long and goes before all others"


def test_one_who_is_free_has_others_before() -> None:
    """For a moment only: the database is a little behind the process."""
    acd = waiting(of=settings(queue_settings(SALES, "700", "ayse"), queue_settings(SERVICE, "701")))
    acd.at_work("ayse")
    state = acd.world.core.state
    [entry] = state.entries.values()
    free = replace(state.agents[AYSE], assignments=())
    state.put(replace(free, devices=tuple(replace(d, legs=()) for d in free.devices)))
    state.put(replace(entry, offers=()))
    assert wait_lines(state, interaction(acd), acd.world.now)[2:] == [
        "  ayse: is ready; first come those who are before this one"
    ]
    more = replace(state.queue(SERVICE), agents=(AYSE,), priority=5)
    state.put(more)
    state.put(replace(entry, id=EntryId("other"), queue=SERVICE, offers=()))
    first = "  ayse: is ready; first come those of service, of a higher priority"
    assert first in wait_lines(state, interaction(acd), acd.world.now)


def test_of_a_queue_it_is_told_of_those_who_are_served_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("acd.app.explaining.waits.NAMED", 2)
    acd = Acd(one_queue("ayse"))
    for caller in ("first", "second", "third"):
        acd.calls(caller)
    lines = queue_lines(acd.world.core.state, SALES, acd.world.now)
    assert lines[0] == "queue sales: 3 wait"
    assert [line for line in lines if ", +90212" in line] == [
        "1-1, +90212first",
        "1-2, +90212second",
    ]
    assert "now: waits in sales for 1 s, place 2 of 3" in lines
