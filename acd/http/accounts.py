"""Accounts as the API sees them: who shows a token, and what one does with one's own account."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from acd.permissions import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Somebody who has shown a token; token: its id, which is no secret."""

    user: User
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """What a log-in gives. The secret is told this once."""

    session: Session
    secret: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One of a user's tokens, without its secret."""

    id: str
    name: str
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


class WrongPassword(Exception):
    """No such user, not this password, or disabled: which of them is not said."""


class TooManyTries(Exception):
    """So many log-ins have failed that the next must wait."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"too many log-ins have failed: try again in {wait_s:.0f} s")
        self.wait_s = wait_s


class UnfitPassword(Exception):
    """It cannot be a password; the text says why."""


class AccountsAway(Exception):
    """The database does not answer, so that nobody can be known anew."""


class Accounts(Protocol):
    """Each may raise AccountsAway."""

    async def session(self, secret: str) -> Session | None:
        """Whose token it is; None for one that was never made, is over, or whose user is gone."""

    async def may_work(self, username: str) -> bool:
        """Whether the account of that name may work as the agent; also if there is none."""

    async def until_ended(self, session: Session) -> None:
        """Wait until the session's token is revoked or over, or its user disabled or gone: within
        a second or two, whoever did it. For connections that stay open."""

    async def log_in(self, username: str, password: str, *, address: str, name: str) -> NewToken:
        """address: where it comes from; name: what for, in the user's words. Raises
        WrongPassword, TooManyTries."""

    async def tokens(self, session: Session) -> Sequence[Token]:
        """The user's own, the oldest first."""

    async def revoke(self, session: Session, token: str) -> bool:
        """End one of the user's own tokens; False if there is none of that id."""

    async def change_password(self, session: Session, old: str, new: str, *, address: str) -> None:
        """Every other token of the user ends. Raises WrongPassword, TooManyTries,
        UnfitPassword."""
