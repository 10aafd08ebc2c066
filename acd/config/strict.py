"""What all parts of the file share: unknown keys are mistakes, and patterns have words.

The words for patterns are what people read in error messages.
"""

from pydantic import BaseModel, ConfigDict

DATABASE = r"^(sqlite:///.+|postgresql://.+)$"
URL = r"^https?://[^/]+(/.*)?$"
NAME = r"^[a-z][a-z0-9._-]*$"
TRUNK = r"^[a-z][a-z0-9-]*$"
EXTENSION = r"^[0-9]{2,10}$"
NUMBER = r"^[0-9+*#]+$"
HOST_PORT = r"^[^\s:]+:[0-9]+$"
TARGET = r"^queue:.+$"

PATTERNS = {
    DATABASE: "sqlite:///PATH or postgresql://USER@HOST/NAME",
    URL: "an address like http://127.0.0.1:8088/ari",
    NAME: "small letters, digits and . _ -, a letter first",
    TRUNK: "small letters, digits and -, a letter first",
    EXTENSION: "2 to 10 digits",
    NUMBER: "digits and + * #",
    HOST_PORT: "HOST:PORT",
    TARGET: "queue:NAME",
}
"""The patterns in words."""


class Strict(BaseModel):
    """Unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)
