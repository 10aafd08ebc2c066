"""Closing calls: when, with what, and what comes of after-call work."""

from dataclasses import replace

import pytest

from acd.dispositions.disposition import Disposition
from acd.ids import AgentId, InteractionId, ResultCodeName
from acd.requests import (
    Consult,
    EndCall,
    FinishAcw,
    Listen,
    LogOut,
    Refused,
    SetStatus,
    SubmitDisposition,
    Transfer,
)
from acd.settings import CodeCategory, ResultCode, Settings
from tests.stories.acd import SALES, SERVICE, Acd, queue_settings, settings
from tests.unit.distributor.scenes import (
    AYSE,
    BARIS,
    LUNCH,
    STATUSES,
    ask,
    interaction,
    ringing,
    talking,
)

SALE, NO_SALE, LATER = map(ResultCodeName, ("Sale", "No sale", "Later"))
FIRST = InteractionId("1-1")
CODES = {
    SALE: ResultCode(name=SALE, category=CodeCategory.SUCCESS),
    NO_SALE: ResultCode(name=NO_SALE, category=CodeCategory.FAIL),
    LATER: ResultCode(name=LATER, category=CodeCategory.SCHEDULE, extra_time_s=30),
}
REQUIRED = {"disposition_required": True, "default_result_code": NO_SALE}


def sales(acw_s: int = 10, **about: object) -> Settings:
    queue = replace(queue_settings(SALES, "700", "ayse", **about), acw_s=acw_s)
    other = queue_settings(SERVICE, "701", "baris")
    return replace(settings(queue, other), result_codes=CODES, statuses=STATUSES)


def after_the_call(acw_s: int = 10, **about: object) -> Acd:
    acd = talking(of=sales(acw_s, **about))
    acd.ask(EndCall(agent=AYSE))
    return acd


def closing(
    code: ResultCodeName = SALE, agent: AgentId = AYSE, **about: object
) -> SubmitDisposition:
    return SubmitDisposition(agent=agent, interaction=FIRST, code=code, **about)  # type: ignore[arg-type]


def closed(acd: Acd) -> list[Disposition]:
    acd.world.keep()
    return [row for row in acd.world.ended if isinstance(row, Disposition)]


def is_idle(acd: Acd) -> bool:
    """Whether Ayşe is done with the call; her phone rests a moment longer."""
    return not acd.world.core.state.agents[AYSE].assignments


def refusal(acd: Acd, request: SubmitDisposition | FinishAcw) -> str:
    with pytest.raises(Refused) as refused:
        ask(acd, request)
    return str(refused.value)


def test_what_is_written_down_of_a_closing() -> None:
    acd = after_the_call()
    decision = ask(acd, closing(note="two of them", tags=("big", "new")))
    [change] = [one for one in decision.changes if isinstance(one.row, Disposition)]
    assert not change.live
    row = change.row
    assert (row.interaction, row.agent, row.queue, row.project) == (FIRST, AYSE, SALES, "support")
    assert (row.code, row.category, row.note, row.tags) == (
        SALE,
        CodeCategory.SUCCESS,
        "two of them",
        ("big", "new"),
    )
    assert (row.automatic, row.at, row.due) == (False, acd.world.now, None)
    assert row.key == row.offer != ""


@pytest.mark.parametrize("in_talk", [True, False])
def test_a_call_is_closed_in_the_talk_or_after_it(in_talk: bool) -> None:
    acd = talking(of=sales()) if in_talk else after_the_call()
    acd.ask(closing())
    assert [row.code for row in closed(acd)] == [SALE]


def test_a_call_on_hold_is_closed_too() -> None:
    acd = talking(of=sales())
    acd.ask(Consult(agent=AYSE, queue=SERVICE))
    acd.ask(closing())
    assert [row.code for row in closed(acd)] == [SALE]


def test_a_call_is_closed_once() -> None:
    acd = after_the_call()
    acd.ask(closing())
    assert refusal(acd, closing(NO_SALE)) == "ayse has closed 1-1 already, with Sale"


def test_what_is_closed_in_the_talk_stays_closed_after_it() -> None:
    acd = talking(of=sales())
    acd.ask(closing())
    acd.ask(EndCall(agent=AYSE))
    assert "already" in refusal(acd, closing(NO_SALE))


def test_nobody_closes_what_he_or_she_does_not_have() -> None:
    acd = ringing(of=sales())
    assert "has no call 1-1 to close" in refusal(acd, closing())
    acd.takes("ayse")
    assert "baris has no call 1-1 to close" in refusal(acd, closing(agent=BARIS))
    assert "zeki has no call" in refusal(acd, closing(agent=AgentId("zeki")))
    acd.at_work("baris")
    acd.ask(Listen(supervisor=BARIS, agent=AYSE))
    acd.supervisor_answers("baris")
    assert "baris has no call 1-1 to close" in refusal(acd, closing(agent=BARIS))
    acd.ask(EndCall(agent=AYSE))
    acd.pass_time(11)
    assert "ayse has no call 1-1 to close" in refusal(acd, closing())


