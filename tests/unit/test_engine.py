import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from acd.distributor import Bug, Distributor, core
from acd.effects import Answer, Effect, HangUp, Ring, Watch
from acd.engine import Engine, TooManyBugs
from acd.facts import (
    CallArrived,
    ContactsChanged,
    DigitPressed,
    EffectFailed,
    Fact,
    LegGone,
    LegRinging,
    NodeUp,
)
from acd.ids import AgentId, Channel, ChannelId, ExtensionNumber
from acd.lanes import EffectError
from acd.requests import Apply, LogIn, Refused, Request, SetStatus
from acd.revision import revision
from acd.settings import AVAILABLE, Settings
from acd.views import Record
from tests.stories.acd import SUPPORT, one_queue
from tests.world.asterisk import NODE

AYSE = AgentId("ayse")
CALLER = Channel(NODE, ChannelId("in.1"))
OTHER, THIRD = (Channel(NODE, ChannelId(f"in.{n}")) for n in (2, 3))
ARRIVAL = CallArrived(channel=CALLER, number="700", caller="+90212")


class Edges:
    """Stands in for Asterisk and the journal: remembers, refuses, answers late."""

    def __init__(self) -> None:
        self.done: list[Effect] = []
        self.kept: list[Record] = []
        self.broken: dict[type, Exception] = {}
        self.known: dict[type, Fact] = {}
        self.held: dict[type, asyncio.Event] = {}
        self.committed: asyncio.Future[bool] | None = None

    async def perform(self, effect: Effect) -> Fact | None:
        await asyncio.sleep(0)
        if type(effect) in self.held:
            await self.held[type(effect)].wait()
        if type(effect) in self.broken:
            raise self.broken[type(effect)]
        self.done.append(effect)
        return self.known.get(type(effect))

    def keep(self, kept: Record) -> asyncio.Future[bool] | None:
        self.kept.append(kept)
        return self.committed if kept.kind == "request" else None

    def kinds(self) -> list[type]:
        return [type(effect) for effect in self.done]

    def of(self, kind: type) -> list[Any]:
        return [effect for effect in self.done if isinstance(effect, kind)]


@asynccontextmanager
async def running(edges: Edges, *, staffed: bool = True) -> AsyncIterator[Engine]:
    engine = Engine(distributor=Distributor(run=1), perform=edges.perform, keep=edges.keep)
    task = asyncio.create_task(engine.run())
    try:
        await engine.ask(Apply(revision=revision(Settings(), one_queue("ayse", "baris"))))
        engine.tell(NodeUp(node=NODE, contacts={}))
        if staffed:
            phone, number = ("PJSIP/1001",), ExtensionNumber("1001")
            engine.tell(ContactsChanged(node=NODE, extension=number, contacts=phone))
            await engine.ask(LogIn(agent=AYSE, project=SUPPORT))
        yield engine
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.001)


async def test_a_call_rings_an_agent_in_a_lane_of_its_own() -> None:
    edges = Edges()
    edges.held[Watch] = asyncio.Event()
    async with running(edges) as engine:
        engine.tell(ARRIVAL)
        await until(lambda: edges.of(Ring))
        assert Answer not in edges.kinds(), "the caller's lane waits for its first effect"
        edges.held[Watch].set()
        await until(lambda: edges.of(Answer))


async def test_phones_are_rung_before_all_else_that_begins() -> None:
    edges = Edges()
    async with running(edges) as engine:
        engine.tell(ARRIVAL)
        await until(lambda: edges.of(Ring) and edges.of(Watch))
        assert edges.kinds().index(Ring) < edges.kinds().index(Watch)


async def test_nobody_is_hung_up_on_while_a_phone_is_being_asked_to_ring() -> None:
    edges = Edges()
    edges.held[Ring] = asyncio.Event()
    async with running(edges) as engine:
        engine.tell(CallArrived(channel=OTHER, number="no such number", caller="+90212"))
        await until(lambda: edges.of(HangUp))
        engine.tell(ARRIVAL)
        await until(lambda: engine.distributor.state.attempts)
        engine.tell(CallArrived(channel=THIRD, number="no such number", caller="+90212"))
        await until(lambda: edges.of(Answer))
        await asyncio.sleep(0.01)
        assert len(edges.of(HangUp)) == 1
        edges.held[Ring].set()
        await until(lambda: len(edges.of(HangUp)) == 2)
        assert edges.kinds().index(Ring) < len(edges.kinds()) - 1


