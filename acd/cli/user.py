"""`acd user`: who may log in. It works on the database itself, whether an acd runs or not; one that
runs goes by what is changed here at once."""

import asyncio
import json
import re
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from acd.app import passwords
from acd.app.accounts import new_account, new_secret, new_token
from acd.app.database import open_store
from acd.app.passwords import Passwords
from acd.app.starting import database_of
from acd.cli.client import Unwilling
from acd.cli.options import SAMPLE, Config
from acd.db.accounts import Account, AccountRows, TokenRow
from acd.http.accounts import UnfitPassword
from acd.permissions import Role

app = typer.Typer(help="Who may log in: accounts and tokens.", no_args_is_help=True)

T = TypeVar("T")
NAME = re.compile(r"[a-z][a-z0-9._-]*")
Name = Annotated[str, typer.Argument(help="An agent's username, or another.", metavar="NAME")]
RoleOf = Annotated[Role, typer.Option("--role", help="What the user is.")]
PasswordFile = Annotated[
    Path | None,
    typer.Option(help="Holds the initial password; - is the standard input.", metavar="FILE"),
]
For = Annotated[str, typer.Option("--name", help="What the token is for.")]
Days = Annotated[int, typer.Option(min=0, help="So long it is good for; 0 is for ever.")]
NoPassword = Annotated[
    bool, typer.Option("--no-password", help="For a program: it has only tokens made here.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def add(
    name: Name,
    role: RoleOf,
    config: Config = SAMPLE,
    password_file: PasswordFile = None,
    no_password: NoPassword = False,
    as_json: AsJson = False,
) -> None:
    """Make an account; its password must be changed at the first log-in."""
    if not NAME.fullmatch(name):
        raise Unwilling(f"{name!r}: a username has small letters, digits and . _ -, a letter first")
    password = None if no_password else _initial(name, password_file)
    account = asyncio.run(_made(name, role, password))
    if not _on_rows(config, lambda rows: rows.add(account)):
        raise Unwilling(f"there is a user {name} already: `acd user list` shows all")
    told = None if password_file or no_password else password
    _tell({"username": name, "role": role, "password": told}, f"{name} may log in", as_json=as_json)


@app.command()
def password(
    name: Name,
    config: Config = SAMPLE,
    password_file: PasswordFile = None,
    as_json: AsJson = False,
) -> None:
    """Give a new initial password; the user's tokens end."""
    new = _initial(name, password_file)
    password_hash = asyncio.run(_hashed(new))
    _there(
        _on_rows(config, lambda rows: rows.set_password(name, password_hash, must_change=True)),
        name,
    )
    told = None if password_file else new
    _tell({"username": name, "password": told}, f"{name} has a new password", as_json=as_json)


@app.command()
def remove(name: Name, config: Config = SAMPLE) -> None:
    """Remove an account with its tokens."""
    _there(_on_rows(config, lambda rows: rows.remove(name)), name)
    print(f"{name} is removed, and refused from now on")


@app.command()
def disable(name: Name, config: Config = SAMPLE) -> None:
    """Keep an account from logging in; its tokens end."""
    _there(_on_rows(config, lambda rows: rows.disable(name, disabled=True)), name)
    print(f"{name} is disabled, and refused from now on")


@app.command()
def enable(name: Name, config: Config = SAMPLE) -> None:
    """Let a disabled account log in again."""
    _there(_on_rows(config, lambda rows: rows.disable(name, disabled=False)), name)
    print(f"{name} may log in again")


@app.command()
def token(
    name: Name,
    config: Config = SAMPLE,
    what_for: For = "acd user token",
    days: Days = 365,
    as_json: AsJson = False,
) -> None:
    """Make a token for a program, and print it, this once."""
    secret, now = new_secret(), datetime.now(UTC)
    expires_at = now + timedelta(days=days) if days else None
    row = new_token(name, secret, what_for, now, expires_at)
    _on_rows(config, lambda rows: _add_token(rows, row))
    print(json.dumps({"id": row.id, "token": secret, **_times(row)}) if as_json else secret)


@app.command("list")
def list_all(config: Config = SAMPLE, as_json: AsJson = False) -> None:
    """Show all accounts."""
    found = _on_rows(config, _accounts)
    if as_json:
        print(json.dumps([_shown(account, tokens) for account, tokens in found]))
        return
    table = Table("USER", "ROLE", "STATE", "LAST LOG-IN (UTC)", "TOKENS", box=None)
    for account, tokens in found:
        at = account.logged_in_at
        last = f"{at:%Y-%m-%d %H:%M}" if at else "never"
        table.add_row(account.username, account.role, _state(account), last, str(len(tokens)))
    Console().print(table)


def _on_rows(config: Path, work: Callable[[AccountRows], Awaitable[T]]) -> T:
    """What comes of the work on the configuration's database."""

    async def run() -> T:
        store = await open_store(database_of(config))
        try:
            return await work(AccountRows(store))
        finally:
            await store.close()

    return asyncio.run(run())


async def _accounts(rows: AccountRows) -> list[tuple[Account, list[TokenRow]]]:
    return [(account, await rows.tokens_of(account.username)) for account in await rows.all()]


async def _add_token(rows: AccountRows, row: TokenRow) -> None:
    """Raises Unwilling for a user whose token would be refused."""
    account = await rows.find(row.username)
    _there(account is not None, row.username)
    if account and (account.disabled or account.must_change_password):
        state = _state(account)
        raise Unwilling(f"{row.username} is {state}: a token would be refused")
    await rows.add_token(row)


def _initial(name: str, file: Path | None) -> str:
    """The initial password: a new one, or what the file says. Raises Unwilling."""
    if file is None:
        return passwords.one_time()
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text()
        passwords.check(name, "", text.strip())
    except (OSError, UnicodeDecodeError, UnfitPassword) as error:
        raise Unwilling(f"no password from {file}: {error}") from error
    return text.strip()


async def _made(name: str, role: Role, password: str | None) -> Account:
    now = datetime.now(UTC)
    if password is None:
        return Account(
            username=name, role=role, password_hash="", must_change_password=False, created_at=now
        )
    hashing = Passwords()
    try:
        return await new_account(hashing, name, role, password, now)
    finally:
        hashing.close()


async def _hashed(password: str) -> str:
    hashing = Passwords()
    try:
        return await hashing.hashed(password)
    finally:
        hashing.close()


def _there(found: bool, name: str) -> None:
    if not found:
        raise Unwilling(f"there is no user {name}: `acd user list` shows all")


def _tell(made: dict[str, Any], sentence: str, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(made))
    elif made["password"]:
        print(f"{sentence} with the one-time password {made['password']}, and must change it")
    else:
        print(sentence)


def _state(account: Account) -> str:
    if account.disabled:
        return "disabled"
    return "to change the password" if account.must_change_password else "ready"


def _shown(account: Account, tokens: list[TokenRow]) -> dict[str, Any]:
    return {
        "username": account.username,
        "role": account.role,
        "disabled": account.disabled,
        "must_change_password": account.must_change_password,
        "created_at": account.created_at.isoformat(),
        "logged_in_at": account.logged_in_at.isoformat() if account.logged_in_at else None,
        "tokens": [{"id": token.id, "name": token.name, **_times(token)} for token in tokens],
    }


def _times(token: TokenRow) -> dict[str, str | None]:
    moments = {
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "used_at": token.used_at,
    }
    return {name: at.isoformat() if at else None for name, at in moments.items()}
