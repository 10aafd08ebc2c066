"""`acd doctor`: what is wrong, and what to do about it."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from acd.app.doctor import Finding, Grade, examine
from acd.app.exits import Exit
from acd.cli.options import SAMPLE, Config
from acd.config import load

COLOURS = {Grade.FINE: "green", Grade.WARNING: "yellow", Grade.WRONG: "red"}
_Json = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]


def doctor(config: Config = SAMPLE, as_json: _Json = False) -> None:
    """Look at this machine, the database and every Asterisk: what is wrong, its remedy.

    Ends with 1 if something is wrong. It may run beside `acd run`, and without it.
    """
    findings = asyncio.run(_all(examine(load(config))))
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], indent=1))
    else:
        Console().print(table(findings))
    if any(finding.grade is Grade.WRONG for finding in findings):
        raise typer.Exit(Exit.FAILED)


def table(findings: list[Finding]) -> Table:
    """What was found, with the remedies; the worst last, where the eye is."""
    shown = Table(box=None, show_header=False)
    for finding in sorted(findings, key=lambda finding: list(Grade).index(finding.grade)):
        says = Text(finding.says)
        if finding.remedy:
            says.append(f"\n{finding.remedy}", "bold")
        grade = Text(finding.grade, COLOURS[finding.grade])
        shown.add_row(grade, Text(finding.about), says)
    return shown


async def _all(findings: AsyncIterator[Finding]) -> list[Finding]:
    return [finding async for finding in findings]
