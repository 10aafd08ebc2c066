"""A crash right after the answer: what two have begun goes on, though no record of it was kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from acd.effects import HangUp
from acd.facts import CallArrived, PairFound
from acd.ids import AgentId, CallGroupName, Channel, ChannelId, ExtensionNumber
from acd.requests import LogIn
from acd.settings import CallGroup, Route
from acd.targets import Target
from tests.stories.acd import EXTENSIONS, SUPPORT, Acd, one_queue
from tests.stories.test_groups import house, phones
from tests.world.asterisk import NODE


@contextmanager
def nothing_kept(acd: Acd, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """All that happens is in the group that the crash takes along."""
    with monkeypatch.context() as patched:
        patched.setattr(acd.world, "keep", lambda: None)
        yield
        acd.world.crash()
    acd.world.settle()


def caller(acd: Acd) -> Channel:
    [only] = [on.channel for on in acd.world.asterisk.channels.values() if on.arrived]
    return only


def phone(acd: Acd) -> Channel:
    [only] = [on.channel for on in acd.world.asterisk.channels.values() if on.endpoint]
    return only


def legs(acd: Acd) -> dict[str, Channel]:
    return {leg.role: leg.channel for leg in acd.world.core.state.legs.values()}


@pytest.mark.parametrize("more", [{}, {"whisper": "sound:sales"}], ids=["", "with a whisper"])
def test_a_call_of_a_queue_that_has_just_come(
    monkeypatch: pytest.MonkeyPatch, more: dict[str, object]
) -> None:
    acd = Acd(one_queue("ayse", **more))  # type: ignore[arg-type]
    acd.at_work("ayse")
    with nothing_kept(acd, monkeypatch):
        acd.calls("first")
        acd.takes("ayse")
        if more:
            acd.world.asterisk.end_playback(phone(acd))
            acd.world.settle()
        pair = caller(acd), phone(acd)
    assert acd.world.hears(*pair)
    acd.expect(ayse="with first")
    assert len(acd.world.asterisk.rung) == 1, "the phone of one who talks was rung"
    acd.agent_hangs_up("ayse")
    acd.expect(ayse="acw")
    assert acd.outcomes("Offer") == acd.outcomes("Entry") == ["answered"]
    assert acd.outcomes("Interaction") == ["answered"]
    acd.all_go_home()


def test_a_call_that_has_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    acd = Acd(one_queue("ayse"))
    acd.calls("first")
    waits = list(acd.world.core.state.entries)
    acd.at_work("baris")
    acd.ask(LogIn(agent=AgentId("ayse"), project=SUPPORT))
    acd.rejects("ayse", 603)
    with nothing_kept(acd, monkeypatch):
        acd.pass_time(31)
        acd.takes("ayse")
        pair = caller(acd), phone(acd)
    assert acd.world.hears(*pair)
    acd.expect(ayse="with first")
    assert [row.key for row in acd.world.ended if type(row).__name__ == "Entry"] == waits
    acd.all_go_home()


def test_a_call_of_one_phone_to_another(monkeypatch: pytest.MonkeyPatch) -> None:
    acd = Acd(one_queue("ayse"))
    acd.at_work("ayse", "baris")
    with nothing_kept(acd, monkeypatch):
        acd.calls("ayse", "1002", extension=ExtensionNumber(EXTENSIONS["ayse"]))
        acd.world.asterisk.answer(legs(acd)["target"])
        acd.world.settle()
        pair = caller(acd), phone(acd)
    assert acd.world.hears(*pair)
    acd.expect(ayse="busy", baris="busy")
    acd.caller_hangs_up("ayse")
    acd.pass_time(1)
    acd.expect(ayse="idle", baris="idle")
    assert acd.outcomes("Interaction") == ["answered"]
    acd.all_go_home()


@pytest.mark.parametrize("number", ["600", "900"], ids=["of a group", "by a route"])
@pytest.mark.parametrize("extension", ["1001", "1009"], ids=["an agent's", "nobody's"])
def test_a_call_to_phones_without_a_queue(
    monkeypatch: pytest.MonkeyPatch, number: str, extension: str
) -> None:
    name, phones = CallGroupName("all"), (ExtensionNumber(extension),)
    routes = {"600": "group:all", "900": f"extension:{extension}"}
    acd = Acd(
        replace(
            one_queue("ayse"),
            call_groups={name: CallGroup(name=name, extensions=phones)},
            routes={number: Route(to=Target.of(to)) for number, to in routes.items()},
        )
    )
    acd.world.register(extension)
    with nothing_kept(acd, monkeypatch):
        acd.calls("first", number)
        acd.world.asterisk.answer(legs(acd)["target"])
        acd.world.settle()
        pair = caller(acd), phone(acd)
    assert acd.world.hears(*pair)
    assert len(acd.world.asterisk.rung) == 1, "the phone of one who talks was rung"
    acd.caller_hangs_up("first")
    assert acd.outcomes("Interaction") == ["answered"]
    acd.world.unregister(extension)
    acd.all_go_home()


def test_an_agent_whose_log_in_was_lost_too_has_no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the caller waits for another agent, and the phone is hung up."""
    acd = Acd(one_queue("ayse"))
    with nothing_kept(acd, monkeypatch):
        acd.at_work("ayse")
        acd.calls("first")
        acd.takes("ayse")
    acd.expect(ayse="logged out")
    acd.expect_waiting("first")
    assert list(legs(acd)) == ["caller"]
    assert not [on for on in acd.world.asterisk.channels.values() if on.endpoint]
    acd.all_go_home()


