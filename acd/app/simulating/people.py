"""The people of a recording: they do what they did, and where that is not known something that they
or others have done. The same seed gives the same people, whatever is decided about them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from random import Random

from acd.app.simulating.patience import Patience, Seen
from acd.app.simulating.recording import Call, Phone, Reaction, Recording, Talk, Wait
from acd.ids import QueueName
from acd.routing.outbound import trunk_of

ENOUGH = 10
"""So many must have given up in a queue for its callers to have a patience of their own."""
RINGS, ANSWERS, ANSWERS_ITSELF, TALKS, ACCEPTS = (
    timedelta(seconds=seconds) for seconds in (0.2, 4, 0.4, 120, 2)
)
"""What phones and people do of whom nothing at all was recorded."""


class People:
    def __init__(self, recording: Recording, seed: int) -> None:
        self._seed = seed
        self._patience = _patience(recording.calls)
        self._talks: defaultdict[QueueName | None, list[timedelta]] = defaultdict(list)
        self._reactions: defaultdict[object, list[Reaction]] = defaultdict(list)
        for call in recording.calls:
            self._learn(call)
        for lengths in self._talks.values():
            lengths.sort()

    def patience(self, call: Call, nth: int) -> timedelta | None:
        """How long the caller waits the nth time, counted from 0; None is for ever."""
        seen = call.waits[nth] if nth < len(call.waits) else None
        if seen and seen.gave_up:
            return seen.lasted
        beyond = seen.lasted.total_seconds() if seen else 0.0
        queue = seen.queue if seen else call.waits[0].queue if call.waits else None
        estimate = self._patience.get(queue) or self._patience[None]
        drawn = estimate.draw(self._lot("patience", call, nth), beyond)
        return None if drawn is None else timedelta(seconds=drawn)

    def talk(self, call: Call, nth: int, queue: QueueName | None) -> Talk:
        """The caller's nth talk, which is in that queue now."""
        seen = call.talks[nth] if nth < len(call.talks) else None
        if seen and not seen.cut:
            return seen
        least = seen.lasted if seen else timedelta()
        lengths = self._talks.get(queue) or self._talks[None]
        longer = [length for length in lengths if length > least]
        lot = self._lot("talk", call, nth)
        lasted = longer[int(lot * len(longer))] if longer else max(least, TALKS)
        return Talk(lasted=lasted, queue=queue)

    def reaction(self, call: Call, phone: Phone, nth: int) -> Reaction:
        """What comes of it that the phone rings for the nth time for this call."""
        mine = call.reactions.get(phone, ())
        seen = mine[nth] if nth < len(mine) else None
        if seen and seen.cut is None:
            return seen
        lot = self._lot(f"phone {phone[0]}", call, nth)
        if seen is None:
            pool = self._pool(phone)
            return pool[int(lot * len(pool))] if pool else _usual(phone)
        # It rings as it did, and what then would have come is something that takes longer.
        longer = [each for each in self._pool(phone) if _is_later(each, seen)]
        then = longer[int(lot * len(longer))] if longer else Reaction()
        return replace(then, rings=then.rings if seen.rings is None else seen.rings)

    def _pool(self, phone: Phone) -> list[Reaction]:
        """That of the phone, or else of all of its kind."""
        return self._reactions.get(phone) or self._reactions[_kind(phone)]

    def _learn(self, call: Call) -> None:
        for talk in call.talks:
            if not talk.cut:
                self._talks[talk.queue].append(talk.lasted)
                if talk.queue is not None:
                    self._talks[None].append(talk.lasted)
        for phone, seen in call.reactions.items():
            known = [each for each in seen if each.cut is None]
            self._reactions[phone] += known
            self._reactions[_kind(phone)] += known

    def _lot(self, what: str, call: Call, nth: int) -> float:
        return Random(f"{self._seed} {what} {call.number} {nth}").random()


def _kind(phone: Phone) -> tuple[str, bool]:
    return ("a mobile" if trunk_of(phone[0]) else "an extension", phone[1])


def _is_later(reaction: Reaction, seen: Reaction) -> bool:
    """Whether it could be what would have come of the ringing that was taken back."""
    happens = reaction.ends if reaction.answers is None else reaction.answers
    return seen.cut is not None and (happens is None or happens > seen.cut)


def _usual(phone: Phone) -> Reaction:
    if phone[1]:
        return Reaction(answers=ANSWERS_ITSELF)
    return Reaction(rings=RINGS, answers=ANSWERS)


def _patience(calls: Iterable[Call]) -> dict[QueueName | None, Patience]:
    """For each queue in which enough have given up, and under None for all others."""
    waits: defaultdict[QueueName | None, list[Wait]] = defaultdict(list)
    for call in calls:
        for wait in call.waits:
            waits[wait.queue].append(wait)
    known = {queue: Patience(map(_seen, each)) for queue, each in waits.items()}
    kept: dict[QueueName | None, Patience] = {
        queue: one for queue, one in known.items() if queue and one.gave_up >= ENOUGH
    }
    queued = (wait for queue, each in waits.items() if queue for wait in each)
    return kept | {None: Patience(map(_seen, queued))}


def _seen(wait: Wait) -> Seen:
    return Seen(wait.lasted.total_seconds(), wait.gave_up)