async def test_a_ring_that_is_not_answered_does_not_keep_callers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("acd.lanes.PUT_OFF_S", 0.01)
    edges = Edges()
    edges.held[Ring] = asyncio.Event()
    async with running(edges) as engine:
        engine.tell(ARRIVAL)
        await until(lambda: engine.distributor.state.attempts)
        engine.tell(CallArrived(channel=OTHER, number="no such number", caller="+90212"))
        await until(lambda: edges.of(HangUp))
        assert not edges.of(Ring)


async def test_effects_of_one_lane_are_performed_in_order() -> None:
    edges = Edges()
    async with running(edges, staffed=False) as engine:
        engine.tell(ARRIVAL)
        await until(lambda: len(edges.done) == 5)
        names = [kind.__name__ for kind in edges.kinds()]
        assert names == ["Watch", "Answer", "Join", "StartMusic", "ArmDeadMan"]


async def test_every_input_is_kept_with_what_it_led_to() -> None:
    edges = Edges()
    async with running(edges) as engine:
        engine.tell(ARRIVAL)
        await until(lambda: edges.kept[-1].input == ARRIVAL)
        kept = edges.kept[-1]
        assert kept.kind == "fact"
        assert [type(effect).__name__ for effect in kept.effects][:2] == ["Watch", "Answer"]
        assert {type(change.row).__name__ for change in kept.changes} >= {"Interaction", "Leg"}


async def test_a_failed_effect_is_a_fact() -> None:
    edges = Edges()
    edges.broken[Ring] = EffectError("no such endpoint")
    async with running(edges) as engine:
        engine.tell(ARRIVAL)
        await until(lambda: any(isinstance(kept.input, EffectFailed) for kept in edges.kept))
        await until(lambda: engine.distributor.state.agents[AYSE].not_ready == "no device")


async def test_a_fault_of_an_edge_does_not_stop_the_lane(caplog: pytest.LogCaptureFixture) -> None:
    edges = Edges()
    edges.broken[Watch] = ZeroDivisionError("an edge is broken")
    async with running(edges) as engine:
        engine.tell(ARRIVAL)
        await until(lambda: edges.of(Answer))
    assert "an edge failed" in caplog.messages


async def test_what_an_effect_already_knows_is_told() -> None:
    edges = Edges()
    edges.known[HangUp] = LegGone(channel=CALLER)
    async with running(edges, staffed=False) as engine:
        engine.tell(CallArrived(channel=CALLER, number="999", caller="+90212"))
        await until(lambda: edges.of(HangUp))
        await until(lambda: not engine.distributor.state.interactions)


async def test_a_deadline_is_kept_as_such_and_acted_on() -> None:
    edges = Edges()
    async with running(edges) as engine:
        engine.tell(ARRIVAL)
        await until(lambda: edges.of(Ring))
        engine.tell(LegRinging(channel=edges.of(Ring)[0].channel))
        await until(lambda: isinstance(edges.kept[-1].input, LegRinging))
        engine._clock._monotonic -= 21  # time flies: the agent's timeout is 20 s
        engine.tell(DigitPressed(channel=CALLER, digit="1"))
        await until(lambda: any(kept.kind == "deadline" for kept in edges.kept))
        await until(lambda: edges.of(HangUp))


async def test_what_has_happened_comes_before_a_deadline_that_has_passed() -> None:
    edges = Edges()
    async with running(edges) as engine:
        engine.tell(ARRIVAL)
        await until(lambda: edges.of(Ring))
        engine._clock._monotonic -= 5  # the phone is dead if it has not rung within 4 s
        engine.tell(LegRinging(channel=edges.of(Ring)[0].channel))
        await until(lambda: isinstance(edges.kept[-1].input, LegRinging))
        assert not edges.of(HangUp)


async def test_after_a_standstill_the_sockets_are_read_before_deadlines_count() -> None:
    edges = Edges()
    async with running(edges) as engine:
        engine.tell(ARRIVAL)
        await until(lambda: edges.of(Ring))
        engine._clock._monotonic -= 5
        engine._wake.set()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        engine.tell(LegRinging(channel=edges.of(Ring)[0].channel))
        await until(lambda: isinstance(edges.kept[-1].input, LegRinging))
        assert not edges.of(HangUp)


async def test_the_engine_wakes_up_for_a_deadline_by_itself() -> None:
    edges = Edges()
    async with running(edges) as engine:
        engine.tell(ARRIVAL)
        await until(lambda: edges.of(Ring))
        engine.tell(LegGone(channel=edges.of(Ring)[0].channel, sip_status=486))
        await until(lambda: engine.distributor.state.agents[AYSE].not_ready == "no device")
        engine._clock._monotonic -= 4.9
        engine._wake.set()
        await until(lambda: len(edges.of(Ring)) == 2)


