"""`acd explain`: why a call went where it went, and why an agent gets what he or she gets."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from acd.app.accounts import may_work
from acd.app.database import open_store
from acd.app.explaining import agent_lines, call_lines, offer_lines, queue_lines, wait_lines
from acd.cli.client import Unwilling
from acd.cli.options import SAMPLE, Config
from acd.config import load
from acd.db import Store
from acd.db.accounts import AccountRows
from acd.db.history import calls_of, history, offer_of, offers_to
from acd.distributor.state import KINDS, State
from acd.ids import AgentId, InteractionId, QueueName

RECENT = 10
_What = Annotated[
    str,
    typer.Argument(help="A call or an offer by its id, an agent, a queue, or a caller's number."),
]
_Json = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]
Lines = list[dict[str, Any]]


def explain(what: _What, config: Config = SAMPLE, as_json: _Json = False) -> None:
    """Say what happened to a call or why it waits, and why an agent gets calls or not.

    Or, of an offer, why it was made.

    It is read from the database: a process need not run.
    """
    lines = asyncio.run(explained(load(config).file.database, what))
    if as_json:
        print(json.dumps(lines, indent=1, default=str))
        return
    for line in lines:
        at = line.get("at")
        print(f"{at:%H:%M:%S.%f}"[:-3] + f"  {line['says']}" if at else line["says"])


async def explained(database: str, what: str) -> Lines:
    """The lines, each with "says" and what else is known. Raises Unwilling: nothing is."""
    store = await open_store(database)
    try:
        call = await history(store, what)
        if call:
            lines: Lines = [{"at": at, "says": says} for at, says in call_lines(call)]
            return lines if call.interaction["ended_at"] else lines + await _wait(store, what)
        return (
            await _offer(store, what)
            or await _agent_or_queue(store, what)
            or await _calls(store, what)
        )
    finally:
        await store.close()


async def _wait(store: Store, interaction: str) -> Lines:
    """Why nobody takes a call that waits."""
    lines = wait_lines(await _state(store), InteractionId(interaction), datetime.now(UTC))
    return [{"says": line} for line in lines]


async def _offer(store: Store, what: str) -> Lines:
    found = await offer_of(store, what)
    return [{"says": line} for line in offer_lines(*found)] if found else []


async def _agent_or_queue(store: Store, what: str) -> Lines:
    state = await _state(store)
    if what not in state.agents:
        return _queue(state, what)
    offers = await offers_to(store, what, RECENT)
    account = await AccountRows(store).find(what)
    permitted = account is None or may_work(account)
    now = datetime.now(UTC)
    lines = agent_lines(state, AgentId(what), offers, now, permitted=permitted)
    return [{"says": line} for line in lines]


def _queue(state: State, what: str) -> Lines:
    if what not in state.settings.queues:
        return []
    return [{"says": line} for line in queue_lines(state, QueueName(what), datetime.now(UTC))]


async def _state(store: Store) -> State:
    """The live rows as they are in the database: a moment behind the process."""
    state = State(run=0)
    for row in sorted(await store.load_rows(), key=lambda row: (KINDS.index(type(row)), row.key)):
        state.put(row)
    return state


async def _calls(store: Store, number: str) -> Lines:
    calls = await calls_of(store, number, RECENT)
    if not calls:
        raise Unwilling(f"there is no call, offer, agent, queue or caller {number}")
    return [
        {
            "at": call["started_at"],
            "says": f"{call['id']}: called {call['number']}, {call['outcome'] or 'going on'}",
            "interaction": call["id"],
        }
        for call in calls
    ]
