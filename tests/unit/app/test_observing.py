"""What the engine takes in is shown and counted, and no fault in that stops the engine."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from acd.app.lag import LoopLag
from acd.app.observing import Observing
from acd.calls.interaction import InteractionOutcome
from acd.distributor import Change, Distributor
from acd.effects import Answer
from acd.engine import Engine
from acd.facts import EffectFailed
from acd.http.frames import EVERYTHING
from acd.ids import Lane
from acd.views import Record
from tests.unit.http import rows
from tests.unit.http.rows import NOW


def now() -> datetime:
    return datetime.now(UTC)


class Part:
    """The engine and the writer as far as they are looked at."""

    def __init__(self) -> None:
        backlog = SimpleNamespace(lines=5, bytes=6, ended_rows=7)
        self.writer = SimpleNamespace(backlog=backlog, away_since=None, on_commit=None)
        self.engine = Engine(
            distributor=Distributor(run=4),
            perform=self._perform,
            keep=lambda kept: None,
        )
        writer: Any = self.writer
        self.observing = Observing(self.engine, writer, LoopLag(), now=now)

    async def _perform(self, effect: Any) -> None:
        return None

    async def told(self) -> dict[str, float]:
        text = (await self.observing.metrics.text()).decode()
        found = text_string_to_metric_families(text)
        return {sample.name: sample.value for family in found for sample in family.samples}


async def test_what_the_engine_takes_in_is_shown_and_counted() -> None:
    part = Part()
    state = part.engine.distributor.state
    state.put(rows.agent())
    over = rows.interaction(outcome=InteractionOutcome.LOST)
    changes = (*state.commit(), Change(row=over, live=False))
    part.observing.saw(Record(at=NOW, kind="fact", input=None, changes=changes))
    text, _ = await part.observing.stream.snapshot(EVERYTHING)
    assert b'"agent":"ayse"' in text
    assert b'"run":4' in text
    assert (await part.told())["acd_calls_total"] == 1


async def test_an_effect_that_failed_is_counted_though_nothing_changes() -> None:
    part = Part()
    effect = Answer(lane=Lane("1-1"), channel=rows.channel("c"))
    failed = EffectFailed(effect=effect, reason="x")
    part.observing.saw(Record(at=NOW, kind="fact", input=failed))
    assert (await part.told())["acd_effects_failed_total"] == 1


async def test_what_waits_is_looked_at() -> None:
    part = Part()
    effect = Answer(lane=Lane("1-1"), channel=rows.channel("c"))
    part.engine.tell(EffectFailed(effect=effect, reason="x"))
    part.writer.on_commit(0.01, 12)
    told = await part.told()
    assert told["acd_inbox_depth"] == 1
    assert told["acd_lanes"] == 0
    assert told["acd_journal_lines_total"] == 12
    backlog = [told[f"acd_journal_backlog_{what}"] for what in ("lines", "bytes", "rows")]
    assert (backlog, told["acd_database_up"]) == ([5, 6, 7], 1)
    part.writer.away_since = 0.0
    told = await part.told()
    assert told["acd_database_up"] == 0
    assert told["acd_database_away_seconds"] > 0


async def test_a_fault_in_what_is_shown_does_not_reach_the_engine(
    caplog: pytest.LogCaptureFixture,
) -> None:
    part = Part()
    nonsense: Any = (Change(row=object(), live=True),)  # type: ignore[arg-type]
    part.observing.saw(Record(at=NOW, kind="fact", input=None, changes=nonsense))
    assert [record.getMessage() for record in caplog.records] == [
        "what was decided cannot be shown"
    ]
