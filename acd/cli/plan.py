"""`acd plan`: what applying the files would change, and who would notice."""

import asyncio
import json
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from acd.app import planning
from acd.cli import changes, client
from acd.cli.client import HERE, NoAnswer, Server
from acd.cli.options import SAMPLE, Config
from acd.config.difference import Change

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def plan(config: Config = SAMPLE, server: Server = HERE, as_json: AsJson = False) -> None:
    """Show what `acd apply` would change, and who would notice; nothing is changed."""
    proposal = asyncio.run(planning.plan(config))
    affected = who_would_notice(server, proposal.changes)
    if as_json:
        print(json.dumps(changes.as_json(proposal, affected), ensure_ascii=False))
        return
    for line in changes.lines(proposal, affected):
        print(line)
    if affected is None and proposal.changes:
        print(f"no acd answers at {server}: who would notice is not known")


def who_would_notice(server: str, of: Sequence[Change]) -> dict[str, Any] | None:
    """None where no process answers. Raises Unwilling."""
    try:
        found: dict[str, Any] = client.post(server, "/configuration/affected", **changes.about(of))
    except NoAnswer:
        return None
    return found
