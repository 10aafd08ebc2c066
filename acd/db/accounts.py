"""Accounts and their tokens, as rows."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.db.account_tables import accounts, tokens
from acd.db.connection import insert_once
from acd.db.store import Store
from acd.permissions import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who can log in."""

    username: str
    role: Role
    password_hash: str
    must_change_password: bool
    """Somebody else has made the password."""
    disabled: bool = False
    created_at: datetime
    logged_in_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """A token that an account can be shown by. digest: the SHA-256 of the secret, in hex."""

    id: str
    digest: str
    username: str
    name: str
    created_at: datetime
    expires_at: datetime | None = None
    used_at: datetime | None = None


class AccountRows:
    """Every method may raise DatabaseUnavailable."""

    def __init__(self, store: Store) -> None:
        self._store = store

    # Accounts.

    async def all(self) -> list[Account]:
        """By name."""
        async with self._store.reading() as connection:
            found = await connection.execute(select(accounts).order_by(accounts.c.username))
            return [_account(row) for row in found]

    async def find(self, username: str) -> Account | None:
        query = select(accounts).where(accounts.c.username == username)
        async with self._store.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return _account(row) if row else None

    async def add(self, account: Account) -> bool:
        """False if there is one of that name."""
        async with self._writing() as connection:
            return await _insert(connection, account)

    async def add_first(self, account: Account) -> bool:
        """Add it if there is none at all; False if there is one. Of two processes that try at
        once one succeeds."""
        async with self._writing() as connection:
            if await connection.scalar(select(func.count()).select_from(accounts)):
                return False
            return await _insert(connection, account)

    async def remove(self, username: str) -> bool:
        """With its tokens. False if there is none."""
        async with self._writing() as connection:
            await connection.execute(delete(tokens).where(tokens.c.username == username))
            gone = delete(accounts).where(accounts.c.username == username)
            return bool((await connection.execute(gone)).rowcount)

    async def disable(self, username: str, *, disabled: bool) -> bool:
        """Its tokens end; enabled again it has none. False if there is no such account."""
        async with self._writing() as connection:
            await connection.execute(delete(tokens).where(tokens.c.username == username))
            return await _change(connection, username, disabled=disabled)

    async def set_password(
        self, username: str, password_hash: str, *, must_change: bool, keep: str = ""
    ) -> bool:
        """Its tokens end, but for the one with the id `keep`. False if there is no such
        account."""
        async with self._writing() as connection:
            others = delete(tokens).where(tokens.c.username == username, tokens.c.id != keep)
            await connection.execute(others)
            return await _change(
                connection, username, password_hash=password_hash, must_change_password=must_change
            )

    async def note_log_in(self, username: str, at: datetime) -> None:
        async with self._writing() as connection:
            await _change(connection, username, logged_in_at=at)

    # Tokens.

    async def add_token(self, token: TokenRow) -> None:
        """What of the user's tokens is over goes. Nothing is added for a user who is gone."""
        over = delete(tokens).where(
            tokens.c.username == token.username, tokens.c.expires_at <= token.created_at
        )
        user = select(accounts.c.username).where(accounts.c.username == token.username)
        async with self._writing() as connection:
            await connection.execute(over)
            if await connection.scalar(user.with_for_update()):
                await connection.execute(insert(tokens), _token_values(token))

    async def tokens_of(self, username: str) -> list[TokenRow]:
        """The oldest first."""
        query = select(tokens).where(tokens.c.username == username)
        async with self._store.reading() as connection:
            found = await connection.execute(query.order_by(tokens.c.created_at, tokens.c.id))
            return [TokenRow(**row._mapping) for row in found]

    async def end_token(self, username: str, token: str) -> bool:
        """False if that user has none of that id."""
        gone = delete(tokens).where(tokens.c.username == username, tokens.c.id == token)
        async with self._writing() as connection:
            return bool((await connection.execute(gone)).rowcount)

    async def holder(self, digest: str, now: datetime) -> tuple[TokenRow, Account] | None:
        """The token that is valid now, and whose it is."""
        async with self._store.reading() as connection:
            row = (await connection.execute(_HOLDER, {"digest": digest, "now": now})).one_or_none()
        if row is None:
            return None
        found = row._mapping
        token = TokenRow(**{column.name: found[column] for column in tokens.columns})
        return token, _account_of({column.name: found[column] for column in accounts.columns})

    async def valid(self, ids: Collection[str], now: datetime) -> set[str]:
        """Which of these tokens are valid now."""
        query = select(tokens.c.id).join(accounts).where(_VALID, tokens.c.id.in_(ids))
        async with self._store.reading() as connection:
            return set(await connection.scalars(query, {"now": now}))

    async def note_used(self, used: Mapping[str, datetime]) -> None:
        """When tokens were shown last, by id."""
        noted = update(tokens).where(tokens.c.id == bindparam("token"))
        noted = noted.values(used_at=bindparam("at"))
        async with self._writing() as connection:
            await connection.execute(
                noted, [{"token": token, "at": at} for token, at in used.items()]
            )

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[AsyncConnection]:
        async with self._store.reading() as connection:
            await connection.execution_options(writes=True)
            async with connection.begin():
                yield connection


_VALID = ~accounts.c.disabled & or_(
    tokens.c.expires_at.is_(None),
    tokens.c.expires_at > bindparam("now", type_=tokens.c.expires_at.type),
)
_HOLDER = (
    select(tokens, accounts).join(accounts).where(tokens.c.digest == bindparam("digest"), _VALID)
)


async def _insert(connection: AsyncConnection, account: Account) -> bool:
    """Whether there was none of that name."""
    statement = insert_once(accounts, connection.dialect.name).returning(accounts.c.username)
    return await connection.scalar(statement, _values(account)) is not None


async def _change(connection: AsyncConnection, username: str, **values: Any) -> bool:
    changed = update(accounts).where(accounts.c.username == username).values(**values)
    return bool((await connection.execute(changed)).rowcount)


def _account(row: Row[Any]) -> Account:
    return _account_of(row._mapping)


def _account_of(values: Mapping[Any, Any]) -> Account:
    return Account(**{**values, "role": Role(values["role"])})


def _values(account: Account) -> dict[str, Any]:
    return {name: getattr(account, name) for name in accounts.columns.keys()}  # noqa: SIM118


def _token_values(token: TokenRow) -> dict[str, Any]:
    return {name: getattr(token, name) for name in tokens.columns.keys()}  # noqa: SIM118
