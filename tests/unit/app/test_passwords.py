"""Passwords: argon2id in threads, at most two at once, and fit ones."""

import asyncio
import os
import re
import threading
import time
from collections.abc import AsyncIterator

import pytest
from argon2 import PasswordHasher

from acd.app import passwords
from acd.app.passwords import Passwords
from acd.http.accounts import UnfitPassword


class Slow(PasswordHasher):
    """It counts how many are made at once, and in which threads."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.threads: set[str] = set()
        self.nice: set[int] = set()
        self.most = 0
        self._now = 0
        self._lock = threading.Lock()
        self.go_on = threading.Event()

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        self.threads.add(threading.current_thread().name)
        self.nice.add(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        self.go_on.wait(10)
        with self._lock:
            self._now -= 1
        return super().hash(password)


@pytest.fixture
async def cheap() -> AsyncIterator[Passwords]:
    made = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    yield made
    made.close()


async def test_a_password_fits_its_hash_and_no_other(cheap: Passwords) -> None:
    made = await cheap.hashed("correct horse")
    assert made.startswith("$argon2id$")
    assert await cheap.fits("correct horse", made)
    assert not await cheap.fits("wrong horse", made)
    assert not await cheap.fits("", made)
    assert not await cheap.fits("correct horse", "nonsense")


async def test_hashes_are_made_in_threads_and_two_at_once() -> None:
    slow = Slow()
    made = Passwords(slow)
    hashing = [asyncio.create_task(made.hashed("x")) for _ in range(6)]
    end = time.monotonic() + 10
    while slow.most < 2 and time.monotonic() < end:
        await asyncio.sleep(0.001)
    # The loop turns meanwhile: here we are.
    assert made.waiting == 6
    slow.go_on.set()
    await asyncio.gather(*hashing)
    assert (slow.most, made.waiting) == (2, 0)
    assert threading.main_thread().name not in slow.threads
    # The loop's thread goes before them.
    assert min(slow.nice) > os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    made.close()


async def test_nobodys_password_is_as_dear_to_try_as_anybodys() -> None:
    hasher = PasswordHasher(time_cost=3, memory_cost=4096, parallelism=1)
    made = Passwords(hasher)
    hashed = await made.hashed("correct horse")

    async def cpu(password_hash: str) -> float:
        began = time.process_time()
        assert not await made.fits("wrong horse", password_hash)
        return time.process_time() - began

    somebodys = sorted([await cpu(hashed) for _ in range(9)])[4]
    nobodys = sorted([await cpu("") for _ in range(9)])[4]
    assert 0.5 < nobodys / somebodys < 2
    made.close()


def test_a_one_time_password_can_be_read_out_and_is_never_the_same() -> None:
    made = {passwords.one_time() for _ in range(50)}
    assert len(made) == 50
    assert all(re.fullmatch(r"([a-z2-9]{4}-){2}[a-z2-9]{4}", one) for one in made)
    for one in made:
        passwords.check("ayse", "", one)


@pytest.mark.parametrize(
    ("new", "why"),
    [
        ("short", "10 to 200 characters"),
        ("x" * 201, "10 to 200 characters"),
        ("the old one", "is the old one"),
        ("iamAYSEhello", "the username in it"),
    ],
)
def test_an_unfit_password_says_why(new: str, why: str) -> None:
    with pytest.raises(UnfitPassword, match=why):
        passwords.check("ayse", "the old one", new)
