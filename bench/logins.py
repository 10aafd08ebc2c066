"""How late the loop is while people log in, and while somebody guesses passwords."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Any

import aiohttp
import yaml

from acd.app.accounts import new_account
from acd.app.database import open_store
from acd.app.passwords import Passwords
from acd.db.accounts import AccountRows
from acd.permissions import Role
from bench.figures import Figure, median, quantile
from bench.lag import Lags
from bench.process import API, AcdProcess
from bench.site import Place

PART = "login"
RATE = 3.0
SECONDS = 20
USERS = 6
GUESSERS = 20
"""Who guess at once, each as fast as it is answered."""
PASSWORD = "battery staple"
GOAL_MS = 20.0


async def measure(place: Place) -> list[Figure]:
    """Three log-ins a second of people who know their password; then the same beside guessers."""
    written = place.configure("login", phones=5)
    await _make_users(yaml.safe_load(await asyncio.to_thread(written.read_text))["database"])
    async with place.acd(written) as acd, aiohttp.ClientSession() as session:
        before = await Lags.of(acd)
        calm = await _log_ins(acd, session)
        between = await Lags.of(acd)
        guessing = [asyncio.create_task(_guess(acd)) for _ in range(GUESSERS)]
        hunted = await _log_ins(acd, session)
        after = await Lags.of(acd)
        for task in guessing:
            task.cancel()
        guesses = await asyncio.gather(*guessing, return_exceptions=True)
        errors = acd.errors()
    told = [guess for guess in guesses if isinstance(guess, Exception)]
    return [
        *_figures("", calm, between - before, f"{RATE:g}/s for {SECONDS} s"),
        *_figures(f" beside {GUESSERS} guessers", hunted, after - between, ""),
        Figure(part=PART, name="errors", value=len(errors) + len(told), unit="", goal=0),
    ]


def _figures(beside: str, log_ins: list[float], lags: Lags, note: str) -> list[Figure]:
    def figure(name: str, value: float, **more: Any) -> Figure:
        return Figure(part=PART, name=name + beside, value=value, unit="ms", **more)

    return [
        figure("log-in, p50", median(log_ins), note=note),
        figure("log-in, p99", quantile(log_ins, 0.99)),
        figure("loop lag, p99", lags.quantile_ms(0.99), goal=GOAL_MS),
        figure("loop lag, most", lags.longest_ms),
    ]


async def _make_users(database: str) -> None:
    store = await open_store(database)
    hashing = Passwords()
    for name in _users():
        now = datetime.now(UTC)
        account = await new_account(hashing, name, Role.SUPERVISOR, PASSWORD, now)
        await AccountRows(store).add(account)
    hashing.close()
    await store.close()


def _users() -> list[str]:
    return [f"user{number}" for number in range(USERS)]


async def _log_ins(acd: AcdProcess, session: aiohttp.ClientSession) -> list[float]:
    """Milliseconds of each; one that is slow does not hold up the next."""
    asked = []
    begun = time.monotonic()
    for number in range(round(RATE * SECONDS)):
        await asyncio.sleep(max(0.0, begun + number / RATE - time.monotonic()))
        name = _users()[number % USERS]
        asked.append(asyncio.create_task(_log_in(acd, session, name, PASSWORD, 200)))
    return [1000 * seconds for seconds in await asyncio.gather(*asked)]


async def _log_in(
    acd: AcdProcess, session: aiohttp.ClientSession, name: str, password: str, *expected: int
) -> float:
    """Seconds until it is answered. Raises ValueError for another status."""
    body = {"username": name, "password": password}
    began = time.perf_counter()
    async with session.post(f"{acd.url}/{API}/login", json=body) as answer:
        await answer.read()
        if answer.status not in expected:
            raise ValueError(f"{name} is answered {answer.status}")
    return time.perf_counter() - began


async def _guess(acd: AcdProcess) -> None:
    """From address after address, as a proxy would say: the hardest to keep off."""
    number = 0
    async with aiohttp.ClientSession() as session:
        while True:
            number += 1
            session.headers["X-Forwarded-For"] = f"192.0.2.{number % 250}"
            await _log_in(acd, session, f"nobody{number}", "wrong", 401, 429)
