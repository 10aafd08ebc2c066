"""Why an agent is offered nothing, in words."""

from dataclasses import replace
from datetime import timedelta

import pytest

from acd.app.explaining.agents import agent_lines
from acd.app.explaining.causes import ending
from acd.ids import AgentId
from acd.requests import LogOut, SetStatus
from acd.settings import RingMode, Strategy
from tests.stories.acd import SALES, SERVICE, Acd, one_queue, queue_settings, settings
from tests.unit.app.explaining.test_waits import english, postponed
from tests.unit.distributor.scenes import AYSE, LUNCH, at_work, ringing, talking, waiting


def told(acd: Acd, agent: str = "ayse") -> list[str]:
    return agent_lines(acd.world.core.state, AgentId(agent), [], acd.world.now)


def test_one_who_is_ready_is_idle_for_so_long() -> None:
    acd = at_work("ayse")
    acd.pass_time(20)
    assert told(acd)[0] == "ready, and idle for 20 s"
    assert f"queue {SALES} (longest_idle, priority 0): 0 wait" in told(acd)


def test_one_on_a_break_says_since_when() -> None:
    acd = at_work("ayse")
    acd.ask(SetStatus(agent=AYSE, status=LUNCH))
    acd.pass_time(60)
    assert told(acd)[0] == (
        "is offered nothing: the status Lunch takes no calls (for 60 s); set the status Available"
    )


def test_one_who_is_logged_out_is_told_how_to_log_in() -> None:
    acd = at_work("ayse")
    acd.ask(LogOut(agent=AYSE))
    assert told(acd)[0] == "is offered nothing: is logged out; log in: `acd agent login`"


def test_one_who_is_ready_is_not_asked_yet_for_a_callback_that_is_tried_again_later() -> None:
    acd = postponed()
    assert told(acd)[0] == "ready, and idle for 20 s"
    [call] = acd.world.core.state.interactions
    assert told(acd)[-1] == f"  {call}: to be called back, which is tried again in 280 s"


def test_one_who_talks_says_with_whom() -> None:
    acd = talking("ayse")
    [interaction] = acd.world.core.state.interactions
    assert f" (talking with {interaction});" in told(acd)[0]
    assert "device extension: in a call" in told(acd)


def test_a_device_that_is_not_there_says_so() -> None:
    acd = at_work("ayse")
    acd.world.lose_node()
    lines = told(acd)
    assert lines[0].startswith("is offered nothing: no phone is registered as 1001, or its node")
    assert "device extension: not registered, or its node is away" in lines


def test_a_mobile_never_registers() -> None:
    of = settings(queue_settings(SALES, "700", "ayse"), ring=RingMode.MOBILE)
    acd = at_work("ayse", of=of)
    assert "device mobile: can be rung" in told(acd)
    acd.world.lose_node()
    assert "device mobile: no trunk leads to it, or its node is away" in told(acd)


def test_a_device_that_is_not_configured_is_not_missed() -> None:
    of = one_queue("ayse")
    without = replace(of.agents[AYSE], mobile=None)
    assert "device mobile: none is configured" in told(
        at_work("ayse", of=replace(of, agents={AYSE: without}))
    )
    without = replace(of.agents[AYSE], extension=None)
    assert "device extension: none is configured" in told(
        at_work("ayse", of=replace(of, agents={AYSE: without}))
    )


def test_a_missed_call_does_not_come_again_at_once() -> None:
    acd = ringing("ayse")
    acd.rejects("ayse", 603)
    acd.pass_time(1)
    assert any("not asked again for 29 s" in line for line in told(acd))


def test_a_device_that_rests_says_for_how_long() -> None:
    acd = ringing("ayse")
    acd.rejects("ayse", 404)
    assert "device extension: left alone for 30 s: it did not ring" in told(acd)


def test_a_call_that_is_with_a_colleague_says_with_whom() -> None:
    acd = ringing("ayse", "baris")
    assert any("being offered to ayse" in line for line in told(acd, "baris"))


def test_who_waits_for_anybody_is_listed() -> None:
    acd = waiting(of=one_queue("ayse"))
    assert any("waits for anybody who is ready" in line for line in told(acd))


def test_offers_of_the_past_say_why_they_were_made() -> None:
    acd = at_work("ayse")
    explanation = {
        "strategy": "longest_idle",
        "key": ["2026-01-05"],
        "runners_up": ["baris"],
        "excluded": [["busy", 2]],
        "settings_version": 3,
    }
    at = acd.world.now - timedelta(minutes=1)
    offer = {"offered_at": at, "interaction": "1-1", "outcome": None, "explanation": explanation}
    last = agent_lines(acd.world.core.state, AYSE, [offer], acd.world.now)[-1]
    assert last.endswith(
        "was offered 1-1 (open): longest_idle by 2026-01-05; next were baris; kept out: 2 busy; "
        "configuration 3"
    )


@pytest.mark.parametrize(
    ("cause", "status", "words"),
    [
        (17, 486, "busy (SIP 486, cause 17)"),
        (16, None, "hung up (cause 16)"),
        (99, None, "for an unknown reason (cause 99)"),
        (None, None, "nobody told why"),
    ],
)
def test_an_ending_is_told_in_words(cause: int | None, status: int | None, words: str) -> None:
    assert ending(cause, status) == words


def test_who_comes_first_is_told_to_one_who_is_ready() -> None:
    acd = at_work("ayse", "baris")
    assert "  a new caller would come first to ayse" in told(acd, "baris")
    assert not [line for line in told(acd) if "would come first" in line]


def test_where_everybody_is_asked_at_once_nobody_comes_first() -> None:
    acd = at_work("ayse", "baris", strategy=Strategy.RING_ALL)
    assert not [line for line in told(acd, "baris") if "would come first" in line]


def test_a_skill_that_is_lacking_keeps_new_callers_away() -> None:
    lines = told(at_work("ayse", of=english(5, s60=2)))
    assert "  of a new caller: lacks english 5 (has 2); does after a wait of 60 s" in lines


def test_callers_of_a_queue_of_a_higher_priority_come_first() -> None:
    low = queue_settings(SALES, "700", "ayse")
    acd = Acd(settings(low, queue_settings(SERVICE, "701", "ayse", priority=5)))
    assert "  first come those of service, of a higher priority" not in told(acd)
    acd.calls("first", "701")
    assert "  first come those of service, of a higher priority" in told(acd)