def test_a_phone_that_is_known_is_left_alone() -> None:
    acd = Acd(one_queue("ayse"))
    acd.at_work("ayse")
    acd.calls("first")
    acd.takes("ayse")
    state = acd.world.core.state
    before = list(state.legs.values())
    arrived = acd.world.asterisk.channels[caller(acd)].arrived
    assert arrived
    pair = PairFound(arrived=arrived, other=phone(acd), extension=ExtensionNumber("1001"))
    assert acd.world.core.handle(pair, acd.world.now).effects == ()
    assert list(state.legs.values()) == before


def test_a_phone_whose_owner_talks_with_somebody_else_is_hung_up() -> None:
    """It cannot be the owner who has answered it: a record of that would be there."""
    acd = Acd(one_queue("ayse"))
    acd.at_work("ayse")
    acd.calls("first")
    acd.takes("ayse")
    second = CallArrived(channel=Channel(NODE, ChannelId("in.9")), number="700", caller="+90212")
    other = Channel(NODE, ChannelId("1-9-1.3"))
    pair = PairFound(arrived=second, other=other, extension=ExtensionNumber("1001"))
    effects = acd.world.core.handle(pair, acd.world.now).effects
    assert [e.channel for e in effects if isinstance(e, HangUp)] == [other]
    assert [e.channel for e in acd.world.core.state.entries.values()] == [second.channel]


@pytest.mark.parametrize("known", [True, False], ids=["has waited", "has just come"])
def test_a_call_of_a_queue_that_was_picked_up(monkeypatch: pytest.MonkeyPatch, known: bool) -> None:
    acd = Acd(house())
    acd.at_work("ayse", "baris")
    if known:
        acd.calls("first")
        acd.rings("ayse")
    with nothing_kept(acd, monkeypatch):
        if not known:
            acd.calls("first")
        phones(acd, "baris", "*8")
        acd.expect(baris="with first")
    acd.expect(baris="with first")
    acd.caller_hangs_up("baris")
    acd.expect(baris="acw")
    assert not acd.is_there("first")
    assert acd.outcomes("Interaction") == ["answered"]
    acd.all_go_home()


@pytest.mark.parametrize("known", [True, False], ids=["has rung", "has just come"])
@pytest.mark.parametrize("number", ["1002", "600"])
def test_a_call_of_no_queue_that_was_picked_up(
    monkeypatch: pytest.MonkeyPatch, number: str, known: bool
) -> None:
    acd = Acd(house())
    if known:
        phones(acd, "ayse", number)
    with nothing_kept(acd, monkeypatch):
        if not known:
            phones(acd, "ayse", number)
        phones(acd, "cem", "*8")
    pair = acd._callers["ayse"], acd._callers["cem"]
    assert acd.world.hears(*pair)
    acd.expect(ayse="logged out", cem="logged out")
    assert not [on for on in acd.world.asterisk.channels.values() if on.endpoint]
    acd.caller_hangs_up("cem")
    assert not acd.is_there("ayse")
    assert acd.outcomes("Interaction") == ["answered"]
    acd.all_go_home()
