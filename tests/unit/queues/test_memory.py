"""What a strategy remembers, and what becomes of it when the queue's agents change."""

from collections import Counter

from acd.ids import AgentId, QueueName
from acd.queues import dice
from acd.queues.memory import Memory

A, B, C, D = map(AgentId, "abcd")
NEW = Memory.of(QueueName("sales"))


def test_the_last_of_each_priority_is_known() -> None:
    memory = NEW.offered(0, A).offered(5, B).offered(0, C)
    assert (memory.last_of(0), memory.last_of(5), memory.last_of(1)) == (C, B, None)
    assert (memory.key, memory.due) == ("sales", None)


def test_a_place_stays_when_others_come_go_and_change_places() -> None:
    memory = NEW.offered(0, B)
    assert memory.without((A, B, C), (C, B, D)) == memory


def test_who_is_removed_leaves_the_place_to_the_one_before() -> None:
    memory = NEW.offered(0, B)
    assert memory.without((A, B, C), (A, C)).last_of(0) == A
    assert memory.without((A, B, C), (C,)).last_of(0) == C
    assert memory.without((A, B, C), (D,)).last_of(0) is None
    assert NEW.offered(0, A).without((A, B, C), (B, C)).last_of(0) == C


def test_who_had_chosen_the_queue_keeps_the_place_whoever_is_assigned() -> None:
    memory = NEW.offered(0, D)
    assert memory.without((A, B), (A,)) == memory


def test_chance_is_fair_and_the_same_again() -> None:
    state, seen = dice.seed("sales"), Counter[int]()
    for _ in range(6000):
        seen[dice.draw(state, 0, 6)] += 1
        state = dice.after(state)
    assert all(900 < seen[side] < 1100 for side in range(6))
    assert dice.draw(dice.seed("sales"), 3, 100) == dice.draw(dice.seed("sales"), 3, 100)
    assert dice.seed("sales") != dice.seed("service")
