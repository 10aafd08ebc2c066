"""The lives of those who wait: what they are told, and how they leave without an agent; each also
with a crash after every effect, and with a second call."""

from collections.abc import Callable

from acd.ids import AgentId
from acd.requests import LogOut
from acd.settings import Settings
from acd.targets import Target
from acd.waits import Announce, Announcing, Empty, Leaving
from tests.stories.acd import SALES, SERVICE, Acd, queue_settings, settings
from tests.stories.telling import Story, told

AYSE = AgentId("ayse")
OFFERS = Announcing(announce=Announce.POSITION_EXIT, first_s=10, every_s=30)


def sales(announcing: Announcing = OFFERS, **leaving: object) -> Settings:
    """Ayşe serves sales, Barış service."""
    about = Leaving(**leaving)  # type: ignore[arg-type]
    return settings(
        queue_settings(SALES, "700", "ayse", announcing=announcing, leaving=about),
        queue_settings(SERVICE, "701", "baris"),
    )


def to(text: str) -> Target:
    return Target.of(text)


def the_exit_key_leads_to_another_queue_with_the_place(acd: Acd) -> None:
    acd.calls("first")
    acd.calls("other", "701")
    acd.pass_time(11)
    acd.caller_presses("first", "5")
    acd.expect_waiting("first", "other")
    acd.caller_presses("first", "1")
    acd.at_work("baris")
    acd.takes("baris")
    acd.expect(baris="with first")
    acd.expect_outcomes("Entry", "queue_exit", "answered")
    acd.caller_hangs_up("first")
    acd.pass_time(10)
    acd.takes("baris")
    acd.expect(baris="with other")
    acd.expect_outcomes("Interaction", "answered")


def the_exit_key_while_a_phone_rings_is_no_miss(acd: Acd) -> None:
    acd.at_work("ayse")
    acd.calls("first")
    acd.rings("ayse")
    acd.caller_presses("first", "1")
    acd.expect_outcomes("Offer", "withdrawn")
    acd.expect_outcomes("Interaction", "abandoned")
    acd.pass_time(1)
    acd.expect(ayse="idle")


def after_the_win_the_talk_wins(acd: Acd) -> None:
    acd.at_work("ayse")
    acd.calls("first")
    acd.rings("ayse")
    acd.pass_time(10)
    acd.answers("ayse")
    acd.caller_presses("first", "1")
    acd.pass_time(60)
    acd.expect(ayse="with first")
    acd.expect_outcomes("Entry", "answered")


def who_waits_for_too_long_is_called_at_home(acd: Acd) -> None:
    """As the exit does, where the timeout has no target of its own."""
    acd.calls("first")
    acd.pass_time(19)
    acd.expect_waiting("first")
    acd.pass_time(1)
    acd.expect_outcomes("Entry", "queue_timeout")
    acd.at_work("ayse")
    acd.takes("ayse")
    acd.customer(acd.world.asterisk.answer)
    acd.expect(ayse="talking")
    acd.agent_hangs_up("ayse")
    acd.expect_outcomes("Interaction", "answered")


def a_target_that_does_not_answer_loses_nobody(acd: Acd) -> None:
    acd.calls("first")
    acd.calls("behind")
    acd.pass_time(18)
    acd.world.unregister("1003")
    acd.pass_time(1)
    acd.expect_waiting("first", "behind")
    acd.world.register("1003")
    acd.pass_time(32)
    acd.expect_outcomes("Entry", "queue_timeout", "queue_timeout", "queue_timeout")
    acd.expect_waiting("first", "behind")
    acd.at_work("ayse")
    acd.takes("ayse")
    acd.expect(ayse="with first")


def a_colleague_takes_who_has_waited_for_too_long(acd: Acd) -> None:
    acd.calls("first")
    acd.pass_time(21)
    acd.customer_of("1003", acd.world.asterisk.ring)
    acd.customer_of("1003", acd.world.asterisk.answer)
    acd.expect_talking("first", "1003")
    acd.caller_hangs_up("first")
    acd.expect_outcomes("Interaction", "answered")


def a_full_line_is_busy(acd: Acd) -> None:
    acd.calls("first")
    acd.calls("behind")
    acd.expect_waiting("first")
    acd.expect_outcomes("Entry", "full")
    acd.expect_outcomes("Interaction", "ended_in_flow")
    acd.at_work("ayse")
    acd.takes("ayse")
    acd.expect(ayse="with first")


def who_is_left_alone_has_to_go(acd: Acd) -> None:
    acd.at_work("ayse", "baris")
    acd.calls("first")
    acd.rejects("ayse", 603)
    acd.ask(LogOut(agent=AYSE))
    acd.pass_time(9)
    acd.expect_waiting("first")
    acd.pass_time(1)
    acd.takes("baris")
    acd.expect(baris="with first")
    acd.expect_outcomes("Entry", "no_agents", "answered")


def a_phone_that_registers_anew_was_not_gone(acd: Acd) -> None:
    acd.at_work("ayse")
    acd.calls("first")
    acd.rejects("ayse", 603)
    acd.world.unregister("1001")
    acd.pass_time(9)
    acd.world.register("1001")
    acd.pass_time(15)
    acd.expect_waiting("first")


STORIES: list[tuple[Story, Settings]] = [
    (
        the_exit_key_leads_to_another_queue_with_the_place,
        sales(exit_to=to("queue:service")),
    ),
    (the_exit_key_while_a_phone_rings_is_no_miss, sales(exit_to=to("hangup:normal"))),
    (after_the_win_the_talk_wins, sales(exit_to=to("queue:service"), timeout_s=15)),
    (
        who_waits_for_too_long_is_called_at_home,
        sales(timeout_s=20, timeout_to=to("callback:sales")),
    ),
    (
        a_target_that_does_not_answer_loses_nobody,
        sales(Announcing(), timeout_s=20, timeout_to=to("extension:1003")),
    ),
    (
        a_colleague_takes_who_has_waited_for_too_long,
        sales(timeout_s=20, timeout_to=to("extension:1003")),
    ),
    (a_full_line_is_busy, sales(max_waiting=1, full_to=to("hangup:busy"))),
    (
        who_is_left_alone_has_to_go,
        sales(leave_when_empty=(Empty.NONE_LOGGED_IN,), no_agents_to=to("queue:service")),
    ),
    (
        a_phone_that_registers_anew_was_not_gone,
        sales(leave_when_empty=(Empty.NONE_AVAILABLE,), no_agents_to=to("hangup:normal")),
    ),
]


@told(STORIES)
def test_story(tell: Callable[[], None]) -> None:
    tell()
