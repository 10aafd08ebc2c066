"""Accounts: who somebody is, by password or by token; the API's Accounts."""

import asyncio
import hashlib
import logging
import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext, suppress
from datetime import datetime, timedelta
from typing import TypeVar

from acd.app import passwords
from acd.app.passwords import AT_ONCE, Passwords
from acd.app.throttle import Throttle
from acd.db import DatabaseError
from acd.db.accounts import Account, AccountRows, TokenRow
from acd.http.accounts import (
    AccountsAway,
    NewToken,
    Session,
    Token,
    TooManyTries,
    UnfitPassword,
    WrongPassword,
)
from acd.ids import AgentId
from acd.permissions import Key, Role, User, allowed

logger = logging.getLogger(__name__)

T = TypeVar("T")
LASTS = timedelta(hours=24)
"""So long a log-in is good for."""
PATIENCE_S = 2.0
"""So long the database is waited for."""
LOOK_EVERY_S = 1.0
"""How soon open connections learn that their token has ended."""
NOTE_EVERY = timedelta(seconds=30)
"""How often it is written when tokens were last shown."""
STRANGERS = 40
"""So many who have not been there before may wait for their password to be looked at."""
REMEMBERED = 10_000
FIRST = "admin"
LOCAL = Session(user=User(username="(this machine)", role=Role.ADMIN), token="")
"""Whoever may read the file with the process's own token."""


