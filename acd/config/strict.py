"""What all parts of the file share: unknown keys are mistakes, and patterns have words.

The words for patterns are what people read in error messages.
"""

from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator
from pydantic_core import PydanticKnownError

DATABASE = r"^(sqlite:///.+|postgresql://.+)$"
URL = r"^https?://[^/]+(/.*)?$"
NAME = r"^[a-z][a-z0-9._-]*$"
TRUNK = r"^[a-z][a-z0-9-]*$"
EXTENSION = r"^[0-9]{2,10}$"
NUMBER = r"^[0-9+*#]+$"
HOST_PORT = r"^[^\s:]+:[0-9]+$"
TARGET = r"^(queue|callback|extension|group|hangup|flow|voicemail):.+$"
_DAY = "(mon|tue|wed|thu|fri|sat|sun)"
DAYS = rf"^{_DAY}(-{_DAY})?(,{_DAY}(-{_DAY})?)*$"
CLOCK = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
CLOCK_END = r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"
PORTS = r"^[0-9]{1,5}-[0-9]{1,5}$"
WORD = r"^[^\s,;\"<>@]+$"
SOUND = r"^sound:\S+$"
COMFORT = r"^(standard|sound:\S+)$"
DIGIT = r"^[0-9*#]$"
CODE = r"^[*#][0-9*#]+$"
WHISPER = r"^(name|name\+wait|sound:\S+)$"
PATTERN = r"^\+?[0-9X]*\*?$"

LONGEST = 100
"""Characters of a name or a number."""

PATTERNS = {
    DAYS: "days like mon-fri or sat,sun",
    CLOCK: "a time like 09:00",
    CLOCK_END: "a time like 17:30, or 24:00",
    DATABASE: "sqlite:///PATH or postgresql://USER@HOST/NAME",
    URL: "an address like http://127.0.0.1:8088/ari",
    NAME: "small letters, digits and . _ -, a letter first",
    TRUNK: "small letters, digits and -, a letter first",
    EXTENSION: "2 to 10 digits",
    NUMBER: "digits and + * #",
    HOST_PORT: "HOST:PORT",
    TARGET: "queue:NAME, callback:QUEUE, extension:NUMBER, group:NAME or "
    "hangup:normal|busy|congestion",
    PORTS: "FIRST-LAST, as in 10000-19999",
    WORD: 'text without spaces and , ; " < > @',
    SOUND: "sound:NAME",
    COMFORT: "standard or sound:NAME",
    DIGIT: "a digit, * or #",
    CODE: "* or #, and digits, as in *8",
    WHISPER: "name, name+wait or sound:NAME",
    PATTERN: "digits, X for any digit, a + before them, a * after them",
}
"""The patterns in words."""


class Strict(BaseModel):
    """Unknown keys are mistakes, and so is true for a number."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _true_is_no_number(cls, value: Any, about: ValidationInfo) -> Any:
        """For pydantic true is 1."""
        if not isinstance(value, bool):
            return value
        annotation = cls.model_fields[str(about.field_name)].annotation
        if int in (annotation, *get_args(annotation)):
            raise PydanticKnownError("int_type")
        return value
