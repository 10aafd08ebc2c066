"""The configuration file: YAML into settings, every mistake at once, each with its line."""

from acd.config.checking import BadConfiguration, http_address
from acd.config.file import File
from acd.config.loading import Configuration, check, load
from acd.config.telephony import NODE

__all__ = [
    "NODE",
    "BadConfiguration",
    "Configuration",
    "File",
    "check",
    "http_address",
    "load",
]
