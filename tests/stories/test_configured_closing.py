"""What is configured of result codes is how calls are closed: a story for each key."""

import pytest

from acd.dispositions.disposition import Disposition
from acd.ids import InteractionId, ResultCodeName
from acd.requests import EndCall, FinishAcw, Refused, SubmitDisposition
from tests.stories.acd import Acd
from tests.stories.test_configured import AYSE, story

QUEUE = '"700", agents: [ayse, baris]'
CODES = "{name: Sale, category: success}, {name: Later, category: schedule}"


def talking(queue: str = "acw_s: 10", codes: str = CODES) -> Acd:
    """Ayşe talks with a caller; the queue has these keys more."""
    acd = story((QUEUE, f"{QUEUE}, {queue}"), ("trunks:", f"result_codes: [{codes}]\ntrunks:"))
    acd.at_work("ayse")
    acd.calls("first")
    acd.takes("ayse")
    return acd


def closed(acd: Acd, code: str = "Sale", note: str = "") -> str:
    """What is written down of the call that Ayşe closes with the code; or why it is refused."""
    call = InteractionId("1-1")
    try:
        acd.ask(
            SubmitDisposition(agent=AYSE, interaction=call, code=ResultCodeName(code), note=note)
        )
    except Refused as refused:
        return str(refused)
    return written(acd)


def written(acd: Acd) -> str:
    acd.world.keep()
    rows = [row for row in acd.world.ended if isinstance(row, Disposition)]
    return ", ".join(f"{row.code} {row.category} {row.automatic}" for row in rows)


@pytest.mark.key("result_codes.name", "result_codes.category")
def test_a_call_is_closed_with_a_code_of_that_name_and_category() -> None:
    assert closed(talking()) == "Sale success False"
    assert closed(talking(), "Later") == "Later schedule False"
    assert "is no result code of this call" in closed(talking(), "Other")


@pytest.mark.key("result_codes.extra_time_s")
def test_extra_time_lasts_as_long_as_the_code_says() -> None:
    for extra_time_s, doing in ((0, "idle"), (12, "acw"), (11, "idle")):
        code = f"{{name: Sale, category: success, extra_time_s: {extra_time_s}}}"
        acd = talking("acw_s: 2", code)
        closed(acd)
        acd.ask(EndCall(agent=AYSE))
        acd.pass_time(11)
        assert acd.doing("ayse") == doing


@pytest.mark.key("result_codes.note_required")
def test_a_code_that_needs_a_note_is_not_set_without_one() -> None:
    needs = "{name: Sale, category: success, note_required: true}"
    assert closed(talking(codes=needs)) == "Sale needs a note"
    assert closed(talking(codes=needs), note="two") == "Sale success False"
    assert closed(talking()) == "Sale success False"


@pytest.mark.key("queues.result_codes")
def test_the_codes_of_a_queue_are_its_own() -> None:
    assert closed(talking("result_codes: [Later]")).endswith("choose one of Later")
    assert closed(talking("result_codes: [Later]"), "Later") == "Later schedule False"


@pytest.mark.key("queues.disposition_required", "queues.default_result_code")
def test_a_call_that_must_be_closed_is_closed_with_the_default() -> None:
    for default in ("Sale", "Later"):
        acd = talking(f"acw_s: 9, disposition_required: true, default_result_code: {default}")
        acd.ask(EndCall(agent=AYSE))
        with pytest.raises(Refused, match="closed with a result code: choose one of Sale, Later"):
            acd.ask(FinishAcw(agent=AYSE))
        acd.pass_time(9)
        assert written(acd).split() == [
            default,
            {"Sale": "success"}.get(default, "schedule"),
            "True",
        ]
    acd = talking()
    acd.ask(EndCall(agent=AYSE))
    acd.ask(FinishAcw(agent=AYSE))
    assert written(acd) == ""
