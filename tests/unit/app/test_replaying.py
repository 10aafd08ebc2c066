"""Replaying: what is different is found and named, what cannot be known is said."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pydantic_core import to_jsonable_python

from acd.app.replaying import Difference, Explained, Gap, Otherwise, Replay
from acd.distributor import Distributor, Node, core, matching
from acd.effects import HangUp, Ring
from acd.facts import DigitPressed, LegAnswered
from acd.requests import LogIn, LogOut, Refused
from acd.settings import RingMode
from tests.property.journalled import JournalledWorld
from tests.stories.acd import EXTENSIONS, SALES, Acd, one_queue, queue_settings, settings
from tests.world.asterisk import NODE


class JournalledAcd(Acd):
    """A story with a journal."""

    def __init__(self, of: Any = None) -> None:
        of = of or one_queue("ayse", "baris")
        self.world: Any = JournalledWorld(of)
        self._second_call = False
        self._callers = {}
        self._started = True
        self.world.disturbed = False
        self.world.apply(of)
        self.world.reconnect()
        for number in EXTENSIONS.values():
            self.world.register(number)


def a_talk() -> JournalledAcd:
    acd = JournalledAcd()
    acd.at_work("ayse")
    acd.calls("first")
    acd.takes("ayse")
    return acd


def test_a_story_is_decided_the_same_again_also_across_a_restart() -> None:
    acd = a_talk()
    acd.world.crash()
    acd.world.settle()
    acd.caller_hangs_up("first")
    acd.pass_time(15)
    assert {line.run for line in acd.world.lines()} == {1, 2}
    assert acd.world.replay() is None


def test_why_an_offer_was_made_is_told_in_the_same_words_again() -> None:
    acd = a_talk()
    replay = Replay(seq=0, run=0)
    for line in acd.world.lines():
        assert replay.take(line) is None
    [(offer, explanation)] = replay.explained.items()
    words = to_jsonable_python(explanation)
    assert words["key"][0].startswith("idle since 2026-01-05 09:00:01")
    assert replay.compare_words({offer: words}) is None
    assert replay.explained == {}
    replay.explained[offer] = explanation
    assert replay.compare_words({}) is None, "retention has taken it"
    replay.explained[offer] = explanation
    other = {**words, "key": ["drawn by lot"]}
    assert replay.compare_words({offer: other}) == Explained(offer=offer, then=other, now=words)


def test_the_key_that_accepts_is_replayed() -> None:
    of = settings(queue_settings(SALES, "700", "ayse"), ring=RingMode.MOBILE)
    acd = JournalledAcd(of)
    acd.at_work("ayse")
    acd.calls("first")
    acd.rings("ayse", mobile=True)
    acd.answers("ayse", mobile=True)
    acd.presses("ayse", "7")
    acd.presses("ayse", "1")
    acd.expect(ayse="with first")
    digits = [line.input for line in acd.world.lines() if isinstance(line.input, DigitPressed)]
    assert [digit.digit for digit in digits] == ["7", "1"]
    assert acd.world.replay() is None


def test_a_restart_while_the_node_is_away_is_replayed_from_any_moment() -> None:
    """What a beginning changes is kept: a node is not up until it has been found."""
    acd = a_talk()
    world = acd.world
    begun = Distributor(run=2, rows=world.kept.values()).begun
    assert [row.row for row in begun if isinstance(row.row, Node)] == [
        Node(id=NODE, up=False, started=world.core.state.nodes[NODE].started)
    ]
    world.reconnect = lambda: None
    world.crash()
    acd.at_work("baris")
    world.keep()
    assert not world.core.state.nodes[NODE].up
    for seq in world.snapshots:
        assert world.replay(seq) is None


@pytest.fixture
def other_order(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """A change of the code: everything is offered to baris."""

    def change() -> None:
        honest = matching.offer
        monkeypatch.setattr(
            matching,
            "offer",
            lambda turn, entry, agent, why: honest(turn, entry, "baris", why),
        )

    return change


def test_a_change_of_the_code_is_found_at_the_first_input_it_decides(
    other_order: Callable[[], None],
) -> None:
    acd = JournalledAcd()
    acd.at_work("ayse", "baris")
    acd.calls("first")
    acd.takes("ayse")
    other_order()
    found = acd.world.replay()
    assert isinstance(found, Difference)
    assert found.line.kind == "fact"
    place, then, now = found.first
    assert isinstance(then, Ring)
    assert isinstance(now, Ring)
    assert (then.endpoint, now.endpoint) == ("PJSIP/1001", "PJSIP/1002")
    assert found.recorded.effects[: place - 1] == found.now.effects[: place - 1]


def test_a_state_that_is_not_the_snapshots_is_found_though_nothing_was_decided_yet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    acd = a_talk()
    acd.at_work("baris")
    honest = core.REQUESTS[LogIn]

    def with_a_miss(turn: Any, request: Any) -> None:
        honest(turn, request)
        turn.state.put(replace(turn.state.agents[request.agent], misses=2))

    monkeypatch.setitem(core.REQUESTS, LogIn, with_a_miss)
    found = acd.world.replay()
    assert isinstance(found, Otherwise)
    [(then, now)] = found.rows
    assert (then.misses, now.misses) == (0, 2)


def test_a_refusal_is_replayed_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    acd = a_talk()
    with pytest.raises(Refused):
        acd.world.ask(LogOut(agent="baris"))
    acd.world.keep()
    assert acd.world.replay() is None

    def refuse(_turn: Any, _request: Any) -> None:
        raise Refused("another reason")

    monkeypatch.setitem(core.REQUESTS, LogOut, refuse)
    found = acd.world.replay()
    assert isinstance(found, Difference)
    assert found.first == (0, None, None)
    assert (found.recorded.detail, found.now.detail) == ("baris is not logged in", "another reason")


def test_a_bug_and_the_quarantine_after_it_are_replayed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as it is there; a program without it decides differently, and says so."""
    acd = JournalledAcd()
    acd.at_work("ayse")
    acd.calls("first")
    acd.rings("ayse")

    def broken(_turn: Any, _fact: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as bug:
        bug.setitem(core.FACTS, LegAnswered, broken)
        ringing = acd.world.ringing()[0].channel
        with pytest.raises(core.Bug) as met:
            acd.world.core.handle(LegAnswered(channel=ringing), acd.world.now)
        decision = acd.world.core.quarantine(met.value.owner, acd.world.now)
        acd.world._take(decision)
        acd.world.keep()
        assert [line.outcome for line in acd.world.lines()[-2:]] == ["bug", "ok"]
        assert any(isinstance(effect, HangUp) for effect in decision.effects)
        assert acd.world.replay() is None
    found = acd.world.replay()
    assert isinstance(found, Difference)
    assert (found.recorded.outcome, found.now.outcome) == ("bug", "ok")


def test_a_deadline_that_is_none_any_more_is_a_difference() -> None:
    acd = a_talk()
    acd.caller_hangs_up("first")
    acd.pass_time(15)
    deadlines = [line for line in acd.world.lines() if line.kind == "deadline"]
    assert deadlines
    first = deadlines[0]
    replay = Replay(seq=first.seq - 1, run=1, rows=[])
    found = replay.take(first)
    assert found is not None
    assert found.now.outcome == "nothing is due"


def test_missing_lines_are_told_by_their_numbers() -> None:
    lines = a_talk().world.lines()
    replay = Replay()
    replay.take(lines[0])
    with pytest.raises(Gap, match="the lines 2 to 4 of the journal are missing"):
        replay.take(lines[4])
