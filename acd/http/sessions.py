"""Logging in and out, and what everybody does with one's own account."""

from datetime import datetime
from ipaddress import ip_address
from typing import Any

from aiohttp import web
from pydantic import Field
from typing_extensions import TypedDict

from acd.http.accounts import Accounts, TooManyTries, UnfitPassword, WrongPassword
from acd.http.problems import Mistake, Problem
from acd.http.route import API, Asked, Nothing, Route, S, Sent
from acd.permissions import Key


class LogInSent(Sent):
    username: str = Field(max_length=200)
    password: str = Field(max_length=200)
    name: str = Field(default="log-in", max_length=100)
    """What the token is for, as its user will read in the list of tokens."""


class PasswordSent(Sent):
    old: str = Field(max_length=200)
    new: str = Field(max_length=200)


class UserPicture(TypedDict):
    """Who one is. While the password must be changed nothing else is permitted."""

    username: str
    role: str
    must_change_password: bool


class LogInPicture(UserPicture):
    """token: to be shown as `Authorization: Bearer TOKEN`; it is told this once."""

    token: str
    expires_at: datetime | None


class TokenPicture(TypedDict):
    """One of one's tokens; current: the one that was shown."""

    id: str
    name: str
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    current: bool


class Sessions:
    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    def routes(self) -> list[Route[Any]]:
        return [
            Route(
                method="POST",
                path=f"{API}/login",
                does=self.log_in,
                says="Log in by password; gives a token",
                needs=None,
                sends=LogInSent,
                answers=LogInPicture,
                fails=("wrong-password", "too-many-tries", "database-away"),
            ),
            _own("POST", "logout", self.log_out, "End the token that is shown"),
            _own("GET", "me", self.me, "Who one is", answers=UserPicture),
            _own(
                "POST",
                "password",
                self.change_password,
                "Change one's password; all other tokens of one's own end",
                sends=PasswordSent,
                fails=("wrong-password", "too-many-tries"),
            ),
            _own("GET", "tokens", self.tokens, "One's own tokens", answers=list[TokenPicture]),
            _own("DELETE", "tokens/{token}", self.end_token, "End one of one's own tokens"),
        ]

    async def log_in(self, asked: Asked[LogInSent]) -> LogInPicture:
        sent = asked.sent
        address = address_of(asked.request)
        try:
            made = await self._accounts.log_in(
                sent.username, sent.password, address=address, name=sent.name
            )
        except WrongPassword as error:
            raise Problem("wrong-password", str(error)) from None
        except TooManyTries as error:
            raise _too_many(error) from None
        user = made.session.user
        return LogInPicture(
            username=user.username,
            role=user.role,
            must_change_password=user.must_change_password,
            token=made.secret,
            expires_at=made.expires_at,
        )

    async def log_out(self, asked: Asked[Nothing]) -> None:
        await self._accounts.revoke(asked.session, asked.session.token)

    async def me(self, asked: Asked[Nothing]) -> UserPicture:
        user = asked.session.user
        return UserPicture(
            username=user.username,
            role=user.role,
            must_change_password=user.must_change_password,
        )

    async def change_password(self, asked: Asked[PasswordSent]) -> None:
        sent = asked.sent
        address = address_of(asked.request)
        try:
            await self._accounts.change_password(asked.session, sent.old, sent.new, address=address)
        except WrongPassword:
            raise Problem("wrong-password", "the old password is wrong") from None
        except TooManyTries as error:
            raise _too_many(error) from None
        except UnfitPassword as error:
            mistake = Mistake(pointer="/new", detail=str(error))
            raise Problem("malformed", str(error), mistakes=[mistake]) from None

    async def tokens(self, asked: Asked[Nothing]) -> list[TokenPicture]:
        current = asked.session.token
        return [
            TokenPicture(
                id=token.id,
                name=token.name,
                created_at=token.created_at,
                expires_at=token.expires_at,
                used_at=token.used_at,
                current=token.id == current,
            )
            for token in await self._accounts.tokens(asked.session)
        ]

    async def end_token(self, asked: Asked[Nothing]) -> None:
        token = asked.path["token"]
        if not await self._accounts.revoke(asked.session, token):
            raise Problem("not-found", f"you have no token {token}")


def _own(
    method: Any,
    path: str,
    does: Any,
    says: str,
    *,
    sends: type[S] | type[Nothing] = Nothing,
    answers: Any = None,
    fails: tuple[str, ...] = (),
) -> Route[Any]:
    """About one's own account."""
    return Route(
        method=method,
        path=f"{API}/{path}",
        does=does,
        says=says,
        needs=Key.ACCOUNT_OWN,
        sends=sends,
        answers=answers,
        fails=fails,
    )


def _too_many(error: TooManyTries) -> Problem:
    wait_s = max(1, round(error.wait_s + 0.5))
    return Problem("too-many-tries", str(error), headers={"Retry-After": str(wait_s)})


def address_of(request: web.Request) -> str:
    """Where a request comes from. A proxy on this machine says for whom it asks; from elsewhere
    that is not believed, for anybody can write it."""
    remote = request.remote or ""
    said = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return said if said and _is_loopback(remote) else remote


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
