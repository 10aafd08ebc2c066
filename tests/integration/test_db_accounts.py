"""The rows of accounts and tokens, in a database of either kind."""

import asyncio
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from acd.app.accounts import new_secret, new_token
from acd.db import DatabaseUnavailable, Store, migrate
from acd.db.accounts import Account, AccountRows, TokenRow
from acd.distributor.state import KINDS
from acd.permissions import Role
from tests.integration.databases import Place

NOW = datetime(2026, 7, 1, 12, 0, 0, 123456, tzinfo=UTC)
SOON = NOW + timedelta(hours=1)


def account(name: str, **more: Any) -> Account:
    values: dict[str, Any] = {
        "username": name,
        "role": Role.AGENT,
        "password_hash": "$argon2id$",
        "must_change_password": True,
        "created_at": NOW,
    }
    return Account(**{**values, **more})


def token(name: str, expires_at: datetime | None = SOON, at: datetime = NOW) -> TokenRow:
    return new_token(name, new_secret(), "a test: çğ", at, expires_at)


@pytest.fixture
async def rows(place: Place) -> AsyncIterator[AccountRows]:
    await migrate(place.url)
    store = await Store.open(place.url, kinds=KINDS)
    yield AccountRows(store)
    await store.close()


async def test_an_account_is_found_as_it_was_made(rows: AccountRows) -> None:
    made = account("ayse", role=Role.SUPERVISOR)
    assert await rows.add(made)
    assert await rows.find("ayse") == made
    assert await rows.find("baris") is None
    await rows.add(account("adem"))
    assert [one.username for one in await rows.all()] == ["adem", "ayse"]


async def test_of_two_who_make_the_same_one_succeeds(rows: AccountRows) -> None:
    made = await asyncio.gather(*(rows.add(account("ayse")) for _ in range(4)))
    assert sorted(made) == [False, False, False, True]


async def test_there_is_one_first_account(rows: AccountRows) -> None:
    made = await asyncio.gather(*(rows.add_first(account("admin")) for _ in range(4)))
    assert sorted(made) == [False, False, False, True]
    assert not await rows.add_first(account("another"))


async def test_a_token_leads_to_its_holder_while_both_are_valid(rows: AccountRows) -> None:
    ayse, made = account("ayse"), token("ayse")
    await rows.add(ayse)
    await rows.add_token(made)
    assert await rows.holder(made.digest, NOW) == (made, ayse)
    assert await rows.holder(made.digest, SOON) is None
    assert await rows.holder("another", NOW) is None
    await rows.disable("ayse", disabled=True)
    assert await rows.holder(made.digest, NOW) is None
    assert await rows.valid([made.id], NOW) == set()


async def test_a_token_without_an_end_lasts(rows: AccountRows) -> None:
    await rows.add(account("ayse"))
    made = token("ayse", None)
    await rows.add_token(made)
    assert await rows.holder(made.digest, NOW + timedelta(days=9999))


async def test_which_tokens_are_valid(rows: AccountRows) -> None:
    await rows.add(account("ayse"))
    await rows.add(account("baris"))
    kept, over, others = token("ayse", None), token("ayse"), token("baris")
    for made in (kept, over, others):
        await rows.add_token(made)
    assert await rows.valid([kept.id, over.id, "nothing"], NOW) == {kept.id, over.id}
    assert await rows.valid([kept.id, over.id], SOON) == {kept.id}


async def test_what_is_over_goes_when_the_user_gets_another(rows: AccountRows) -> None:
    await rows.add(account("ayse"))
    old, new = token("ayse"), token("ayse", None, SOON)
    await rows.add_token(old)
    await rows.add_token(new)
    assert await rows.tokens_of("ayse") == [new]


async def test_a_removed_user_leaves_no_token(rows: AccountRows, place: Place) -> None:
    await rows.add(account("ayse"))
    await rows.add_token(token("ayse"))
    assert await rows.remove("ayse")
    assert not await rows.remove("ayse")
    assert place.execute("SELECT * FROM tokens") == []
    await rows.add_token(token("ayse"))
    assert place.execute("SELECT * FROM tokens") == []


async def test_a_token_is_ended_by_its_user_alone(rows: AccountRows) -> None:
    await rows.add(account("ayse"))
    made = token("ayse")
    await rows.add_token(made)
    assert not await rows.end_token("baris", made.id)
    assert await rows.end_token("ayse", made.id)
    assert await rows.tokens_of("ayse") == []


async def test_a_new_password_ends_all_tokens_but_the_one_that_is_kept(rows: AccountRows) -> None:
    await rows.add(account("ayse"))
    kept, other = token("ayse"), token("ayse")
    await rows.add_token(kept)
    await rows.add_token(other)
    assert await rows.set_password("ayse", "new", must_change=False, keep=kept.id)
    assert await rows.tokens_of("ayse") == [kept]
    found = await rows.find("ayse")
    assert found
    assert (found.password_hash, found.must_change_password) == ("new", False)
    assert not await rows.set_password("nobody", "new", must_change=False)


async def test_what_is_noted_can_be_read(rows: AccountRows) -> None:
    await rows.add(account("ayse"))
    first, second = token("ayse"), token("ayse")
    await rows.add_token(first)
    await rows.add_token(second)
    await rows.note_log_in("ayse", SOON)
    await rows.note_used({first.id: NOW, second.id: SOON, "gone": NOW})
    found = await rows.find("ayse")
    assert found
    assert found.logged_in_at == SOON
    used = {one.id: one.used_at for one in await rows.tokens_of("ayse")}
    assert used == {first.id: NOW, second.id: SOON}


async def test_a_database_that_is_away_says_so(rows: AccountRows, place: Place) -> None:
    with place.away(), pytest.raises(DatabaseUnavailable):
        await rows.add(account("ayse"))


@pytest.mark.parametrize("module", ["acd.db.copying", "acd.db.moving"])
async def test_a_copy_of_the_database_knows_of_accounts(module: str) -> None:
    code = f"import {module}; from acd.db.tables import metadata; print(*metadata.tables)"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code), stdout=asyncio.subprocess.PIPE
    )
    told, _ = await process.communicate()
    assert {"accounts", "tokens"} <= set(told.decode().split())
