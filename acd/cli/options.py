"""Options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[
    Path, typer.Option(help="The configuration: a file, or a folder of *.yaml.", metavar="PATH")
]
SAMPLE = Path("config/acd.yaml")
