"""Accounts over HTTP, with a real database: log-in, tokens, and the ways in which both end."""

import asyncio
import logging
import shutil
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from acd.app import accounts as module
from acd.app.accounts import LASTS, LOCAL, Accounts, new_account, new_secret, new_token
from acd.app.passwords import Passwords
from acd.app.throttle import PAIR
from acd.db import DatabaseError, Store
from acd.db.accounts import AccountRows
from acd.distributor import Distributor
from acd.distributor.state import KINDS
from acd.engine import Engine
from acd.http.accounts import AccountsAway, Session
from acd.ids import AgentId, ProjectName
from acd.permissions import Role
from acd.requests import Apply
from acd.revision import revision
from acd.settings import AgentSettings, Settings
from tests.unit.http import rows
from tests.unit.http.sites import Answer, Site, open_site

START = datetime(2026, 7, 1, 12, tzinfo=UTC)
PASSWORD = "battery staple"


@dataclass(kw_only=True)
class World:
    """The database, the accounts on it, and a clock that stands still until it is moved."""

    path: Path
    rows: AccountRows
    hashing: Passwords
    now: datetime = START
    away: bool = False
    accounts: Accounts = field(init=False)

    def __post_init__(self) -> None:
        self.accounts = self.started()

    def started(self) -> Accounts:
        """Those of a process that has just been started."""
        return Accounts(
            self.rows, now=lambda: self.now, away=lambda: self.away, passwords=self.hashing
        )

    async def add(self, name: str, role: Role = Role.ADMIN, *, new: bool = False) -> None:
        account = await new_account(self.hashing, name, role, PASSWORD, self.now)
        await self.rows.add(account)
        if not new:
            await self.rows.set_password(name, account.password_hash, must_change=False)

    def execute(self, statement: str) -> list[Any]:
        """What another program does to the database."""
        with sqlite3.connect(self.path) as connection:
            found = connection.execute(statement).fetchall()
        connection.close()
        return found


@pytest.fixture
async def world(empty: Path, tmp_path: Path) -> AsyncIterator[World]:
    path = tmp_path / "acd.db"
    shutil.copy(empty, path)
    store = await Store.open(f"sqlite:///{path}", kinds=KINDS)
    hashing = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    yield World(path=path, rows=AccountRows(store), hashing=hashing)
    hashing.close()
    await store.close()


@pytest.fixture
async def site(world: World) -> AsyncIterator[Site]:
    async with open_site(rows.agent(), accounts=world.accounts) as site:
        yield site


async def log_in(site: Site, name: str, password: str = PASSWORD, **headers: str) -> Answer:
    body = {"username": name, "password": password}
    return await site.ask("POST", "/api/v1/login", body, headers=headers)


async def token_of(site: Site, name: str, password: str = PASSWORD) -> str:
    status, answer = await log_in(site, name, password)
    assert status == 200, answer
    return str(answer["token"])


async def guess(world: World) -> None:
    await world.accounts.log_in("nobody", "wrong", address="192.0.2.9", name="")


# Logging in.


async def test_a_log_in_gives_a_token_that_says_who_one_is(world: World, site: Site) -> None:
    await world.add("ayse", Role.AGENT)
    status, answer = await log_in(site, "ayse")
    assert (status, answer["username"], answer["role"]) == (200, "ayse", "agent")
    assert datetime.fromisoformat(answer["expires_at"]) == START + LASTS
    me = {"username": "ayse", "role": "agent", "must_change_password": False}
    assert await site.get("/me", who=answer["token"]) == (200, me)
    account = await world.rows.find("ayse")
    assert account
    assert account.logged_in_at == START


async def test_no_secret_is_in_the_database(world: World, site: Site) -> None:
    await world.add("ayse")
    token = await token_of(site, "ayse")
    kept = "\n".join(sqlite3.connect(world.path).iterdump())
    assert token not in kept
    assert PASSWORD not in kept
    assert "$argon2id$" in kept


async def test_the_wrong_user_and_the_wrong_password_are_told_alike(
    world: World, site: Site
) -> None:
    await world.add("ayse")
    await world.add("gone")
    await world.rows.disable("gone", disabled=True)
    await world.add("robot")
    await world.rows.set_password("robot", "", must_change=False)
    answers = [
        await log_in(site, "ayse", "wrong"),
        await log_in(site, "nobody"),
        await log_in(site, "gone"),
        await log_in(site, "robot", ""),
    ]
    assert [status for status, _ in answers] == [401] * 4
    assert len({str(answer) for _, answer in answers}) == 1


