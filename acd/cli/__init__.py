"""The command line: `acd run`, and commands that talk with the running process."""

from acd.cli.commands import main

__all__ = ["main"]
