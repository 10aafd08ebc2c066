"""What waits for the database, in order and within limits."""

import asyncio
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.calls.interaction import Interaction, InteractionOutcome
from acd.db.backlog import Backlog, Limits
from acd.db.group import Line
from acd.distributor.state import Node
from acd.ids import InteractionId, NodeId

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


def line(seq: int, answer: "asyncio.Future[bool] | None" = None) -> Line:
    at = NOW + timedelta(seconds=seq)
    return Line(values={"seq": seq, "at": at}, size=1000, answer=answer)


def interaction(number: int, made: int = 0) -> Interaction:
    return Interaction(
        id=InteractionId(f"1-{number}"),
        node=NodeId("a"),
        caller="+90",
        number="700",
        started_at=NOW,
        made=made,
    )


def ended(number: int) -> Interaction:
    return replace(interaction(number), outcome=InteractionOutcome.LOST)


def test_lines_go_out_in_the_order_in_which_they_came() -> None:
    backlog = Backlog(Limits())
    backlog.write_down(line(1))
    assert [one.values["seq"] for one in backlog.begin().lines] == [1]
    backlog.write_down(line(2))
    backlog.failed()
    backlog.write_down(line(3))
    assert [one.values["seq"] for one in backlog.begin().lines] == [1, 2, 3]
    backlog.written(set())
    assert not backlog


def test_only_the_newest_of_a_live_row_is_kept() -> None:
    backlog = Backlog(Limits())
    for made in range(1000):
        backlog.put(interaction(1, made))
        if made % 100 == 0:
            backlog.begin()
            backlog.failed()
    assert backlog.begin().live_rows() == [interaction(1, 999)]


def test_a_row_that_came_and_went_while_the_database_was_away_is_only_reported() -> None:
    backlog = Backlog(Limits())
    backlog.put(interaction(1))
    backlog.end(ended(1))
    group = backlog.begin()
    assert not group.live_rows()
    assert not group.gone
    assert list(group.ended.values()) == [ended(1)]


def test_a_row_that_the_database_may_have_is_deleted_when_it_has_ended() -> None:
    backlog = Backlog(Limits())
    backlog.put(interaction(1))
    backlog.begin()
    backlog.failed()
    backlog.end(ended(1))
    group = backlog.begin()
    assert not group.live_rows()
    assert list(group.gone) == [(Interaction, "1-1")]


def test_a_row_that_ended_without_a_report_is_deleted_and_may_come_again() -> None:
    node = Node(id=NodeId("a"), up=True)
    backlog = Backlog(Limits(), [(Node, node.key)])
    backlog.end(node)
    assert list(backlog.begin().gone) == [(Node, "a")]
    backlog.failed()
    backlog.put(node)
    group = backlog.begin()
    assert (group.live_rows(), group.gone) == ([node], {})


def test_a_row_that_is_back_has_not_ended() -> None:
    backlog = Backlog(Limits())
    backlog.end(ended(1))
    backlog.put(interaction(1))
    assert not backlog.begin().ended
    backlog.failed()
    backlog.end(ended(1))
    backlog.begin()
    backlog.failed()
    backlog.put(interaction(1))
    assert not backlog.begin().ended


@pytest.mark.parametrize("limits", [Limits(lines=100), Limits(bytes=100_000)])
async def test_at_the_limit_the_oldest_lines_are_dropped_and_it_is_said_once(
    limits: Limits, caplog: pytest.LogCaptureFixture
) -> None:
    backlog = Backlog(limits)
    answer = asyncio.get_running_loop().create_future()
    backlog.write_down(line(0, answer))
    for seq in range(1, 1000):
        backlog.write_down(line(seq))
        assert backlog.lines <= 100
    seqs = [one.values["seq"] for one in backlog.begin().lines]
    assert seqs == list(range(1000 - len(seqs), 1000))
    assert backlog.dropped.lines == 1000 - len(seqs)
    assert answer.result() is False
    (said,) = caplog.records
    assert said.levelno == logging.ERROR
    assert said.__dict__["journal_lines"] > 0


def test_what_is_being_written_is_not_dropped_nor_the_newest_for_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    backlog = Backlog(Limits(lines=100))
    for seq in range(100):
        backlog.write_down(line(seq))
    group = backlog.begin()
    for seq in range(100, 300):
        backlog.write_down(line(seq))
        assert backlog.lines <= 200
    assert [one.values["seq"] for one in group.lines] == list(range(100))
    assert caplog.records
    backlog.failed()
    assert backlog.lines <= 100
    assert backlog.begin().lines[-1].values["seq"] == 299


def test_the_limit_holds_though_only_live_rows_are_left_of_what_could_not_be_written(
    caplog: pytest.LogCaptureFixture,
) -> None:
    backlog = Backlog(Limits(lines=100))
    backlog.put(interaction(1))
    backlog.begin()
    backlog.failed()
    for seq in range(1000):
        backlog.write_down(line(seq))
        assert backlog.lines <= 100
    assert caplog.records


def test_at_the_limit_the_rows_that_ended_first_are_dropped(
    caplog: pytest.LogCaptureFixture,
) -> None:
    backlog = Backlog(Limits(ended_rows=100))
    for number in range(1000):
        backlog.put(interaction(number))
        backlog.end(ended(number))
        assert backlog.ended_rows <= 100
    assert ended(999) in backlog.begin().ended.values()
    assert backlog.dropped.ended_rows == 1000 - backlog.ended_rows
    assert len(caplog.records) == 1


MOVES = st.lists(
    st.tuples(st.sampled_from(["put", "end", "fail", "succeed"]), st.integers(0, 3)), max_size=40
)


@given(MOVES, st.booleans())
def test_the_database_ends_up_with_the_live_rows_whatever_fails(
    moves: list[tuple[str, int]], answer_is_lost: bool
) -> None:
    """A failed try has changed nothing, or everything and only its answer was lost."""
    backlog = Backlog(Limits())
    database: dict[object, object] = {}
    live: dict[object, object] = {}

    def write() -> None:
        group = backlog.begin()
        for key in group.gone:
            database.pop(key, None)
        database.update({(type(row), row.key): row for row in group.live_rows()})

    for made, (move, number) in enumerate(moves):
        key = (Interaction, f"1-{number}")
        match move:
            case "put":
                live[key] = interaction(number, made)
                backlog.put(live[key])
            case "end" if key in live:
                del live[key]
                backlog.end(ended(number))
            case "fail":
                write() if answer_is_lost else backlog.begin()
                backlog.failed()
            case "succeed":
                write()
                backlog.written(set())
                assert database == live
    write()
    assert database == live
