"""The configuration: YAML and what the database owns into settings; every mistake at once, each
with its file, line and column."""

from acd.config.checking import http_address
from acd.config.compiling import Configuration, Stored, bootstrap, check, compile, load
from acd.config.file import File
from acd.config.mistakes import BadConfiguration, Mistake
from acd.config.sources import Source, read
from acd.config.telephony import NODE
from acd.config.writing import written

__all__ = [
    "NODE",
    "BadConfiguration",
    "Configuration",
    "File",
    "Mistake",
    "Source",
    "Stored",
    "bootstrap",
    "check",
    "compile",
    "http_address",
    "load",
    "read",
    "written",
]
