"""`acd replay`: decide the journal's inputs once more."""

import json
from dataclasses import asdict
from textwrap import shorten
from typing import Annotated, Any

import typer

from acd.app.exits import Exit
from acd.app.explaining.calls import why
from acd.app.replaying import Decided, Difference, Explained, Otherwise
from acd.app.rereading import Report
from acd.app.rereading import replay as replay_journal
from acd.app.starting import database_of
from acd.cli.options import SAMPLE, Config, Database
from acd.db.moment import opened

WIDTH = 500
"""Characters of one value that are shown."""
_From = Annotated[
    int | None,
    typer.Option("--from", help="The snapshot, by number; 0 is the journal's beginning."),
]
_To = Annotated[int | None, typer.Option("--to", help="The last line.", min=1)]
_Json = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]


def replay(
    since: _From = None,
    until: _To = None,
    database: Database = None,
    config: Config = SAMPLE,
    as_json: _Json = False,
) -> None:
    """Decide the journal once more, and say whether this program decides the same.

    It ends with 8 at the first difference, and with 3 where the journal cannot be read on.
    """
    with opened(database or database_of(config)) as engine:
        report = replay_journal(engine, since=since, until=until)
    if as_json:
        print(json.dumps(_as_json(report)))
    else:
        print("\n".join(_lines(report)))
    if report.difference:
        raise typer.Exit(Exit.DIFFERENT)
    if report.broken:
        raise typer.Exit(Exit.DATABASE)


def _lines(report: Report) -> list[str]:
    """The report in sentences."""
    speed = report.lines / report.seconds if report.seconds else 0
    if not report.lines and not report.broken:
        return [f"There is nothing to replay after line {report.last}."]
    what = f"{report.lines:,} inputs, lines {report.first} to {report.last} of {report.runs} runs"
    compared = f"{report.snapshots} snapshots on the way and the words on {report.offers} offers"
    if report.difference:
        said = [*_difference(report.difference), f"Until then {what} were decided the same."]
    elif report.broken:
        said = [f"It cannot go on: {report.broken}.", f"Until then {what} were decided the same."]
    else:
        said = [f"{what}: all decided the same, and so were {compared}."]
    took = f"It took {report.seconds:.1f} s, {speed:,.0f} inputs a second."
    written = " and ".join(report.versions) or "nobody"
    return [*said, took, f"Written by {written}, replayed by {report.now}."]


def _difference(found: Difference | Otherwise | Explained) -> list[str]:
    if isinstance(found, Explained):
        return [
            f"Offer {found.offer} is made as it was, but explained differently.",
            f"  then: {why(found.then)}",
            f"  now:  {why(found.now)}",
        ]
    if isinstance(found, Otherwise):
        pairs = [(f"row {_short(then)}", _short(now)) for then, now in found.rows[:3]]
        return [
            f"After line {found.seq} the state is not as snapshot {found.seq} has it:",
            *(line for then, now in pairs for line in (f"  then {then}", f"  now  row {now}")),
        ]
    line, (place, then, now) = found.line, found.first
    at = f"{line.at:%Y-%m-%d %H:%M:%S.%f} UTC"
    said = [
        f"Line {line.seq} (run {line.run}, {at}) is decided differently.",
        f"  input: {line.kind} {_short(line.input)}",
        f"  then: {_outcome(found.recorded)}",
        f"  now:  {_outcome(found.now)}",
    ]
    if place:
        said += [f"  effect {place} then: {_short(then)}", f"  effect {place} now:  {_short(now)}"]
    return said


def _outcome(decided: Decided) -> str:
    detail = f" ({decided.detail})" if decided.detail else ""
    kinds = ", ".join(type(effect).__name__ for effect in decided.effects)
    return f"{decided.outcome}{detail}; effects: {kinds or 'none'}"


def _short(value: Any) -> str:
    return "nothing" if value is None else shorten(str(value), WIDTH, placeholder=" ...")


def _as_json(report: Report) -> dict[str, Any]:
    told = {name: value for name, value in asdict(report).items() if name != "difference"}
    found = report.difference
    told["same"] = not found and not report.broken
    told["difference"] = _difference(found) if found else []
    return told