async def test_a_refused_request_changes_nothing_and_is_kept_with_the_reason() -> None:
    edges = Edges()
    async with running(edges, staffed=False) as engine:
        with pytest.raises(Refused, match="ayse is not logged in"):
            await engine.ask(SetStatus(agent=AYSE, status=AVAILABLE))
    assert edges.kept[-1].outcome == "refused"
    assert edges.kept[-1].detail == "ayse is not logged in"


async def test_a_request_is_answered_when_its_group_is_committed() -> None:
    edges = Edges()
    async with running(edges, staffed=False) as engine:
        edges.committed = asyncio.get_running_loop().create_future()
        asked = asyncio.create_task(engine.ask(LogIn(agent=AYSE, project=SUPPORT)))
        await until(lambda: engine.distributor.state.agents[AYSE].project)
        assert not asked.done()
        edges.committed.set_result(True)
        assert await asked is True


async def test_a_request_is_answered_after_a_second_although_the_database_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("acd.engine.DURABLE_WITHIN_S", 0.01)
    edges = Edges()
    async with running(edges, staffed=False) as engine:
        edges.committed = asyncio.get_running_loop().create_future()
        assert await engine.ask(LogIn(agent=AYSE, project=SUPPORT)) is False


@pytest.fixture
def buggy(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(turn: object, about: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setitem(core.FACTS, DigitPressed, broken)
    monkeypatch.setitem(core.REQUESTS, SetStatus, broken)


@pytest.mark.usefixtures("buggy")
async def test_a_bug_sets_aside_its_call_alone(caplog: pytest.LogCaptureFixture) -> None:
    edges = Edges()
    async with running(edges, staffed=False) as engine:
        other = Channel(NODE, ChannelId("in.2"))
        engine.tell(ARRIVAL)
        engine.tell(CallArrived(channel=other, number="700", caller="+90216"))
        engine.tell(DigitPressed(channel=CALLER, digit="1"))
        await until(lambda: "GiveBack" in [kind.__name__ for kind in edges.kinds()])
        assert list(engine.distributor.state.legs) == [other]
        bug = next(kept for kept in edges.kept if kept.outcome == "bug")
        assert "ZeroDivisionError: a bug" in bug.detail
        assert edges.kept[-1].kind == "quarantine"
    assert "bug in the core" in caplog.messages


@pytest.mark.usefixtures("buggy")
async def test_a_bug_in_a_request_is_the_askers_to_see(caplog: pytest.LogCaptureFixture) -> None:
    edges = Edges()
    request: Request = SetStatus(agent=AYSE, status=AVAILABLE)
    async with running(edges) as engine:
        with pytest.raises(Bug):
            await engine.ask(request)
        await until(lambda: engine.distributor.state.agents[AYSE].status == "Not responding")
    assert "bug in the core" in caplog.messages


@pytest.mark.usefixtures("buggy")
async def test_a_quarantine_that_fails_too_is_only_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    edges = Edges()
    async with running(edges, staffed=False) as engine:
        engine.tell(ARRIVAL)
        monkeypatch.setattr(core.quarantine, "quarantine", lambda turn, owner: 1 / 0)
        engine.tell(DigitPressed(channel=CALLER, digit="1"))
        await until(lambda: "quarantine failed" in caplog.messages)
        assert await engine.ask(LogIn(agent=AYSE, project=SUPPORT))


@pytest.mark.usefixtures("buggy")
async def test_three_bugs_in_a_minute_end_the_process(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    edges = Edges()
    engine = Engine(distributor=Distributor(run=1), perform=edges.perform, keep=edges.keep)
    for _ in range(3):
        engine.tell(DigitPressed(channel=CALLER, digit="1"))
    with pytest.raises(ExceptionGroup) as raised:
        await engine.run()
    assert raised.group_contains(TooManyBugs)


async def test_many_inputs_at_once_let_the_loop_have_its_turn() -> None:
    edges = Edges()
    async with running(edges, staffed=False) as engine:
        for n in range(500):
            channel = Channel(NODE, ChannelId(f"in.{n}"))
            engine.tell(CallArrived(channel=channel, number="700", caller="+90"))
        turns = 0
        while len(engine.distributor.state.legs) < 500:
            await asyncio.sleep(0)
            turns += 1
        assert turns >= 5
