"""What is said to callers and agents: media for Asterisk, and how long they last.

Say it with Play(media=spoken.media, language=spoken.language). The end is told by Asterisk; the
duration is for planning, and bounds what is waited for.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from acd.ivr.grammar import GRAMMARS, PAUSE, Sentence, Slot
from acd.ivr.numbers import HIGHEST
from acd.ivr.recorded import RECORDED_MS
from acd.settings import Language

OURS = "sound:acd/"
OWN_SOUND_MS = 3000
"""So long a sound that the admin names is taken to last: only Asterisk has it."""
MINUTE = timedelta(minutes=1)
FINE_MINUTES = 10
"""Up to here a wait is said to the minute, and then to five."""
MOST_MINUTES = 60

_WAIT = (Sentence.WAIT_SECONDS, Sentence.WAIT_MINUTE, Sentence.WAIT_MINUTES, Sentence.WAIT_HOURS)
_WAITED = (
    Sentence.WAITED_SECONDS,
    Sentence.WAITED_MINUTE,
    Sentence.WAITED_MINUTES,
    Sentence.WAITED_HOURS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """Something said as one playback, in one language."""

    language: Language
    media: tuple[str, ...] = ()
    """ARI's media, one after the other."""
    duration_ms: int = 0

    def __add__(self, then: "Spoken") -> "Spoken":
        """This and then that; the language is that of this."""
        return replace(
            self, media=self.media + then.media, duration_ms=self.duration_ms + then.duration_ms
        )


def position(language: Language, place: int) -> Spoken:
    """You are currently in position 12. The first place is 1; beyond 999 the number is not said."""
    if place > HIGHEST:
        return _said(language, Sentence.FAR_BACK)
    return _said(language, Sentence.POSITION, number=place)


def exit_offer(language: Language, key: str, *, called_back: bool = False) -> Spoken:
    """Press 1 to leave the queue; or, press 1 if you want to be called back. key: one of KEYS."""
    return _said(language, Sentence.CALL_BACK if called_back else Sentence.LEAVE, key=key)


def estimated_wait(language: Language, wait: timedelta) -> Spoken:
    """Your estimated waiting time is about 5 minutes; rounded as spoken_minutes says."""
    return _with_minutes(language, _WAIT, spoken_minutes(wait))


def number(language: Language, count: int) -> Spoken:
    """A number from 0 to 999 by itself."""
    return _recorded(language, *GRAMMARS[language].number(count))


def comfort(language: Language) -> Spoken:
    """Thank you for waiting."""
    return _said(language, Sentence.COMFORT)


def accept(language: Language, key: str, queue: str | None = None) -> Spoken:
    """You have a call for sales. Press 1 to accept it. queue: the sound that is its name."""
    sentence = Sentence.ACCEPT_FOR if queue else Sentence.ACCEPT
    return _said(language, sentence, key=key, queue=queue)


def whisper(language: Language, queue: str | None, waited: timedelta | None = None) -> Spoken:
    """To the agent before the caller: the sound that is the queue's name, how long the caller has
    waited, or both. Of neither it is silent: no media."""
    name = own(language, queue) if queue else Spoken(language=language)
    if waited is None:
        return name
    wait = _with_minutes(language, _WAITED, spoken_minutes(waited))
    return name + _recorded(language, PAUSE) + wait if queue else wait


def own(language: Language, sound: str) -> Spoken:
    """A sound that the admin names (sound:NAME)."""
    return Spoken(language=language, media=(sound,), duration_ms=OWN_SOUND_MS)


def beep(language: Language) -> Spoken:
    """A short tone: you are connected."""
    return _said(language, Sentence.BEEP)


def spoken_minutes(wait: timedelta) -> int:
    """The minutes that are said: to the full one up to ten, and then to five; 0 is less than one.

    An exact number would promise what no estimate can keep.
    """
    if wait < MINUTE:
        return 0
    step = 1 if wait <= FINE_MINUTES * MINUTE else 5
    return int(wait / (step * MINUTE) + 0.5) * step


def names(language: Language) -> frozenset[str]:
    """All sounds that can be played in the language, as Asterisk calls them."""
    return frozenset(f"acd/{part}" for part in RECORDED_MS[language])


def duration_of(media: Iterable[str], language: Language) -> int:
    """How many milliseconds a playback of these lasts."""
    lengths = RECORDED_MS[language]
    return sum(lengths.get(each.removeprefix(OURS), OWN_SOUND_MS) for each in media)


def is_ours(media: Iterable[str]) -> bool:
    """Whether how long it lasts is known: nothing of it is a sound that the admin names."""
    return all(each.startswith(OURS) for each in media)


def _with_minutes(language: Language, form: tuple[Sentence, ...], minutes: int) -> Spoken:
    seconds, minute, several, hours = form
    if minutes == 0:
        return _said(language, seconds)
    if minutes > MOST_MINUTES:
        return _said(language, hours)
    return _said(language, minute if minutes == 1 else several, number=minutes)


def _said(
    language: Language,
    sentence: Sentence,
    *,
    number: int = 1,
    key: str = "1",
    queue: str | None = None,
) -> Spoken:
    """The sentence with its slots filled."""
    grammar = GRAMMARS[language]
    spoken = Spoken(language=language)
    for part in grammar.sentences[sentence]:
        match part:
            case Slot.NUMBER:
                spoken += _recorded(language, *grammar.number(number))
            case Slot.PLACE:
                spoken += _recorded(language, *grammar.place(number))
            case Slot.KEY:
                spoken += _recorded(language, grammar.keys[key])
            case Slot.QUEUE:
                spoken += own(language, queue or "")
            case name:
                spoken += _recorded(language, name)
    return spoken


def _recorded(language: Language, *parts: str) -> Spoken:
    return Spoken(
        language=language,
        media=tuple(f"{OURS}{part}" for part in parts),
        duration_ms=sum(RECORDED_MS[language][part] for part in parts),
    )


def _longest_position(language: Language) -> int:
    """The hundreds come before what is below: the longest of both together is the longest."""
    below = max(position(language, place).duration_ms for place in range(1, 100))
    hundreds = max(RECORDED_MS[language][f"number-{n}"] for n in range(100, 1000, 100))
    return max(below + hundreds, position(language, HIGHEST + 1).duration_ms)


def _longest_wait(language: Language) -> int:
    waits = range(0, MOST_MINUTES + 10)
    return max(estimated_wait(language, wait * MINUTE).duration_ms for wait in waits)


LONGEST_POSITION_MS: Mapping[Language, int] = {each: _longest_position(each) for each in Language}
"""No position takes longer to be said."""
LONGEST_WAIT_MS: Mapping[Language, int] = {each: _longest_wait(each) for each in Language}
"""No estimated wait takes longer to be said."""
