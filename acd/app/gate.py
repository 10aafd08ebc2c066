"""A gate through which commands go, and which can be shut so that none is under way."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager


class Shut(Exception):
    """The gate is shut: nothing goes through now."""


class Gate:
    def __init__(self) -> None:
        self._shut = False
        self._inside = 0
        self._empty = asyncio.Event()
        self._empty.set()

    @contextmanager
    def through(self) -> Iterator[None]:
        """Be under way. Raises Shut."""
        if self._shut:
            raise Shut
        self._inside += 1
        self._empty.clear()
        try:
            yield
        finally:
            self._inside -= 1
            if not self._inside:
                self._empty.set()

    @asynccontextmanager
    async def shut(self) -> AsyncIterator[None]:
        """Let nothing more through; begins when all that was under way has ended."""
        self._shut = True
        try:
            await self._empty.wait()
            yield
        finally:
            self._shut = False
