"""Options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[Path, typer.Option(help="The configuration file.", metavar="FILE")]
SAMPLE = Path("config/acd.yaml")
