"""What can be wrong with the database, in words that say what to do about it."""

from sqlalchemy.exc import DataError as BadData
from sqlalchemy.exc import DBAPIError, IntegrityError, NotSupportedError, ProgrammingError


class DatabaseError(Exception):
    """The database cannot be used as it is; the text says what to do."""


class DatabaseUnavailable(DatabaseError):
    """It cannot be opened, does not answer, or somebody else keeps it locked."""


class SchemaBehind(DatabaseError):
    """Its tables are older than this program."""


class SchemaAhead(DatabaseError):
    """Its tables are newer than this program, or were never ours."""


class Superseded(DatabaseError):
    """A later run has taken over the database: this one must not write to it any more."""


def is_away(error: BaseException) -> bool:
    """Whether the database is to blame, so that the same may succeed later; else the data is."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, OSError | TimeoutError)
    if error.connection_invalidated:
        return True
    if isinstance(error, ProgrammingError):
        # The server refuses the statement (a table or a right is missing): no row is to blame.
        return getattr(error.orig, "sqlstate", None) is not None
    return not isinstance(error, IntegrityError | BadData | NotSupportedError)


def reason_of(error: BaseException) -> str:
    """The driver's own words, but not the statement, nor the row that a server shows below its
    first line: they are people's data."""
    words = str(error.orig) if isinstance(error, DBAPIError) else str(error)
    return words.partition("\n")[0]
