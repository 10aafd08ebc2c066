"""`acd check`: what is wrong with a configuration, and what is hardly meant."""

import json
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from acd.app.exits import Exit
from acd.cli.options import SAMPLE, Config
from acd.config import BadConfiguration, Configuration, Mistake, load

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def check(config: Config = SAMPLE, as_json: AsJson = False) -> None:
    """Find every mistake in the configuration; ends with 2 if there is one.

    A warning is about what is right, but hardly meant; it stops nothing.
    """
    try:
        configuration = load(config)
    except BadConfiguration as error:
        if not as_json:
            raise
        _print(error.mistakes, ())
        raise typer.Exit(Exit.CONFIGURATION) from None
    if as_json:
        _print((), configuration.advice)
        return
    for warning in configuration.warnings:
        print(f"warning: {warning}")
    print(f"{config} is right: {_counts(configuration)}.")


def _print(mistakes: Sequence[Mistake], warnings: Sequence[Mistake]) -> None:
    told = {
        "right": not mistakes,
        "mistakes": [_as_json(mistake) for mistake in mistakes],
        "warnings": [_as_json(warning) for warning in warnings],
    }
    print(json.dumps(told, ensure_ascii=False))


def _as_json(mistake: Mistake) -> dict[str, Any]:
    return {
        "file": mistake.file,
        "line": mistake.line,
        "column": mistake.column,
        "place": mistake.place,
        "says": mistake.says,
    }


def _counts(configuration: Configuration) -> str:
    file, warnings = configuration.file, len(configuration.warnings)
    counts = {"queue": len(file.queues), "agent": len(file.agents), "warning": warnings}
    return ", ".join(f"{count} {what}{'' if count == 1 else 's'}" for what, count in counts.items())
