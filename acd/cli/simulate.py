"""`acd simulate`: what would have been, with another configuration."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from acd.app.simulating.comparing import Comparison, compare, read
from acd.app.simulating.figures import Figures, Waits
from acd.cli.options import Config, url_of
from acd.config import load
from acd.db.connection import SQLITE
from acd.db.moment import opened
from acd.ids import QueueName
from acd.queues.entry import EntryOutcome

COLUMNS = ("recorded", "once more", "new")
FORMULAS = {
    "SL-3X": "answered in time / (answered + hung up + left by the key)",
    "abandon rate": "(hung up + left by the key) / all",
    "ASA": "mean wait of those who were answered",
    "occupancy": "(talk + hold + after-call work) / (that + available without a call)",
}
ENDS: dict[str, tuple[EntryOutcome, ...]] = {
    "answered": (EntryOutcome.ANSWERED,),
    "hung up": (EntryOutcome.ABANDONED,),
    "left by the key": (EntryOutcome.QUEUE_EXIT,),
    "timed out": (EntryOutcome.QUEUE_TIMEOUT,),
    "not let in": (EntryOutcome.FULL, EntryOutcome.NO_AGENTS),
    "moved or called back": (EntryOutcome.MOVED, EntryOutcome.CALLBACK),
}
_From = Annotated[
    str | None,
    typer.Option(
        "--from",
        help="The database, or a file that `acd db backup` has made; else the configuration's.",
        metavar="JOURNAL",
    ),
]
_Since = Annotated[int | None, typer.Option(help="Begin at this snapshot; 0 is the beginning.")]
_Until = Annotated[int | None, typer.Option(help="The last line.", min=1)]
_Seed = Annotated[int, typer.Option(help="Of the lots: the same seed gives the same figures.")]
_Json = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]
Values = dict[str, Any]


def simulate(
    config: Config,
    journal: _From = None,
    since: _Since = None,
    until: _Until = None,
    seed: _Seed = 1,
    as_json: _Json = False,
) -> None:
    """Let the recorded calls come once more with another configuration, and compare.

    It is a process of its own and only reads: nobody who serves waits for it.
    """
    configuration = load(config)
    with opened(_database(journal) or configuration.file.database) as engine:
        recording = read(engine, since=since, until=until)
    found = compare(recording, configuration.settings, str(config), seed)
    if as_json:
        print(json.dumps(_as_json(found), indent=1))
    else:
        print("\n".join(_lines(found)))


def _database(journal: str | None) -> str | None:
    """The URL of what was named, be it a URL or a file. Raises BadParameter."""
    if journal is None or "://" in journal:
        return url_of(journal)
    if not Path(journal).is_file():
        raise typer.BadParameter(f"there is no file {journal}", param_hint="--from")
    return f"{SQLITE}{journal}"


def _lines(found: Comparison) -> list[str]:
    recording = found.recording
    span = f"{recording.begins:%Y-%m-%d %H:%M} to {recording.ends:%Y-%m-%d %H:%M} UTC"
    first, last = recording.lines
    lines = [f"{len(recording.calls):,} calls, {span}, lines {first} to {last}; seed {found.seed}"]
    total = list(found.targets)
    blocks = [(f"queue {queue}", [queue]) for queue in total]
    if len(total) != 1:
        blocks.insert(0, ("all queues", total))
    for title, queues in blocks:
        lines += ["", _row(title, *COLUMNS), *_block(found, queues)]
    busy = [_share(figures.occupancy) for figures in found.figures]
    lines += ["", _row("all agents", *COLUMNS), _row("  occupancy", *busy), ""]
    return [
        *lines,
        *(f"{name} = {formula}" for name, formula in FORMULAS.items()),
        "",
        *_notes(found),
    ]


def _block(found: Comparison, queues: list[QueueName]) -> list[str]:
    waits = [figures.of(queues) for figures in found.figures]
    in_time = {found.targets[queue] for queue in queues}
    within = f" within {min(in_time)} s" if len(in_time) == 1 else ""
    levels = [_share(_level(figures, queues, found)) for figures in found.figures]
    lines = [_row("  callers", *(f"{one.count:,}" for one in waits))]
    for says, outcomes in ENDS.items():
        counts = [sum(one.outcomes[each] for each in outcomes) for one in waits]
        if any(counts) or says == "answered":
            lines.append(_row(f"  {says}", *(f"{count:,}" for count in counts)))
    return [
        *lines,
        _row(f"  SL-3X{within}", *levels),
        _row("  abandon rate", *(_share(one.abandon_rate) for one in waits)),
        _row("  ASA", *(_seconds(one.asa_s) for one in waits)),
    ]


def _level(figures: Figures, queues: list[QueueName], found: Comparison) -> float | None:
    """Each queue by its own target."""
    waits = [(figures.queues[queue], found.targets[queue]) for queue in queues]
    counted = sum(one.counted for one, _ in waits)
    return sum(one.in_time(target) for one, target in waits) / counted if counted else None


def _notes(found: Comparison) -> list[str]:
    """What one has to know of it."""
    waits = [wait for call in found.recording.calls for wait in call.waits if wait.queue]
    gave_up = sum(wait.gave_up for wait in waits)
    notes = [
        "Who hung up does so after the same time. Talks and phones are as recorded; where nothing "
        "was, as others of the same queue, or the same phone.",
        f"Patience is estimated: {gave_up:,} of {len(waits):,} waits ended by a hang-up; of the "
        "others it is known only that the caller would have waited for longer (Kaplan-Meier)."
        if gave_up
        else "Nobody hung up, so nothing is known of patience: here callers wait for ever.",
    ]
    notes += [f"Left out: {what} ({times})." for what, times in found.recording.left_out.items()]
    if found.idle:
        notes.append(f"Never logged in, and so without calls: {', '.join(found.idle)}.")
    refused = found.new.refused.items()
    return notes + [
        f"Refused with the new configuration: {why} ({times})." for why, times in refused
    ]


def _row(title: str, *values: str) -> str:
    return f"{title:<24}" + "".join(f"{value:>12}" for value in values)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} s"


def _as_json(found: Comparison) -> Values:
    recording, queues = found.recording, list(found.targets)
    columns = zip(COLUMNS, found.figures, strict=True)
    return {
        "begins": recording.begins.isoformat(),
        "ends": recording.ends.isoformat(),
        "lines": recording.lines,
        "calls": len(recording.calls),
        "seed": found.seed,
        "versions": recording.versions,
        "formulas": FORMULAS,
        "figures": {
            name: {
                "occupancy": figures.occupancy,
                "all": _values(figures.of(queues), _level(figures, queues, found)),
                "queues": {
                    queue: _values(figures.queues[queue], _level(figures, [queue], found))
                    | {"service_level_s": found.targets[queue]}
                    for queue in queues
                },
            }
            for name, figures in columns
        },
        "notes": _notes(found),
    }


def _values(waits: Waits, level: float | None) -> Values:
    return {
        "callers": waits.count,
        "outcomes": {str(outcome): count for outcome, count in waits.outcomes.items()},
        "SL-3X": level,
        "abandon rate": waits.abandon_rate,
        "ASA": waits.asa_s,
    }
