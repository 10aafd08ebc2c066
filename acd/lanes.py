"""Lanes: effects being performed. Those of one lane are in order, lanes go side by side.

One task for each lane that has something to do.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress

from acd.effects import DestroyBridge, Effect, HangUp, Ring
from acd.facts import EffectFailed, Fact
from acd.ids import Lane

logger = logging.getLogger(__name__)

PUT_OFF_S = 0.2
"""So long at most what clears away waits for phones to be rung."""


class EffectError(Exception):
    """An effect could not be performed; unreachable: nobody answered at all."""

    def __init__(self, reason: str, *, unreachable: bool = False) -> None:
        super().__init__(reason)
        self.unreachable = unreachable


Perform = Callable[[Effect], Awaitable[Fact | None]]
"""Performs an effect, or raises EffectError; it may already know what follows, as a fact."""


class Lanes:
    """Effects are put in with add(), and begun with start()."""

    def __init__(self, perform: Perform, tell: Callable[[Fact], None]) -> None:
        self._perform = perform
        self._tell = tell
        self._effects: dict[Lane, deque[Effect]] = {}
        self._new: list[Lane] = []
        self._ringing: set[Lane] = set()
        """Those in which Asterisk is being asked to ring a phone just now."""
        self._calm = asyncio.Event()
        self._calm.set()

    def __len__(self) -> int:
        """How many there are: effects are being performed in them, or wait."""
        return len(self._effects)

    def add(self, effect: Effect) -> None:
        """The last one of its lane so far; nothing begins yet."""
        if effect.lane not in self._effects:
            self._effects[effect.lane] = deque()
            self._new.append(effect.lane)
        self._effects[effect.lane].append(effect)

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Begin what is new, phones first: where many agents come free at once, callers wait for
        that and for nothing else."""
        rings = [lane for lane in self._new if isinstance(self._effects[lane][0], Ring)]
        if rings:
            self._ringing.update(rings)
            self._calm.clear()
        for lane in (*rings, *(lane for lane in self._new if lane not in self._ringing)):
            tasks.create_task(self._run(lane), name=f"lane {lane}")
        self._new.clear()

    async def _run(self, lane: Lane) -> None:
        effects = self._effects[lane]
        while effects:
            effect = effects.popleft()
            if isinstance(effect, HangUp | DestroyBridge):
                await self._phones_are_rung()
            fact = await self._perform_one(effect)
            if fact:
                self._tell(fact)
            if lane in self._ringing:
                self._has_rung(lane)
        del self._effects[lane]

    async def _phones_are_rung(self) -> None:
        """Else Asterisk would be busy with what is over meanwhile."""
        if not self._calm.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(PUT_OFF_S):
                    await self._calm.wait()

    def _has_rung(self, lane: Lane) -> None:
        self._ringing.remove(lane)
        if not self._ringing:
            self._calm.set()

    async def _perform_one(self, effect: Effect) -> Fact | None:
        try:
            return await self._perform(effect)
        except EffectError as error:
            reason = str(error)
            logger.info("effect failed", extra={"effect": effect, "reason": reason})
            return EffectFailed(effect=effect, reason=reason, unreachable=error.unreachable)
        except Exception as error:
            # A fault of an edge is no reason to stop the lane, and with it the call.
            logger.exception("an edge failed", extra={"effect": effect})
            return EffectFailed(effect=effect, reason=repr(error))
