"""How a language puts its recorded parts together: the order of words, and what changes with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from acd.ivr import numbers
from acd.settings import Language

KEYS = "0123456789*#"
"""What there is to be pressed on a phone."""


class Sentence(Enum):
    """What can be said."""

    POSITION = auto()
    FAR_BACK = auto()
    LEAVE = auto()
    CALL_BACK = auto()
    WAIT_SECONDS = auto()
    WAIT_MINUTE = auto()
    WAIT_MINUTES = auto()
    WAIT_HOURS = auto()
    COMFORT = auto()
    ACCEPT = auto()
    ACCEPT_FOR = auto()
    WAITED_SECONDS = auto()
    WAITED_MINUTE = auto()
    WAITED_MINUTES = auto()
    WAITED_HOURS = auto()
    BEEP = auto()


class Slot(Enum):
    """What differs each time a sentence is said."""

    NUMBER = auto()
    PLACE = auto()
    KEY = auto()
    QUEUE = auto()


NUMBER, PLACE, KEY, QUEUE = Slot
PAUSE = "pause"
"""Between two sentences, where the first does not end with a part that brings its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    number: Callable[[int], tuple[str, ...]]
    place: Callable[[int], tuple[str, ...]]
    keys: Mapping[str, str]
    sentences: Mapping[Sentence, tuple[str | Slot, ...]]


ENGLISH = Grammar(
    number=numbers.english,
    place=numbers.english,
    keys={
        **{digit: f"number-{digit}" for digit in "0123456789"},
        "*": "key-star",
        "#": "key-hash",
    },
    sentences={
        Sentence.POSITION: ("position", PLACE, PAUSE),
        Sentence.FAR_BACK: ("position-far",),
        Sentence.LEAVE: ("press", KEY, "to-leave"),
        Sentence.CALL_BACK: ("press", KEY, "for-call-back"),
        Sentence.WAIT_SECONDS: ("wait", "less-than-a-minute"),
        Sentence.WAIT_MINUTE: ("wait", "about", NUMBER, "minute"),
        Sentence.WAIT_MINUTES: ("wait", "about", NUMBER, "minutes"),
        Sentence.WAIT_HOURS: ("wait", "more-than-an-hour"),
        Sentence.COMFORT: ("comfort",),
        Sentence.ACCEPT: ("call", "press", KEY, "to-accept"),
        Sentence.ACCEPT_FOR: ("call-for", QUEUE, PAUSE, "press", KEY, "to-accept"),
        Sentence.WAITED_SECONDS: ("waited", "less-than-a-minute"),
        Sentence.WAITED_MINUTE: ("waited", NUMBER, "minute"),
        Sentence.WAITED_MINUTES: ("waited", NUMBER, "minutes"),
        Sentence.WAITED_HOURS: ("waited", "more-than-an-hour"),
        Sentence.BEEP: ("beep",),
    },
)

TURKISH = Grammar(
    number=numbers.turkish,
    place=numbers.turkish_place,
    keys={
        **{digit: f"key-{digit}" for digit in "0123456789"},
        "*": "key-star",
        "#": "key-hash",
    },
    sentences={
        Sentence.POSITION: ("position", PLACE, "position-after"),
        Sentence.FAR_BACK: ("position-far",),
        Sentence.LEAVE: ("to-leave", KEY, "press"),
        Sentence.CALL_BACK: ("for-call-back", KEY, "press"),
        Sentence.WAIT_SECONDS: ("wait", "less-than-a-minute"),
        Sentence.WAIT_MINUTE: ("wait", "about", NUMBER, "minutes"),
        Sentence.WAIT_MINUTES: ("wait", "about", NUMBER, "minutes"),
        Sentence.WAIT_HOURS: ("wait", "more-than-an-hour"),
        Sentence.COMFORT: ("comfort",),
        Sentence.ACCEPT: ("call", "to-accept", KEY, "press"),
        Sentence.ACCEPT_FOR: (QUEUE, "call-for", "to-accept", KEY, "press"),
        Sentence.WAITED_SECONDS: ("waited", "waited-less-than-a-minute"),
        Sentence.WAITED_MINUTE: ("waited", NUMBER, "waited-minutes"),
        Sentence.WAITED_MINUTES: ("waited", NUMBER, "waited-minutes"),
        Sentence.WAITED_HOURS: ("waited", "waited-more-than-an-hour"),
        Sentence.BEEP: ("beep",),
    },
)

GRAMMARS: Mapping[Language, Grammar] = {Language.ENGLISH: ENGLISH, Language.TURKISH: TURKISH}
