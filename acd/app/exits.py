"""The exit codes; docs/running.md says what each means, and endings.py which error gives which."""

from enum import IntEnum


class Exit(IntEnum):
    DONE = 0
    FAILED = 1
    CONFIGURATION = 2
    DATABASE = 3
    PASSWORD = 4
    REPLACED = 5
    BUGS = 6
    PORT = 7
    DIFFERENT = 8


NEEDS_A_PERSON = {Exit.CONFIGURATION, Exit.PASSWORD, Exit.REPLACED, Exit.PORT}
"""After these a supervisor should not start the process again: it would end the same way."""


class HeldByAnother(Exception):
    """Another process works on this database or node; the text says which."""


class WrongPassword(Exception):
    """Asterisk refuses the ARI user or password; the text says which."""
