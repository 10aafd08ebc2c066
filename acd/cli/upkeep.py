"""The commands of `acd db` that look after what is kept: docs/journal.md."""

import asyncio
import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from acd.app.erasing import erase_person
from acd.app.restoring import restore_unused
from acd.app.starting import configuration_at_start, database_of
from acd.cli.options import SAMPLE, Config, Database
from acd.db import retention, sizes, snapshots
from acd.db.copying import back_up
from acd.db.moment import one_moment, opened
from acd.db.pseudonyms import Kind
from acd.db.sizes import Size

Json = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]
File = Annotated[Path, typer.Argument(help="The backup: one file of SQLite.", metavar="FILE")]


def size(database: Database = None, config: Config = SAMPLE, as_json: Json = False) -> None:
    """Say how much room everything takes, and when the disk will be full."""
    with opened(database or database_of(config)) as engine:
        found = sizes.measure(engine, datetime.now(UTC))
    if as_json:
        told = {**asdict(found), "bytes": found.bytes, "days_left": found.days_left}
        print(json.dumps(told, default=str))
    else:
        _print(found)


def _print(size: Size) -> None:
    table = Table("table", "rows", "MB", box=None, pad_edge=False)
    for one in size.tables:
        table.add_row(one.name, f"{one.rows:,}", _mb(one.bytes))
    days = Table("journal of", "lines", "MB", box=None, pad_edge=False)
    for day in size.journal:
        days.add_row(str(day.day), f"{day.lines:,}", _mb(day.bytes))
    console = Console()
    console.print(table)
    console.print(days)
    console.print(f"together {_mb(size.bytes)} MB, and {_mb(size.unused)} MB that are free inside")
    console.print(_outlook(size))


def _outlook(size: Size) -> str:
    if size.growth is None:
        return "How fast it grows is known when `acd worker` has measured it for a day."
    grows = f"It grows by {_mb(size.growth)} MB a day"
    if size.disk_free is None:
        return f"{grows}; the disk is the server's."
    if size.days_left is None:
        return f"{grows}: the disk will not be full."
    return f"{grows}: the disk is full in {size.days_left:,.0f} days."


def _mb(count: float) -> str:
    return f"{count / 1e6:,.1f}"


def snapshot(database: Database = None, config: Config = SAMPLE) -> None:
    """Keep the live state as it is now, to replay from; `acd worker` does it by itself."""
    with opened(database or database_of(config)) as engine:
        taken = snapshots.take(engine)
        with one_moment(engine) as connection:
            last = snapshots.newest(connection)
    if taken:
        print(f"Snapshot {taken.seq} has {taken.rows} rows.")
    elif last:
        print(f"Nothing has happened since snapshot {last.seq}.")
    else:
        print("Nothing has happened yet.")


def prune(database: Database = None, config: Config = SAMPLE) -> None:
    """Delete what is older than `journal` says; `acd worker` does it by itself."""
    inforce = asyncio.run(configuration_at_start(config, database=database))
    journal, now = inforce.file.journal, datetime.now(UTC)
    with opened(inforce.file.database) as engine:
        gone = retention.drop_old(engine, now - timedelta(days=journal.keep_days))
        print(f"{gone.lines} lines of the journal and {gone.snapshots} snapshots are deleted.")
        if days := journal.keep_reports_days:
            reports = retention.drop_old_reports(engine, now - timedelta(days=days))
            print(
                f"{reports.interactions} interactions and {reports.intervals} intervals of agents "
                "are deleted from the reports."
            )


def erase(
    kind: Annotated[Kind, typer.Argument(help="What the person is.")],
    who: Annotated[str, typer.Argument(help="A caller's number as it is kept, or a user name.")],
    database: Database = None,
    config: Config = SAMPLE,
) -> None:
    """Put a pseudonym in the place of one person, everywhere. It cannot be taken back."""
    with opened(database or database_of(config)) as engine:
        erased = erase_person(engine, kind, who)
    changed = {table: count for table, count in erased.changed.items() if count}
    if not changed:
        print(f"There is nothing about this {kind}.")
        return
    print(f"The {kind} is {erased.pseudonym} from now on.")
    for table, count in changed.items():
        print(f"  {table}: {count} changed")


def backup(file: File, database: Database = None, config: Config = SAMPLE) -> None:
    """Copy the whole database as it is now into a new file, while it is used."""
    copy = back_up(database or database_of(config), file)
    print(f"{file} has {_mb(copy.bytes)} MB: the journal up to line {copy.seq}, of run {copy.run}.")


def restore(file: File, database: Database = None, config: Config = SAMPLE) -> None:
    """Make a backup the database, which must be empty and not in use."""
    url = database or database_of(config)
    copy = asyncio.run(restore_unused(file, url))
    print(f"The database is as it was at line {copy.seq} of the journal, in run {copy.run}.")


def add_to(app: typer.Typer) -> None:
    """Make these commands of the group."""
    for command in (size, snapshot, prune, erase, backup, restore):
        app.command()(command)
