"""What is shown of the program while it runs: the event stream, and the metrics."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from importlib.metadata import version

from acd.app.lag import LoopLag
from acd.db import Writer
from acd.engine import Engine
from acd.facts import EffectFailed
from acd.http.metrics import Metrics, Probes
from acd.http.stream import Stream
from acd.http.view import LiveView
from acd.views import Record

logger = logging.getLogger(__name__)


class Observing:
    """Have one task run stream.run()."""

    def __init__(
        self, engine: Engine, writer: Writer, lag: LoopLag, *, now: Callable[[], datetime]
    ) -> None:
        state = engine.distributor.state
        probes = Probes(
            loop_lag=lambda: (lag.counts(), lag.total_s),
            inbox=lambda: engine.inbox_depth,
            lanes=lambda: engine.lanes,
            backlog=lambda: _backlog(writer),
            database_away_s=lambda: _away_s(writer),
        )
        self.stream = Stream(LiveView(lambda: state), run=state.run, now=now)
        self.metrics = Metrics(stream=self.stream, probes=probes, now=now, version=version("acd"))
        writer.on_commit = self.metrics.committed

    def saw(self, record: Record) -> None:
        """One input was taken in. A fault in what is shown of it does not stop the engine."""
        try:
            self._saw(record)
        except Exception:
            logger.exception("what was decided cannot be shown")

    def _saw(self, record: Record) -> None:
        if record.changes:
            self.stream.changed(record.changes)
            self.metrics.changed(record.changes)
        if isinstance(record.input, EffectFailed):
            self.metrics.effect_failed(record.input)


def _backlog(writer: Writer) -> tuple[int, int, int]:
    return writer.backlog.lines, writer.backlog.bytes, writer.backlog.ended_rows


def _away_s(writer: Writer) -> float:
    if writer.away_since is None:
        return 0.0
    return asyncio.get_running_loop().time() - writer.away_since
