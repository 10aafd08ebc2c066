"""An entry: whether it wants an agent, whom it is not offered to, when it must be looked at."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from acd.ids import AgentId, Channel, ChannelId, EntryId, InteractionId, NodeId, OfferId, QueueName
from acd.queues.entry import Entry, EntryKind, EntryOutcome

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
AYSE, BARIS = AgentId("ayse"), AgentId("baris")
OFFER = OfferId("1-1-1.2")
WAITING = Entry(
    id=EntryId("1-1-1.1"),
    interaction=InteractionId("1-1"),
    queue=QueueName("sales"),
    kind=EntryKind.CALLER,
    channel=Channel(NodeId("a"), ChannelId("in.1")),
    order_since=NOW,
    entered_at=NOW,
)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("entry", "one", "many"),
    [
        (WAITING, True, True),
        (replace(WAITING, offers=(OFFER,)), False, True),
        (replace(WAITING, offers=(OFFER,), winner=OFFER), False, False),
        (replace(WAITING, not_before=NOW), False, False),
        (replace(WAITING, outcome=EntryOutcome.ANSWERED), False, False),
    ],
    ids=["waits", "is offered", "has a winner", "pauses", "is over"],
)
def test_whether_it_should_be_offered(entry: Entry, one: bool, many: bool) -> None:
    assert (entry.wants(many=False), entry.wants(many=True)) == (one, many)


def test_who_has_refused_it_is_left_out_for_a_while() -> None:
    entry = WAITING.exclude(AYSE, after(5)).exclude(BARIS, after(30))
    assert entry.excluded_agents == {AYSE, BARIS}
    assert entry.at(after(4.9)) == entry
    assert entry.at(after(5)).excluded_agents == {BARIS}
    assert entry.at(after(30)) == WAITING


def test_the_last_exclusion_of_an_agent_stands() -> None:
    entry = WAITING.exclude(AYSE, after(30)).exclude(AYSE, after(5))
    assert [(e.agent, e.until) for e in entry.excluded] == [(AYSE, after(5))]


def test_a_pause_is_over_at_its_very_end() -> None:
    paused = replace(WAITING, not_before=after(300))
    assert paused.at(after(299)) == paused
    assert paused.at(after(300)) == WAITING


def test_the_earliest_of_what_it_waits_for_is_the_deadline() -> None:
    assert WAITING.due is None
    entry = replace(WAITING, expires_at=after(1000))
    assert entry.due == after(1000)
    entry = replace(entry, not_before=after(300))
    assert entry.due == after(300)
    assert entry.exclude(AYSE, after(30)).exclude(BARIS, after(5)).due == after(5)


def test_its_life_does_not_end_by_itself() -> None:
    """What becomes of one that has waited for too long is for the distributor to say."""
    old = replace(WAITING, expires_at=after(10))
    assert old.at(after(11)) == old


def test_an_entry_is_known_by_its_id() -> None:
    assert WAITING.key == WAITING.id
