"""Patience that is censored: who was answered would have waited for longer."""

import pytest

from acd.app.simulating.patience import Patience, Seen

# Hang-ups after 2, 4 and 8 s; answered after 3, 5 and 10 s.
SIX = [Seen(2, True), Seen(3, False), Seen(4, True), Seen(5, False), Seen(8, True), Seen(10, False)]


def test_the_estimate_is_that_of_kaplan_and_meier() -> None:
    """By hand: 5/6, then 5/6 x 3/4, then that x 1/2."""
    patience = Patience(SIX)
    shares = [patience.share_after(second) for second in (1.9, 2, 3.9, 4, 7.9, 8, 20)]
    assert shares == pytest.approx([1, 5 / 6, 5 / 6, 5 / 8, 5 / 8, 5 / 16, 5 / 16])


def test_who_was_answered_is_not_taken_for_one_who_gave_up_nor_left_away() -> None:
    gave_up = Patience(seen for seen in SIX if seen.gave_up)
    none_censored = Patience(Seen(seen.seconds, True) for seen in SIX)
    assert gave_up.share_after(8) == 0
    assert none_censored.share_after(4) == pytest.approx(1 / 2)
    assert Patience(SIX).share_after(4) == pytest.approx(5 / 8)


def test_hang_ups_come_before_answers_of_the_same_moment() -> None:
    assert Patience([Seen(5, True), Seen(5, False)]).share_after(5) == pytest.approx(1 / 2)


def test_many_draws_have_the_shares_of_the_estimate() -> None:
    patience = Patience(SIX)
    drawn = [patience.draw((n + 0.5) / 1000) or 0 for n in range(1000)]
    for moment, share in ((2, 5 / 6), (4, 5 / 8), (8, 5 / 16)):
        assert sum(each > moment for each in drawn) / 1000 == pytest.approx(share, abs=0.002)


def test_who_has_waited_for_some_time_already_waits_for_longer() -> None:
    patience = Patience(SIX)
    drawn = [patience.draw((n + 0.5) / 1000, beyond=4) or 0 for n in range(1000)]
    assert min(drawn) == 8
    assert sum(each > 8 for each in drawn) / 1000 == pytest.approx(1 / 2, abs=0.002)


def test_beyond_the_longest_wait_as_many_give_up_a_second_as_over_the_whole_time() -> None:
    """Three in 32 s of waiting: a mean of 10.7 s from there on."""
    patience = Patience(SIX)
    beyond = [patience.draw((n + 0.5) / 1000, beyond=20) or 0 for n in range(1000)]
    assert min(beyond) >= 20
    assert sum(beyond) / 1000 - 20 == pytest.approx(32 / 3, rel=0.02)
    late = [each - 10 for n in range(1000) if (each := patience.draw((n + 0.5) / 1000) or 0) > 10]
    assert sum(late) / len(late) == pytest.approx(32 / 3, rel=0.03)


def test_where_nobody_gave_up_nobody_does() -> None:
    assert Patience([Seen(5, False)]).draw(0.99) is None
    assert Patience([]).draw(0.5, beyond=3) is None


def test_where_all_were_gone_the_moment_they_came_so_is_who_was_not_seen() -> None:
    """Nobody waited at all: of how many give up a second nothing is known."""
    assert Patience([Seen(0, True), Seen(0, True)]).draw(0.5) == 0
