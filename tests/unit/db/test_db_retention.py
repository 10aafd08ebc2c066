"""How much is deleted at once, and of which tables."""

from acd.db import moving, retention
from acd.db.retention import AIM_S, BATCH, FEWEST, _next_size
from acd.db.tables import agent_intervals, interactions

OF_THE_JOURNAL = {"journal", "snapshots", "sizes"}
KEPT = {
    "runs": "a row for each start",
    "live": "what is over is deleted from it at once",
    "erasures": "a row for each person that was erased",
    "accounts": "until somebody removes it",
    "tokens": "with the account, or when it has ended",
    "configurations": "one can go back to each",
    "configuration_sources": "one can go back to each",
    "entities": "what is in force",
}


def test_of_every_table_it_is_known_until_when_its_rows_are_kept() -> None:
    reports = {table.name for table in (*retention.PARTS, interactions, agent_intervals)}
    assert {*moving.metadata.tables} == reports | OF_THE_JOURNAL | {*KEPT}


def test_batches_shrink_while_they_take_long_and_grow_again() -> None:
    size, sizes = BATCH, []
    for _ in range(10):
        size = _next_size(size, 2 * AIM_S, BATCH)
        sizes.append(size)
    assert sizes[0] == BATCH // 2
    assert sizes[-1] == FEWEST
    for _ in range(10):
        size = _next_size(size, AIM_S / 2, BATCH)
    assert size == BATCH
