"""Passwords: their hashes (argon2id), made in threads of their own, and how a fit one looks."""

import asyncio
import os
import secrets
import threading
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from acd.http.accounts import UnfitPassword

AT_ONCE = 2
"""Hashes that are made at the same time; each takes a core and 46 MiB."""
NICE = 10
"""How much the threads give way, as nice(1) counts it."""
SHORTEST, LONGEST = 10, 200
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""None of those that look like another."""


T = TypeVar("T")


class Passwords:
    """hasher: how dear a hash is; what OWASP recommends, twice, takes some 90 ms."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher(time_cost=2, memory_cost=47_104, parallelism=1)
        self._threads = ThreadPoolExecutor(
            AT_ONCE, thread_name_prefix="argon2", initializer=_give_way
        )
        self._nobodys = _of_nothing(self._hasher)
        self.waiting = 0
        """Hashes asked for and not made yet."""

    async def hashed(self, password: str) -> str:
        return await self._in_thread(partial(self._hasher.hash, password))

    async def fits(self, password: str, password_hash: str) -> bool:
        """Whether it is the password. With an empty hash it is none, and takes as long."""
        return await self._in_thread(
            partial(self._verified, password_hash or self._nobodys, password)
        )

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verified(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _in_thread(self, work: partial[T]) -> T:
        self.waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self.waiting -= 1


def _give_way() -> None:
    """Have this thread run when no other wants to: calls come before log-ins."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)


def _of_nothing(hasher: PasswordHasher) -> str:
    """A hash of no password at all, as dear to try as any."""
    parameters = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    salt, digest = (
        b64encode(secrets.token_bytes(size)).decode().rstrip("=")
        for size in (hasher.salt_len, hasher.hash_len)
    )
    return f"$argon2id$v=19${parameters}${salt}${digest}"


def one_time() -> str:
    """A password to be told to somebody, who must change it: 60 random bits, in groups."""
    groups = ("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))
    return "-".join(groups)


def check(username: str, old: str, new: str) -> None:
    """See that it can be a password. Raises UnfitPassword."""
    if not SHORTEST <= len(new) <= LONGEST:
        raise UnfitPassword(f"a password has {SHORTEST} to {LONGEST} characters")
    if new == old:
        raise UnfitPassword("the new password is the old one")
    if username.lower() in new.lower():
        raise UnfitPassword("a password must not have the username in it")