def test_a_code_that_is_not_of_the_queue_is_refused() -> None:
    acd = after_the_call(result_codes=(SALE, LATER))
    assert "choose one of Sale, Later" in refusal(acd, closing(NO_SALE))
    assert closed(acd) == []


def test_a_code_without_extra_time_leaves_after_call_work_as_it_is() -> None:
    acd = after_the_call(10)
    acd.pass_time(4)
    acd.ask(closing(SALE))
    acd.pass_time(5)
    assert acd.doing("ayse") == "acw"
    acd.pass_time(1)
    assert is_idle(acd)


@pytest.mark.parametrize("acw_s", [10, 100])
def test_extra_time_takes_the_place_of_what_is_left_of_after_call_work(acw_s: int) -> None:
    acd = after_the_call(acw_s)
    acd.pass_time(5)
    acd.ask(closing(LATER))
    acd.pass_time(29)
    assert acd.doing("ayse") == "acw"
    acd.pass_time(1)
    assert is_idle(acd)


@pytest.mark.parametrize("acw_s", [0, 10, 100])
def test_extra_time_asked_for_in_the_talk_begins_after_it(acw_s: int) -> None:
    acd = talking(of=sales(acw_s))
    acd.ask(closing(LATER))
    acd.pass_time(60)
    acd.ask(EndCall(agent=AYSE))
    acd.pass_time(29)
    assert acd.doing("ayse") == "acw"
    acd.pass_time(1)
    assert is_idle(acd)


def test_the_agent_may_end_extra_time_and_has_the_status_asked_for_then() -> None:
    acd = after_the_call()
    acd.ask(SetStatus(agent=AYSE, status=LUNCH))
    acd.ask(closing(LATER))
    acd.ask(FinishAcw(agent=AYSE))
    agent = acd.world.core.state.agents[AYSE]
    assert (agent.status, agent.assignments) == (LUNCH, ())


def test_after_call_work_is_not_ended_before_a_code_is_chosen_where_one_must_be() -> None:
    acd = after_the_call(**REQUIRED)
    says = refusal(acd, FinishAcw(agent=AYSE))
    assert says == (
        "calls of sales are closed with a result code: choose one of Sale, No sale, Later"
    )
    acd.ask(closing(SALE))
    acd.ask(FinishAcw(agent=AYSE))
    assert is_idle(acd)
    assert [(row.code, row.automatic) for row in closed(acd)] == [(SALE, False)]


def test_the_default_is_set_when_after_call_work_runs_out() -> None:
    acd = after_the_call(10, **REQUIRED)
    acd.pass_time(9)
    assert closed(acd) == []
    acd.pass_time(1)
    assert is_idle(acd)
    assert [(row.code, row.automatic) for row in closed(acd)] == [(NO_SALE, True)]


def test_the_default_is_set_at_once_where_there_is_no_after_call_work() -> None:
    acd = after_the_call(0, **REQUIRED)
    assert is_idle(acd)
    assert [(row.code, row.automatic) for row in closed(acd)] == [(NO_SALE, True)]


def test_the_default_gives_no_extra_time() -> None:
    acd = after_the_call(0, disposition_required=True, default_result_code=LATER)
    assert is_idle(acd)


def test_what_is_closed_already_is_not_closed_by_default() -> None:
    for acw_s in (0, 10):
        acd = talking(of=sales(acw_s, **REQUIRED))
        acd.ask(closing(SALE))
        acd.ask(EndCall(agent=AYSE))
        acd.pass_time(10)
        assert [row.code for row in closed(acd)] == [SALE]


def test_a_call_that_was_only_offered_is_not_closed_by_default() -> None:
    acd = ringing(of=sales(0, **REQUIRED))
    acd.rejects("ayse", 486)
    assert closed(acd) == []


def test_where_no_code_is_required_none_is_set() -> None:
    acd = after_the_call(0)
    assert closed(acd) == []


def test_who_logs_out_in_after_call_work_leaves_the_default_when_it_ends() -> None:
    acd = after_the_call(10, **REQUIRED)
    acd.ask(LogOut(agent=AYSE))
    acd.pass_time(10)
    assert [row.automatic for row in closed(acd)] == [True]


def test_each_who_had_the_caller_closes_his_or_her_own_part() -> None:
    acd = talking(of=sales(**REQUIRED))
    acd.at_work("baris")
    assert interaction(acd) == FIRST
    acd.ask(Transfer(agent=AYSE, queue=SERVICE))
    acd.takes("baris")
    acd.ask(closing(LATER))
    acd.ask(closing(SALE, BARIS))
    assert [(row.agent, row.queue, row.code) for row in closed(acd)] == [
        (AYSE, SALES, LATER),
        (BARIS, SERVICE, SALE),
    ]
    assert len({row.key for row in closed(acd)}) == 2
