"""What the API is made from: functions of the rest of the program, handed in by it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from acd.http.accounts import Accounts
from acd.http.configuration import Desk
from acd.http.live import Tables
from acd.http.lost import Lost
from acd.http.metrics import Metrics
from acd.http.stream import Stream
from acd.requests import Request

Ask = Callable[[Request], Awaitable[bool]]
"""Puts a request to the core; gives whether it is committed. Raises Refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """tables and now are read anew at every request."""

    ask: Ask
    tables: Callable[[], Tables]
    now: Callable[[], datetime]
    database_away: Callable[[], bool]
    unwritten: Callable[[], int]
    """Lines of the journal that wait to be written."""
    loop_lag: Callable[[], Mapping[str, int]]
    run: int
    accounts: Accounts
    configuration: Desk
    stream: Stream
    metrics: Metrics
    lost: Lost
