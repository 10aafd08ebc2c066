"""Options that several commands have."""

import re
from pathlib import Path
from typing import Annotated

import typer

from acd.config.strict import DATABASE, PATTERNS

Config = Annotated[
    Path, typer.Option(help="The configuration: a file, or a folder of *.yaml.", metavar="PATH")
]
SAMPLE = Path("config/acd.yaml")


def url_of(text: str | None) -> str | None:
    """The URL of a database. Raises BadParameter."""
    if text and not re.search(DATABASE, text):
        raise typer.BadParameter(f"expected {PATTERNS[DATABASE]}, got {text!r}")
    return text


Database = Annotated[
    str | None,
    typer.Option(help="Instead of the configuration's.", metavar="URL", callback=url_of),
]