class Accounts:
    """away: whether the database is known to be away."""

    def __init__(
        self,
        rows: AccountRows,
        *,
        now: Callable[[], datetime],
        away: Callable[[], bool],
        passwords: Passwords | None = None,
    ) -> None:
        self._rows = rows
        self._now = now
        self._away = away
        self._passwords = passwords or Passwords()
        self._throttle = Throttle()
        # Of the two hashes at once strangers have one: who guesses holds up nobody who is known.
        self._strangers = asyncio.Semaphore(AT_ONCE - 1)
        self.waiting_strangers = 0
        self._seen: OrderedDict[str, tuple[Session, datetime | None]] = OrderedDict()
        self._used: dict[str, datetime] = {}
        self._noted_at = now()
        self._open: dict[str, set[asyncio.Future[None]]] = {}
        self._look = asyncio.Event()
        self.local_secret = secrets.token_urlsafe(32)
        """The token of this process's own, for people of this machine: it dies with it."""

    async def make_first(self) -> None:
        """Where there is no account make one, and tell its password, this once. Raises
        DatabaseUnavailable."""
        if await self._rows.all():
            return
        password = passwords.one_time()
        account = await new_account(self._passwords, FIRST, Role.ADMIN, password, self._now())
        if await self._rows.add_first(account):
            logger.info(
                "the first account is made: log in with this one-time password and change it",
                extra={"user": FIRST, "password": password},
            )

    async def run(self) -> None:
        """Look after open connections, and write down which tokens were shown."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._look.wait()
            self._look.clear()
            try:
                await self._close_ended()
                await self._note_used()
            except DatabaseError as error:
                logger.debug("accounts cannot be looked at", extra={"reason": str(error)})

    def close(self) -> None:
        self._passwords.close()

    # Tokens.

    async def session(self, secret: str) -> Session | None:
        if secrets.compare_digest(_bytes(secret), _bytes(self.local_secret)):
            return LOCAL
        digest = _digest(secret)
        if self._away():
            return self._remembered(digest)
        try:
            found = await _soon(self._rows.holder(digest, self._now()))
        except AccountsAway:
            return self._remembered(digest)
        if found is None:
            self._seen.pop(digest, None)
            return None
        token, account = found
        session = Session(user=_user(account), token=token.id)
        self._remember(digest, session, token.expires_at)
        self._used[token.id] = self._now()
        return session

    def _remember(self, digest: str, session: Session, expires_at: datetime | None) -> None:
        self._seen[digest] = session, expires_at
        self._seen.move_to_end(digest)
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)

    def _remembered(self, digest: str) -> Session | None:
        """While the database is away who was known goes on working, as calls do. Raises
        AccountsAway for one who was not."""
        if digest not in self._seen:
            raise AccountsAway
        session, expires_at = self._seen[digest]
        return session if expires_at is None or self._now() < expires_at else None

    async def tokens(self, session: Session) -> Sequence[Token]:
        rows = await _soon(self._rows.tokens_of(session.user.username))
        return [
            Token(
                id=row.id,
                name=row.name,
                created_at=row.created_at,
                expires_at=row.expires_at,
                used_at=self._used.get(row.id, row.used_at),
            )
            for row in rows
        ]

    async def revoke(self, session: Session, token: str) -> bool:
        ended = await _soon(self._rows.end_token(session.user.username, token))
        self._look.set()
        return ended

    async def may_work(self, username: str) -> bool:
        """Whether the account of that name may work as the agent; also if there is none, and while
        the database is away."""
        try:
            account = await _soon(self._rows.find(username))
        except AccountsAway:
            return True
        return account is None or may_work(account)

    async def until_ended(self, session: Session) -> None:
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting = self._open.setdefault(session.token, set())
        waiting.add(ended)
        try:
            await ended
        finally:
            waiting.discard(ended)
            if not waiting and self._open.get(session.token) is waiting:
                del self._open[session.token]

    @property
    def open_connections(self) -> int:
        """How many wait for the end of their session."""
        return sum(map(len, self._open.values()))

    async def _close_ended(self) -> None:
        ids = self._open.keys() - {LOCAL.token}
        if not ids or self._away():
            return
        for token in ids - await self._rows.valid(ids, self._now()):
            for ended in self._open.get(token, ()):
                if not ended.done():
                    ended.set_result(None)

    async def _note_used(self) -> None:
        if not self._used or self._away() or self._now() - self._noted_at < NOTE_EVERY:
            return
        self._noted_at = self._now()
        used = dict(self._used)
        await self._rows.note_used(used)
        self._used = {token: at for token, at in self._used.items() if used.get(token) != at}

    # Passwords.

    async def log_in(self, username: str, password: str, *, address: str, name: str) -> NewToken:
        account = await self._account(username, password, address)
        secret, now = new_secret(), self._now()
        row = new_token(username, secret, name, now, now + LASTS)
        await _soon(self._rows.add_token(row))
        await _soon(self._rows.note_log_in(username, now))
        logger.info("logged in", extra={"user": username, "address": address})
        session = Session(user=_user(account), token=row.id)
        return NewToken(session=session, secret=secret, expires_at=row.expires_at)

    async def change_password(self, session: Session, old: str, new: str, *, address: str) -> None:
        if session is LOCAL:
            raise UnfitPassword("this token is the machine's own: log in as the user it is for")
        username = session.user.username
        await self._account(username, old, address)
        passwords.check(username, old, new)
        password_hash = await self._passwords.hashed(new)
        await _soon(
            self._rows.set_password(username, password_hash, must_change=False, keep=session.token)
        )
        self._look.set()

    async def _account(self, username: str, password: str, address: str) -> Account:
        """The account of that name and password. Raises WrongPassword, TooManyTries,
        AccountsAway."""
        throttle = self._throttle
        known = throttle.knows(username, address)
        if wait_s := throttle.try_(username, address, self._now()):
            raise TooManyTries(wait_s)
        account = await _soon(self._rows.find(username))
        # A program's account has no password, and so no hash either.
        password_hash = account.password_hash if account else ""
        async with nullcontext() if known else self._stranger():
            fits = await self._passwords.fits(password, password_hash)
        if account is None or not fits or account.disabled:
            # People type their password where the name belongs: only a name that exists is told.
            user = account.username if account else "(unknown)"
            logger.info("a log-in is refused", extra={"user": user, "address": address})
            raise WrongPassword("wrong user or password")
        throttle.succeeded(username, address, self._now())
        return account

    @asynccontextmanager
    async def _stranger(self) -> AsyncIterator[None]:
        """The turn of somebody who was never there before. Raises TooManyTries."""
        if self.waiting_strangers >= STRANGERS:
            raise TooManyTries(PATIENCE_S)
        self.waiting_strangers += 1
        try:
            async with self._strangers:
                yield
        finally:
            self.waiting_strangers -= 1


async def new_account(
    hashing: Passwords, username: str, role: Role, password: str, now: datetime
) -> Account:
    """Somebody new, who must change the password."""
    return Account(
        username=username,
        role=role,
        password_hash=await hashing.hashed(password),
        must_change_password=True,
        created_at=now,
    )


def new_secret() -> str:
    return f"acd_{secrets.token_urlsafe(32)}"


def new_token(
    username: str, secret: str, name: str, now: datetime, expires_at: datetime | None
) -> TokenRow:
    return TokenRow(
        id=secrets.token_hex(6),
        digest=_digest(secret),
        username=username,
        name=name,
        created_at=now,
        expires_at=expires_at,
    )


def _digest(secret: str) -> str:
    return hashlib.sha256(_bytes(secret)).hexdigest()


def _bytes(secret: str) -> bytes:
    # What somebody sends as a token need not be text.
    return secret.encode(errors="surrogateescape")


def may_work(account: Account) -> bool:
    """Whether who has the account may act for the agent of its name."""
    agent = AgentId(account.username)
    return not account.disabled and allowed(_user(account), Key.AGENT_WORK, agent=agent)


def _user(account: Account) -> User:
    return User(
        username=account.username,
        role=account.role,
        must_change_password=account.must_change_password,
    )


async def _soon(what: Awaitable[T]) -> T:
    """The answer of the database. Raises AccountsAway if it does not give one soon."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await what
    except (DatabaseError, TimeoutError) as error:
        raise AccountsAway from error
