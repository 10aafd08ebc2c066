"""Which call an agent may close now, and with what."""

from dataclasses import replace
from typing import Any

from acd.agents.assignment import Assignment, Phase
from acd.http.closing import closing
from acd.ids import InteractionId, OfferId, ResultCodeName
from acd.settings import CodeCategory, ResultCode
from tests.unit.http import rows
from tests.unit.http.rows import AYSE, SALES, state
from tests.unit.http.sites import open_site

SALE, LATER = ResultCodeName("Sale"), ResultCodeName("Later")
CODES = {
    SALE: ResultCode(name=SALE, category=CodeCategory.SUCCESS, note_required=True),
    LATER: ResultCode(name=LATER, category=CodeCategory.SCHEDULE, extra_time_s=30),
}
TALK = Assignment(
    interaction=InteractionId("1-7"), offer=OfferId("1-7-1.1"), phase=Phase.TALKING, queue=SALES
)


def told(*assignments: Assignment, **queue: object) -> Any:
    tables = state(replace(rows.agent(), assignments=assignments))
    tables.put(replace(tables.settings.general, result_codes=CODES))
    tables.put(replace(tables.settings.queues[SALES], **queue))
    return closing(tables, AYSE)


def test_who_has_no_call_closes_none() -> None:
    none = {"interaction": None, "queue": None, "closed_with": None, "required": False, "codes": []}
    assert told() == none
    assert told(replace(TALK, phase=Phase.RESERVED)) == none
    assert told(replace(TALK, offer=None)) == none


def test_the_codes_of_the_queue_are_shown_and_what_they_do() -> None:
    assert told(TALK, result_codes=(LATER, SALE), disposition_required=True) == {
        "interaction": "1-7",
        "queue": "sales",
        "closed_with": None,
        "required": True,
        "codes": [
            {"name": "Later", "category": "schedule", "extra_time_s": 30, "note_required": False},
            {"name": "Sale", "category": "success", "extra_time_s": 0, "note_required": True},
        ],
    }


def test_a_call_that_is_closed_says_with_what() -> None:
    found = told(replace(TALK, phase=Phase.ACW, disposition=SALE))
    assert (found["interaction"], found["closed_with"]) == ("1-7", "Sale")


def test_a_call_of_no_queue_has_all_codes() -> None:
    found = told(replace(TALK, queue=None))
    assert [code["name"] for code in found["codes"]] == ["Sale", "Later"]
    assert (found["queue"], found["required"]) == (None, False)


async def test_the_api_shows_it() -> None:
    async with open_site(replace(rows.agent(), assignments=(TALK,))) as site:
        status, answer = await site.get("/agents/ayse/result-codes")
    assert (status, answer["interaction"], answer["codes"]) == (200, "1-7", [])