async def test_after_some_wrong_passwords_even_the_right_one_waits(
    world: World, site: Site
) -> None:
    await world.add("ayse")
    await world.add("baris")
    for _ in range(PAIR.tries):
        assert (await log_in(site, "ayse", "wrong"))[0] == 401
    status, answer = await log_in(site, "ayse")
    assert (status, answer["type"]) == (429, "/problems/too-many-tries")
    wait_s = int(site.answered.headers["Retry-After"])
    assert (await log_in(site, "baris"))[0] == 200
    world.now += timedelta(seconds=wait_s)
    assert (await log_in(site, "ayse"))[0] == 200


async def test_a_proxy_on_this_machine_says_for_whom_it_asks(world: World, site: Site) -> None:
    await world.add("ayse")
    for _ in range(PAIR.tries):
        await log_in(site, "ayse", "wrong", **{"X-Forwarded-For": "8.8.8.8, 192.0.2.1"})
    assert (await log_in(site, "ayse", **{"X-Forwarded-For": "192.0.2.1"}))[0] == 429
    assert (await log_in(site, "ayse", **{"X-Forwarded-For": "192.0.2.2"}))[0] == 200


async def test_who_guesses_holds_up_nobody_who_is_known(
    world: World, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STRANGERS", 2)
    await world.add("ayse")
    assert (await log_in(site, "ayse"))[0] == 200
    may_go_on = threading.Event()
    monkeypatch.setattr(world.hashing, "_verified", lambda *_: may_go_on.wait(10))
    strangers = [asyncio.create_task(guess(world)) for _ in range(2)]
    async with asyncio.timeout(10):
        while world.accounts.waiting_strangers < 2 or not world.hashing.waiting:
            await asyncio.sleep(0.001)
    status, answer = await log_in(site, "nobody")
    assert (status, answer["type"]) == (429, "/problems/too-many-tries")
    monkeypatch.undo()
    assert (await log_in(site, "ayse"))[0] == 200
    may_go_on.set()
    await asyncio.gather(*strangers, return_exceptions=True)
    assert (await log_in(site, "nobody"))[0] == 401


async def test_a_refused_log_in_is_in_the_log_without_what_was_typed(
    world: World, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    await world.add("ayse")
    caplog.set_level(logging.INFO)
    await log_in(site, "ayse", "wrong-secret")
    await log_in(site, "my-password-by-mistake")
    refused = [record for record in caplog.records if record.msg == "a log-in is refused"]
    assert [vars(record)["user"] for record in refused] == ["ayse", "(unknown)"]
    assert "secret" not in str([vars(record) for record in refused])
    assert "mistake" not in str([vars(record) for record in refused])


# The initial password.


async def test_the_admin_logs_in_and_changes_the_initial_password(
    world: World, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await world.accounts.make_first()
    (told,) = [record for record in caplog.records if "first account" in record.msg]
    initial = vars(told)["password"]

    token = await token_of(site, "admin", initial)
    status, answer = await site.get("/live", who=token)
    assert (status, answer["type"]) == (403, "/problems/password-must-change")

    change = {"old": initial, "new": PASSWORD}
    assert (await site.post("/password", change, who=token))[0] == 204
    assert (await site.get("/live", who=token))[0] == 200
    assert (await log_in(site, "admin", initial))[0] == 401
    assert (await log_in(site, "admin"))[1]["must_change_password"] is False


async def test_the_first_password_is_told_once(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await asyncio.gather(world.accounts.make_first(), world.started().make_first())
    await world.started().make_first()
    assert len([record for record in caplog.records if "first account" in record.msg]) == 1
    assert [account.username for account in await world.rows.all()] == ["admin"]


async def test_no_admin_is_made_where_somebody_is(world: World) -> None:
    await world.add("ayse", Role.AGENT)
    await world.accounts.make_first()
    assert [account.username for account in await world.rows.all()] == ["ayse"]


@pytest.mark.parametrize(
    ("change", "status", "detail"),
    [
        ({"old": "wrong", "new": "something else"}, 401, "the old password is wrong"),
        ({"old": PASSWORD, "new": "short"}, 400, "a password has 10 to 200 characters"),
        ({"old": PASSWORD, "new": PASSWORD}, 400, "the new password is the old one"),
    ],
)
async def test_a_password_that_will_not_do_is_told(
    world: World, site: Site, change: dict[str, str], status: int, detail: str
) -> None:
    await world.add("ayse")
    token = await token_of(site, "ayse")
    answered, answer = await site.post("/password", change, who=token)
    assert (answered, answer["detail"]) == (status, detail)
    assert (await log_in(site, "ayse"))[0] == 200


async def test_wrong_old_passwords_are_tries_as_well(world: World, site: Site) -> None:
    await world.add("ayse")
    token = await token_of(site, "ayse")
    change = {"old": "wrong", "new": "something else"}
    statuses = [(await site.post("/password", change, who=token))[0] for _ in range(PAIR.tries + 1)]
    assert statuses == [401] * PAIR.tries + [429]


# Tokens.


async def test_a_log_out_ends_the_token(world: World, site: Site) -> None:
    await world.add("ayse")
    token, other = await token_of(site, "ayse"), await token_of(site, "ayse")
    assert (await site.post("/logout", who=token))[0] == 204
    assert (await site.get("/me", who=token))[0] == 401
    assert (await site.get("/me", who=other))[0] == 200


@pytest.mark.parametrize("secret", ["", "acd_", "\udcff\udcfe", "\0", "é" * 1000])
async def test_what_was_never_a_token_is_none(world: World, secret: str) -> None:
    assert await world.accounts.session(secret) is None


async def test_a_token_ends_after_its_time(world: World, site: Site) -> None:
    await world.add("ayse")
    token = await token_of(site, "ayse")
    world.now += LASTS - timedelta(seconds=1)
    assert (await site.get("/me", who=token))[0] == 200
    world.now += timedelta(seconds=1)
    assert (await site.get("/me", who=token))[0] == 401
    await token_of(site, "ayse")
    assert world.execute("SELECT count(*) FROM tokens") == [(1,)]


async def test_ones_own_tokens_are_listed_and_ended(world: World, site: Site) -> None:
    await world.add("ayse")
    await world.add("baris")
    token, other = await token_of(site, "ayse"), await token_of(site, "ayse")
    baris = await token_of(site, "baris")
    _, listed = await site.get("/tokens", who=token)
    assert sorted(one["current"] for one in listed) == [False, True]
    ended = next(one["id"] for one in listed if not one["current"])
    path = f"/api/v1/tokens/{ended}"
    assert (await site.ask("DELETE", path, headers=site.shown(baris)))[0] == 404
    assert (await site.ask("DELETE", path, headers=site.shown(token)))[0] == 204
    assert (await site.get("/me", who=other))[0] == 401
    assert (await site.get("/me", who=baris))[0] == 200


async def test_a_changed_password_ends_all_other_tokens(world: World, site: Site) -> None:
    await world.add("ayse")
    token, other = await token_of(site, "ayse"), await token_of(site, "ayse")
    change = {"old": PASSWORD, "new": "something else"}
    assert (await site.post("/password", change, who=token))[0] == 204
    assert (await site.get("/me", who=token))[0] == 200
    assert (await site.get("/me", who=other))[0] == 401


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM accounts WHERE username = 'ayse'",
        "UPDATE accounts SET disabled = 1 WHERE username = 'ayse'",
        "DELETE FROM tokens",
    ],
)
async def test_what_another_program_ends_is_refused_at_once(
    world: World, site: Site, statement: str
) -> None:
    await world.add("ayse")
    token = await token_of(site, "ayse")
    assert (await site.get("/me", who=token))[0] == 200
    world.execute(statement)
    assert (await site.get("/me", who=token))[0] == 401


async def test_enabled_again_one_must_log_in_again(world: World, site: Site) -> None:
    await world.add("ayse")
    token = await token_of(site, "ayse")
    await world.rows.disable("ayse", disabled=True)
    await world.rows.disable("ayse", disabled=False)
    assert (await site.get("/me", who=token))[0] == 401
    assert (await log_in(site, "ayse"))[0] == 200


@pytest.mark.usefixtures("quick")
async def test_when_a_token_was_shown_last_is_written_now_and_then(
    world: World, site: Site
) -> None:
    await world.add("ayse")
    token = await token_of(site, "ayse")
    world.now += timedelta(minutes=5)
    assert (await site.get("/me", who=token))[0] == 200
    async with looked_after(world.accounts):
        await until_row(world, "SELECT count(used_at) FROM tokens", (1,))
    (row,) = await world.rows.tokens_of("ayse")
    assert row.used_at == world.now


# Connections that stay open.


class looked_after:  # noqa: N801 - it is used as a function
    """The accounts are looked after meanwhile, and oftener than in life."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def __aenter__(self) -> None:
        self._task = asyncio.create_task(self._accounts.run())

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task


async def until_row(world: World, statement: str, row: tuple[Any, ...]) -> None:
    async with asyncio.timeout(10):
        while world.execute(statement) != [row]:
            await asyncio.sleep(0.005)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.01)


async def opened(world: World, site: Site) -> tuple[Session, str, asyncio.Task[None]]:
    token = await token_of(site, "ayse")
    session = await world.accounts.session(token)
    assert session
    waiting = asyncio.create_task(world.accounts.until_ended(session))
    await asyncio.sleep(0)
    return session, token, waiting


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM accounts WHERE username = 'ayse'", "UPDATE accounts SET disabled = 1"],
)
async def test_an_open_connection_ends_with_its_user(
    world: World, site: Site, statement: str
) -> None:
    await world.add("ayse")
    _, _, waiting = await opened(world, site)
    async with looked_after(world.accounts):
        done, _ = await asyncio.wait([waiting], timeout=0.05)
        assert not done
        world.execute(statement)
        await asyncio.wait_for(waiting, 10)


@pytest.mark.usefixtures("quick")
async def test_an_open_connection_ends_with_its_token(world: World, site: Site) -> None:
    await world.add("ayse")
    session, _, waiting = await opened(world, site)
    another = asyncio.create_task(world.accounts.until_ended(session))
    async with looked_after(world.accounts):
        world.now += LASTS
        await asyncio.wait_for(asyncio.gather(waiting, another), 10)


async def test_an_open_connection_ends_at_the_log_out_at_once(
    world: World, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_EVERY_S", 3600)
    await world.add("ayse")
    _, token, waiting = await opened(world, site)
    async with looked_after(world.accounts):
        assert (await site.post("/logout", who=token))[0] == 204
        await asyncio.wait_for(waiting, 10)


async def test_an_open_connection_of_another_log_in_ends_at_a_new_password_at_once(
    world: World, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_EVERY_S", 3600)
    await world.add("ayse")
    _, _, waiting = await opened(world, site)
    token = await token_of(site, "ayse")
    async with looked_after(world.accounts):
        change = {"old": PASSWORD, "new": "something else"}
        assert (await site.post("/password", change, who=token))[0] == 204
        await asyncio.wait_for(waiting, 10)


@pytest.mark.usefixtures("quick")
async def test_a_connection_that_is_gone_is_forgotten(world: World, site: Site) -> None:
    await world.add("ayse")
    session, token, waiting = await opened(world, site)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert world.accounts.open_connections == 0
    again = asyncio.create_task(world.accounts.until_ended(session))
    async with looked_after(world.accounts):
        await site.post("/logout", who=token)
        await asyncio.wait_for(again, 10)


# The database is away.


async def test_who_is_known_stays_known_while_the_database_is_away(
    world: World, site: Site
) -> None:
    await world.add("ayse")
    token, unseen = await token_of(site, "ayse"), await token_of(site, "ayse")
    assert (await site.get("/me", who=token))[0] == 200
    world.away = True
    assert (await site.get("/me", who=token))[0] == 200
    status, answer = await site.get("/me", who=unseen)
    assert (status, answer["type"]) == (503, "/problems/database-away")
    world.now += LASTS
    assert (await site.get("/me", who=token))[0] == 401


async def test_a_database_that_fails_is_as_one_that_is_away(world: World, site: Site) -> None:
    await world.add("ayse")
    token = await token_of(site, "ayse")
    assert (await site.get("/me", who=token))[0] == 200
    world.execute("ALTER TABLE tokens RENAME TO lost")
    assert (await site.get("/me", who=token))[0] == 200
    status, answer = await log_in(site, "ayse")
    assert (status, answer["type"]) == (503, "/problems/database-away")
    with pytest.raises(AccountsAway):
        await world.accounts.session("unseen")


async def test_who_has_ended_while_it_was_there_does_not_come_back_when_it_is_away(
    world: World, site: Site
) -> None:
    await world.add("ayse")
    token = await token_of(site, "ayse")
    assert (await site.get("/me", who=token))[0] == 200
    await world.rows.remove("ayse")
    assert (await site.get("/me", who=token))[0] == 401
    world.away = True
    assert (await site.get("/me", who=token))[0] == 503


# This machine's own.


async def test_the_token_of_the_process_itself_may_do_everything_and_needs_no_database(
    world: World, site: Site
) -> None:
    world.away = True
    secret = world.accounts.local_secret
    assert (await site.get("/live", who=secret))[0] == 200
    assert (await site.post("/agents/ayse/logout", who=secret))[0] == 200
    assert secret != world.started().local_secret


async def test_the_token_of_the_process_itself_has_no_password_to_change(
    world: World, site: Site
) -> None:
    change = {"old": "x", "new": "something else"}
    status, answer = await site.post("/password", change, who=world.accounts.local_secret)
    assert (status, answer["type"]) == (400, "/problems/malformed")
    assert LOCAL.user.username not in [account.username for account in await world.rows.all()]


async def test_a_token_made_for_a_program_needs_no_log_in(world: World, site: Site) -> None:
    await world.add("robot", Role.SUPERVISOR)
    secret = new_secret()
    await world.rows.add_token(new_token("robot", secret, "report", START, None))
    world.now += timedelta(days=1000)
    assert (await site.get("/live", who=secret))[0] == 200


async def test_no_token_is_made_for_nobody(world: World) -> None:
    await world.rows.add_token(new_token("nobody", new_secret(), "x", START, None))
    assert world.execute("SELECT count(*) FROM tokens") == [(0,)]


# Working.


async def test_a_log_in_to_a_second_project_leaves_no_first_one_open(world: World) -> None:
    projects = (ProjectName("support"), ProjectName("billing"))
    ayse = AgentSettings(agent=AgentId("ayse"), name="Ayse", node=rows.NODE, projects=projects)
    engine = Engine(
        distributor=Distributor(run=3, rows=[]),
        perform=lambda _: asyncio.sleep(0),
        keep=lambda _: None,
    )
    running = asyncio.create_task(engine.run())
    new = Settings(agents={ayse.agent: ayse})
    await engine.ask(Apply(revision=revision(engine.distributor.state.settings, new)))
    await world.add("ayse", Role.AGENT)
    state = engine.distributor.state
    async with open_site(tables=state, accounts=world.accounts, ask=engine.ask) as site:
        token = await token_of(site, "ayse")
        for project in projects:
            body = {"project": project}
            status, answer = await site.post("/agents/ayse/login", body, who=token)
            assert (status, answer["agent"]["project"]) == (200, project)
        _, picture = await site.get("/live", who=token)
        assert [(a["agent"], a["project"]) for a in picture["agents"]] == [("ayse", "billing")]
        nowhere = await site.post("/agents/ayse/login", {"project": "sales"}, who=token)
        assert (nowhere[0], nowhere[1]["detail"]) == (
            409,
            "ayse does not belong to project sales",
        )
        assert state.agents[ayse.agent].project == "billing"
    engine.stop()
    await running


async def test_who_may_work_as_an_agent_is_told_from_the_account_of_that_name(
    world: World,
) -> None:
    await world.add("ayse", Role.AGENT)
    await world.add("baris", Role.AGENT, new=True)
    await world.add("cem", Role.AGENT)
    await world.rows.disable("cem", disabled=True)
    names = ("ayse", "baris", "cem", "nobody")
    found = [await world.accounts.may_work(name) for name in names]
    assert found == [True, False, False, True]


async def test_while_the_database_is_away_nobody_is_said_to_lack_the_permission(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(username: str) -> None:
        raise DatabaseError("away")

    monkeypatch.setattr(world.rows, "find", away)
    assert await world.accounts.may_work("ayse")
