"""`acd apply`: make the files, or an earlier version, the one that is in force."""

import asyncio
import json
from base64 import b64encode
from pathlib import Path
from typing import Annotated, Any

import typer

from acd.app import planning
from acd.app.exits import HeldByAnother
from acd.app.proposing import Proposal
from acd.app.starting import whoever
from acd.cli import client
from acd.cli.client import API, HERE, NoAnswer, Server, Unwilling
from acd.cli.options import SAMPLE, Config
from acd.config.difference import changes_text
from acd.db.versions import Version, VersionTaken

WITHIN_S = 60.0
"""Thousands of phones take a while to be told to Asterisk."""
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Plan = Annotated[
    str | None, typer.Option("--plan", help="Only if it is still that plan.", metavar="DIGEST")
]
Note = Annotated[str, typer.Option(help="What the version is for.", metavar="TEXT")]
Back = Annotated[
    int | None, typer.Option("--version", help="Go back to that version.", metavar="N")
]
List = Annotated[bool, typer.Option("--list", help="List the versions, and change nothing.")]
Most = Annotated[int, typer.Option("--most", help="So many at most are listed.", min=1)]


def apply(
    config: Config = SAMPLE,
    plan: Plan = None,
    note: Note = "",
    version: Back = None,
    list_: List = False,
    most: Most = 20,
    server: Server = HERE,
    as_json: AsJson = False,
) -> None:
    """Make the files the version in force, at once: no call is touched. With no process running it
    is in force from the next start on."""
    if list_:
        _list(asyncio.run(planning.listing(config, most)), as_json=as_json)
        return
    proposal = asyncio.run(_proposed(config, version))
    if plan is not None and plan != proposal.digest:
        raise Unwilling(
            f"plan {plan} is stale: another version was applied since, or the files have changed. "
            "`acd plan` shows what is to be changed now"
        )
    if proposal.is_needless and version is None:
        _say({"version": proposal.base, "changed": False}, as_json=as_json)
        return
    if version is not None:
        note = note or f"back to {version}"
    _say(_applied(config, proposal, note, server), as_json=as_json)


async def _proposed(config: Path, version: int | None) -> Proposal:
    if version is None:
        return await planning.plan(config)
    return await planning.plan_back(config, version)


def _applied(config: Path, proposal: Proposal, note: str, server: str) -> dict[str, Any]:
    """By the process, else in the database. Raises Unwilling."""
    try:
        taken: dict[str, Any] = client.call(
            server, "POST", f"{API}/configuration", sent(proposal, note), within_s=WITHIN_S
        )
    except NoAnswer as error:
        asyncio.run(_stored(config, proposal, note, error))
        return {"version": proposal.base + 1, "changed": True, "running": False}
    return {**taken, "changed": True, "running": True}


async def _stored(config: Path, proposal: Proposal, note: str, why: NoAnswer) -> None:
    try:
        await planning.store_for_next_start(config, proposal, author=whoever(), note=note)
    except HeldByAnother:
        raise Unwilling(f"a process works on this database, but {why}") from None
    except VersionTaken:
        raise Unwilling(
            f"version {proposal.base + 1} was applied by another at the same time: `acd plan` "
            "shows what is to be changed now"
        ) from None


def sent(proposal: Proposal, note: str) -> dict[str, Any]:
    """What the process is sent."""
    texts = proposal.texts
    return {
        "base": proposal.base,
        "changes": changes_text(proposal.changes),
        "result": proposal.result,
        "sources": proposal.sources,
        "texts": None if texts is None else b64encode(texts).decode(),
        "note": note,
    }


def _say(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(told))
    elif not told["changed"]:
        print(f"Nothing is to be changed: version {told['version']} is in force.")
    elif not told["running"]:
        print(f"Version {told['version']} is stored: it is in force from the next start on.")
    else:
        print(f"Version {told['version']} is in force.")
        if told["at_start"]:
            print(f"From the next start on: {', '.join(told['at_start'])}.")
        if not told["durable"]:
            print("The database is away: what follows from it is not written down yet.")


def _list(versions: list[Version], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps([_told(version) for version in versions], ensure_ascii=False))
        return
    for version in versions:
        print(listed(version))


def listed(version: Version) -> str:
    """A line of the list."""
    at = f"{version.at:%Y-%m-%d %H:%M:%S} UTC"
    return f"{version.version:>5}  {at}  {version.author}  {version.note}".rstrip()


def _told(version: Version) -> dict[str, Any]:
    return {
        "version": version.version,
        "at": version.at.isoformat(),
        "author": version.author,
        "note": version.note,
        "digest": version.digest,
    }
