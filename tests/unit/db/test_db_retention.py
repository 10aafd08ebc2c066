"""How much is deleted at once."""

from acd.db.retention import AIM_S, BATCH, FEWEST, _next_size


def test_batches_shrink_while_they_take_long_and_grow_again() -> None:
    size, sizes = BATCH, []
    for _ in range(10):
        size = _next_size(size, 2 * AIM_S)
        sizes.append(size)
    assert sizes[0] == BATCH // 2
    assert sizes[-1] == FEWEST
    for _ in range(10):
        size = _next_size(size, AIM_S / 2)
    assert size == BATCH
