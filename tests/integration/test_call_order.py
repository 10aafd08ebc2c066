"""Who is rung for whom on a real Asterisk: strategies, skills, priorities and kept places."""

import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from acd.distributor import admitting, exiting
from acd.ids import AgentId, InteractionId, ResultCodeName, StatusName
from acd.requests import FinishAcw, LogOut, Refused, SetStatus, SubmitDisposition
from acd.settings import AVAILABLE
from tests.integration.running import (
    AGENT_NAMES,
    PROJECT,
    Acd,
    Start,
    extension,
    queue,
    tone_of,
    until,
)
from tests.parties.behaviour import Answer
from tests.parties.party import Party
from tests.parties.tones import MUSIC

pytestmark = pytest.mark.asterisk

ENTRIES = "queue, outcome"
LUNCH = {"name": "Lunch", "category": "break"}
FIRST = InteractionId("1-1")
SALE, NO_SALE = ResultCodeName("Sale"), ResultCodeName("No sale")


def agents(**skills: Mapping[str, int]) -> list[dict[str, Any]]:
    """All of them, some of whom have skills."""
    return [
        {
            "username": name,
            "name": name.title(),
            "extension": extension(name),
            "projects": [PROJECT],
            "skills": dict(skills.get(name, {})),
        }
        for name in AGENT_NAMES
    ]


async def served_by(acd: Acd, phones: Mapping[str, Party], number: str = "700") -> str:
    """Who answers a caller there, and is heard; the agent hangs up."""
    call = await acd.caller().dial(number)
    await until(lambda: any(each.is_up for phone in phones.values() for each in phone.calls))
    [name] = [name for name, phone in phones.items() if any(each.is_up for each in phone.calls)]
    await call.hears(tone_of(name))
    await phones[name].hang_up()
    await call.ended()
    await acd.idle(name)
    return name


@pytest.mark.parametrize(
    ("strategy", "order"),
    [
        ("linear", ["baris", "baris", "baris"]),
        ("round_robin", ["baris", "ayse", "cem"]),
        ("longest_idle", ["cem", "baris", "ayse"]),
        ("least_recent_activity", ["baris", "ayse", "cem"]),
    ],
)
async def test_agents_are_asked_in_the_order_of_the_strategy(
    start: Start, strategy: str, order: list[str]
) -> None:
    """They come in another order than they are listed, and the first has done something since."""
    sales = queue("sales", "700", "baris", "ayse", "cem", strategy=strategy)
    acd = await start(sales, statuses=[LUNCH])
    phones = {name: await acd.phone(name, Answer()) for name in ("cem", "baris", "ayse")}
    for status in (StatusName("Lunch"), AVAILABLE):
        await acd.ask(SetStatus(agent=AgentId("cem"), status=status))
    assert [await served_by(acd, phones) for _ in order] == order


async def test_calls_are_shared_evenly_by_fewest_calls(start: Start) -> None:
    names = ("baris", "ayse", "cem")
    acd = await start(queue("sales", "700", *names, strategy="fewest_calls"))
    phones = {name: await acd.phone(name, Answer()) for name in names}
    assert {await served_by(acd, phones) for _ in names} == set(names)


async def test_who_lacks_the_skill_is_rung_when_less_is_enough(start: Start) -> None:
    relaxed = [{"after_s": 1, "level": 3}]
    asked = [{"name": "turkish", "level": 7, "relax": relaxed}]
    sales = queue("sales", "700", "ayse", "baris", "cem", strategy="linear", skills=asked)
    acd = await start(sales, agents=agents(baris={"turkish": 3}, cem={"turkish": 7}))
    phones = {name: await acd.phone(name, Answer()) for name in ("ayse", "baris", "cem")}
    assert await served_by(acd, phones) == "cem"
    await acd.ask(LogOut(agent=AgentId("cem")))
    call = await acd.caller().dial("700")
    await call.hears(MUSIC)
    invited = await phones["baris"].invited()
    assert invited.invited_at - call.invited_at > 0.9
    assert phones["ayse"].calls == []
    await call.hang_up()


async def test_a_caller_who_has_waited_for_too_long_goes_before_a_higher_priority(
    start: Start,
) -> None:
    acd = await start(
        queue("sales", "700", "ayse", starvation_s=1),
        queue("gold", "701", "ayse", priority=5),
    )
    starving = await acd.caller(0).dial("700")
    await starving.hears(MUSIC)
    gold = await acd.caller(1).dial("701")
    await gold.hears(MUSIC)
    came = time.monotonic()
    await until(lambda: time.monotonic() > came + 1.1)
    phone = await acd.phone("ayse", Answer())
    await starving.hears(tone_of("ayse"))
    await phone.hang_up()
    await gold.hears(tone_of("ayse"))
    await gold.hang_up()


async def test_who_hangs_up_and_rings_again_has_the_old_place(start: Start) -> None:
    acd = await start(queue("sales", "700", "ayse", resume_s=60))
    first = await acd.caller(0).dial("700")
    await first.hears(MUSIC)
    second = await acd.caller(1).dial("700")
    await second.hears(MUSIC)
    await first.hang_up()
    await acd.written("entries", ENTRIES, ("sales", "abandoned"), ("sales", None))
    again = await acd.caller(0).dial("700")
    await again.hears(MUSIC)
    await acd.phone("ayse", Answer())
    await again.hears(tone_of("ayse"))
    await again.hang_up()
    await second.hang_up()


async def test_who_waits_leaves_when_the_last_agent_has_gone(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (admitting, exiting):
        monkeypatch.setattr(module, "GRACE", timedelta(seconds=1))
    about = {"leave_when_empty": ["none_logged_in"], "no_agents_to": "queue:service"}
    acd = await start(queue("sales", "700", "ayse", **about), queue("service", "701", "baris"))
    await acd.phone("ayse")
    await acd.phone("baris", Answer())
    call = await acd.caller().dial("700")
    await acd.ask(LogOut(agent=AgentId("ayse")))
    await call.hears(MUSIC)
    await call.hears(tone_of("baris"))
    await call.hang_up()
    await acd.written("entries", ENTRIES, ("sales", "no_agents"), ("service", "answered"))


async def test_a_call_is_closed_with_a_code_before_the_next_one_comes(start: Start) -> None:
    """The first by the agent, the second by the queue, for the agent has not."""
    codes = [{"name": SALE, "category": "success"}, {"name": NO_SALE, "category": "fail"}]
    about = {
        "result_codes": [SALE, NO_SALE],
        "disposition_required": True,
        "default_result_code": NO_SALE,
    }
    sales = queue("sales", "700", "ayse", acw_s=2, **about)
    acd = await start(sales, result_codes=codes)
    phone = await acd.phone("ayse", Answer())
    ayse = AgentId("ayse")
    for closed in (True, False):
        call = await acd.caller().dial("700")
        await call.hears(tone_of("ayse"))
        await phone.hang_up()
        await call.ended()
        await until(lambda: acd.agent("ayse").not_ready is not None)
        if closed:
            with pytest.raises(Refused):
                await acd.ask(FinishAcw(agent=ayse))
            await acd.ask(SubmitDisposition(agent=ayse, interaction=FIRST, code=SALE))
            await acd.ask(FinishAcw(agent=ayse))
        await acd.idle("ayse")
    await acd.written("dispositions", "code, automatic", (SALE, False), (NO_SALE, True))
