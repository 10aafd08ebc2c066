"""Stopping the engine: what is decided is done, and nothing more is decided."""

import asyncio

from acd.distributor import Distributor
from acd.effects import Answer, Watch
from acd.engine import Engine
from acd.facts import LegGone, NodeUp
from acd.requests import Apply
from acd.revision import revision
from acd.settings import Settings
from tests.stories.acd import one_queue
from tests.unit.test_engine import ARRIVAL, CALLER, Edges, until
from tests.world.asterisk import NODE


async def test_what_is_decided_is_performed_and_what_comes_then_is_left() -> None:
    edges = Edges()
    edges.held[Watch] = asyncio.Event()
    engine = Engine(distributor=Distributor(run=1), perform=edges.perform, keep=edges.keep)
    run = asyncio.create_task(engine.run())
    await engine.ask(Apply(revision=revision(Settings(), one_queue("ayse"))))
    engine.tell(NodeUp(node=NODE, contacts={}))
    engine.tell(ARRIVAL)
    await until(lambda: ARRIVAL in [kept.input for kept in edges.kept])
    kept = len(edges.kept)

    engine.stop()
    engine.tell(LegGone(channel=CALLER, cause=16, sip_status=None))
    await asyncio.sleep(0)
    assert not run.done(), "an effect is still to be performed"
    edges.held[Watch].set()
    await asyncio.wait_for(run, 5)

    assert edges.of(Answer), "what came after it in its lane is performed too"
    assert len(edges.kept) == kept, "the caller's end is the next process's to find"


async def test_an_engine_that_rests_stops_at_once() -> None:
    edges = Edges()
    engine = Engine(distributor=Distributor(run=1), perform=edges.perform, keep=edges.keep)
    run = asyncio.create_task(engine.run())
    await engine.ask(Apply(revision=revision(Settings(), one_queue("ayse"))))
    engine.stop()
    await asyncio.wait_for(run, 5)
