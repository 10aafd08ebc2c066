"""The lives of calls that are closed with a result code; each also with a crash after every
effect, and with a second call."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from acd.dispositions.disposition import Disposition
from acd.ids import AgentId, InteractionId, ResultCodeName
from acd.requests import EndCall, FinishAcw, SubmitDisposition, Transfer
from acd.settings import CodeCategory, ResultCode, Settings
from tests.stories.acd import SALES, SERVICE, Acd, queue_settings, settings
from tests.stories.telling import told

AYSE, BARIS = AgentId("ayse"), AgentId("baris")
SALE, LATER = ResultCodeName("Sale"), ResultCodeName("Later")
CODES = {
    SALE: ResultCode(name=SALE, category=CodeCategory.SUCCESS),
    LATER: ResultCode(name=LATER, category=CodeCategory.SCHEDULE, extra_time_s=30),
}


def sales(acw_s: int, **about: object) -> Settings:
    queue = replace(queue_settings(SALES, "700", "ayse", **about), acw_s=acw_s)
    both = settings(queue, queue_settings(SERVICE, "701", "baris"))
    return replace(both, result_codes=CODES)


def closes(acd: Acd, agent: AgentId, code: ResultCodeName) -> None:
    """The agent closes the call that he or she has now, if any."""
    assignments = acd.world.core.state.agents[agent].assignments
    call = assignments[0].interaction if assignments else InteractionId("none")
    acd.ask(SubmitDisposition(agent=agent, interaction=call, code=code))


def dispositions(acd: Acd) -> list[Disposition]:
    acd.world.keep()
    return [row for row in acd.world.ended if isinstance(row, Disposition)]


def expect_closed(acd: Acd, *expected: tuple[str, bool]) -> None:
    """With these codes, each set by a person (False) or by itself; and no call twice."""
    found = dispositions(acd)
    assert max(Counter(row.key for row in found).values(), default=1) == 1
    if not acd.disturbed:
        assert [(row.code, row.automatic) for row in found] == list(expected)


def talking(acd: Acd) -> None:
    acd.at_work("ayse")
    acd.calls("first")
    acd.takes("ayse")


def a_call_is_closed_after_it_and_extra_time_begins(acd: Acd) -> None:
    talking(acd)
    acd.ask(EndCall(agent=AYSE))
    acd.pass_time(5)
    closes(acd, AYSE, LATER)
    acd.pass_time(20)
    acd.expect(ayse="acw")
    acd.pass_time(10)
    acd.expect(ayse="idle")
    expect_closed(acd, (LATER, False))


def a_call_is_closed_while_they_talk(acd: Acd) -> None:
    talking(acd)
    closes(acd, AYSE, LATER)
    acd.expect(ayse="with first")
    acd.caller_hangs_up("first")
    acd.expect(ayse="acw")
    acd.pass_time(29)
    acd.expect(ayse="acw")
    acd.pass_time(1)
    acd.expect(ayse="idle")
    expect_closed(acd, (LATER, False))


def a_call_that_must_be_closed_is_at_the_latest_by_itself(acd: Acd) -> None:
    talking(acd)
    acd.agent_hangs_up("ayse")
    acd.pass_time(10)
    acd.expect(ayse="idle")
    expect_closed(acd, (SALE, True))


def a_call_without_after_call_work_is_closed_by_itself_at_once(acd: Acd) -> None:
    talking(acd)
    acd.caller_hangs_up("first")
    acd.pass_time(1)
    acd.expect(ayse="idle")
    expect_closed(acd, (SALE, True))


def each_who_had_the_caller_closes_the_own_part(acd: Acd) -> None:
    talking(acd)
    acd.at_work("baris")
    acd.ask(Transfer(agent=AYSE, queue=SERVICE))
    acd.takes("baris")
    closes(acd, AYSE, SALE)
    closes(acd, BARIS, SALE)
    acd.ask(FinishAcw(agent=AYSE))
    acd.caller_hangs_up("first")
    acd.pass_time(10)
    expect_closed(acd, (SALE, False), (SALE, False))


MUST = {"disposition_required": True, "default_result_code": SALE}
STORIES = [
    (a_call_is_closed_after_it_and_extra_time_begins, sales(10)),
    (a_call_is_closed_while_they_talk, sales(0)),
    (a_call_that_must_be_closed_is_at_the_latest_by_itself, sales(10, **MUST)),
    (a_call_without_after_call_work_is_closed_by_itself_at_once, sales(0, **MUST)),
    (each_who_had_the_caller_closes_the_own_part, sales(10)),
]


@told(STORIES)
def test_story(tell: Callable[[], None]) -> None:
    tell()
