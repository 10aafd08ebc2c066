"""An exception in the core, on a real Asterisk: it costs one call its ACD, and nobody else."""

import pytest

from acd.distributor import core
from acd.distributor.turn import Turn
from acd.facts import LegRinging
from acd.settings import NOT_RESPONDING
from tests.integration.running import APOLOGY, Site, Start, queue, until
from tests.parties.behaviour import Answer, Ring
from tests.parties.tones import AGENTS, CALLERS

pytestmark = pytest.mark.asterisk


async def test_a_bug_sends_its_caller_to_the_fallback_and_hurts_no_other_call(
    start: Start, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    acd = await start(queue("sales", "700", "ayse"), queue("help", "701", "baris"))
    async with acd.ari() as ari:
        await ari.set_globals(ACD_APOLOGY=f"{site.facts['asterisk_paths']['sounds']}/apology")
    baris, ayse = await acd.phone("baris", Answer()), await acd.phone("ayse", Ring())
    other = await acd.caller(1).dial("701")
    await other.hears(AGENTS[1])

    def broken(_turn: Turn, _fact: LegRinging) -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(core.FACTS, LegRinging, broken)
    call = await acd.caller().dial("700")
    await call.hears(APOLOGY)
    await call.ended()
    await ayse.current.ended()
    await until(lambda: acd.agent("ayse").status == NOT_RESPONDING)
    monkeypatch.undo()
    assert other.is_up
    await baris.hears(CALLERS[1])
    await other.hang_up()
    await acd.written("interactions", "number, outcome", ("700", "failed"), ("701", "answered"))
    assert {line.split(" {")[0] for line in acd.errors.bad()} == {"bug in the core"}
    assert len(acd.errors.bad()) <= 2
    # It was to be logged; that nothing else was is looked at later.
    acd.errors.records.clear()
