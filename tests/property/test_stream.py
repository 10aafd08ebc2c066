"""Whatever happens: who follows the stream has, at any time, exactly the pictures of the state."""

import json
import os
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from acd.cli.mirror import Mirror
from acd.distributor import Decision
from acd.http import frames
from acd.http.frames import EVERYTHING, Audience, Held
from acd.http.view import Kind, LiveView
from tests.property.late_world import LateWorld
from tests.property.machine import Machine
from tests.property.shown import shown
from tests.property.worlds import AYSE, SALES, SUPPORT, WORLDS

AT = "2026-01-05T09:00:00.000+00:00"
AUDIENCES = (
    EVERYTHING,
    Audience(projects=frozenset({SUPPORT})),
    Audience(queues=frozenset({SALES}), kinds=frozenset({Kind.QUEUES, Kind.ENTRIES})),
    Audience(agents=frozenset({AYSE}), kinds=frozenset({Kind.AGENTS, Kind.QUEUES})),
)


@dataclass(kw_only=True)
class Follower:
    """Somebody who reads now and then, by what the stream sends."""

    audience: Audience
    mirror: Mirror = field(default_factory=Mirror)

    def begin(self, view: LiveView, held: Held) -> None:
        told = frames.snapshot(view, self.audience, run=1, seq=held.seq, at=AT)
        self.mirror.apply(json.loads(told))

    def read(self, held: Held) -> None:
        missed = held.since(self.mirror.seq)
        if told := frames.delta(missed, self.audience, held.seq, AT):
            self.mirror.apply(json.loads(told))
        self.mirror.seq = held.seq


class WatchedWorld(LateWorld):
    """Its decisions go to a live view as well; each life of the process has one of its own."""

    def __init__(self, settings: Any) -> None:
        super().__init__(settings)
        self._watch()

    def _watch(self) -> None:
        core = self.core
        self.view = LiveView(lambda: core.state)
        self.held = Held()
        self.followers = [Follower(audience=audience) for audience in AUDIENCES]
        self.frame()
        for follower in self.followers:
            follower.begin(self.view, self.held)

    def frame(self) -> None:
        """Draw, a few at a time, and cut."""
        while self.view.stale:
            self.view.draw(3)
        self.held.add(self.view.take())

    def _take(self, decision: Decision) -> None:
        if self.view.tables is not self.core.state:
            self._watch()
        super()._take(decision)
        self.view.changed(decision.changes)
        self.frame()
        self.everybody_looks()

    def everybody_looks(self) -> None:
        """The first reads every frame, the others miss some."""
        for number, follower in enumerate(self.followers, start=1):
            if self.held.seq % number == 0:
                follower.read(self.held)
                assert follower.mirror.tables == shown(self.core.state, follower.audience)


class Watched(Machine):
    world: WatchedWorld

    def __init__(self) -> None:
        super().__init__()
        self.world = WatchedWorld(WORLDS[0])

    @rule(pick=st.integers(0, len(AUDIENCES) - 1))
    def somebody_begins_anew(self, pick: int) -> None:
        self.world.followers[pick].begin(self.world.view, self.world.held)


SEARCH = settings(
    max_examples=int(os.environ.get("EXAMPLES", "10")),
    stateful_step_count=20,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.mark.timeout(600)
def test_who_follows_has_the_pictures_of_the_state() -> None:
    run_state_machine_as_test(Watched, settings=SEARCH)
