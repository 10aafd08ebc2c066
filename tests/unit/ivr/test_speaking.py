"""What is said: in the right words, of files that exist, for as long as it says."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from acd.audio.g711 import RATE
from acd.ivr import speaking
from acd.ivr.grammar import KEYS
from acd.ivr.recorded import RECORDED_MS
from acd.ivr.speaking import Spoken
from acd.settings import Language

SOUNDS = Path(__file__).parents[3] / "sounds"
ENGLISH, TURKISH = Language
WORDS: dict[Language, dict[str, str]] = {
    language: {
        "beep": "*beep*",
        "pause": "",
        **yaml.safe_load((SOUNDS / f"{language}.yaml").read_text()),
    }
    for language in Language
}
OWN = "sound:our-sales"
LAWS = ("ulaw", "alaw")


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def text(spoken: Spoken) -> str:
    """What a person hears, in words."""
    parts = [media.removeprefix("sound:") for media in spoken.media]
    words = [
        WORDS[spoken.language][part.removeprefix("acd/")] if part.startswith("acd/") else "<sales>"
        for part in parts
    ]
    return " ".join(filter(None, words)).replace(",", "").replace(".", "").lower()


def all_that_can_be_said(language: Language) -> Iterator[Spoken]:
    for count in range(1000):
        yield speaking.number(language, count)
    for place in range(1, 1002):
        yield speaking.position(language, place)
    for key in KEYS:
        yield speaking.exit_offer(language, key)
        yield speaking.exit_offer(language, key, called_back=True)
        yield speaking.accept(language, key)
        yield speaking.accept(language, key, OWN)
    for half in range(140):
        yield speaking.estimated_wait(language, minutes(half / 2))
        yield speaking.whisper(language, None, minutes(half / 2))
        yield speaking.whisper(language, OWN, minutes(half / 2))
    yield speaking.whisper(language, OWN)
    yield speaking.comfort(language)
    yield speaking.beep(language)


def parts(language: Language) -> set[str]:
    said = (spoken.media for spoken in all_that_can_be_said(language))
    own = {OWN.removeprefix("sound:")}
    return {media.removeprefix("sound:") for each in said for media in each} - own


@pytest.mark.parametrize("language", Language)
def test_nothing_is_said_that_is_not_recorded_and_nothing_recorded_is_never_said(
    language: Language,
) -> None:
    assert parts(language) == speaking.names(language)
    assert speaking.names(language) == {f"acd/{part}" for part in WORDS[language]}


@pytest.mark.parametrize("language", Language)
def test_each_file_is_there_in_both_laws_and_as_long_as_the_table_says(language: Language) -> None:
    folder = SOUNDS / language / "acd"
    there = {path.name: path.stat().st_size * 1000 / RATE for path in folder.iterdir()}
    told = RECORDED_MS[language].items()
    assert there == {f"{part}.{law}": length for part, length in told for law in LAWS}


@pytest.mark.parametrize("language", Language)
def test_a_duration_is_that_of_its_parts(language: Language) -> None:
    for spoken in all_that_can_be_said(language):
        lengths = [
            speaking.OWN_SOUND_MS
            if media == OWN
            else RECORDED_MS[language][media.removeprefix("sound:acd/")]
            for media in spoken.media
        ]
        assert spoken.duration_ms == sum(lengths) > 0


@pytest.mark.parametrize("language", Language)
def test_the_longest_is_the_longest(language: Language) -> None:
    places = [speaking.position(language, place).duration_ms for place in range(1, 1002)]
    assert speaking.LONGEST_POSITION_MS[language] == max(places)
    waits = [
        speaking.estimated_wait(language, minutes(half / 2)).duration_ms for half in range(200)
    ]
    assert speaking.LONGEST_WAIT_MS[language] == max(waits)


@pytest.mark.parametrize(
    ("place", "english", "turkish"),
    [
        (1, "one", "birinci"),
        (2, "two", "ikinci"),
        (3, "three", "üçüncü"),
        (4, "four", "dördüncü"),
        (6, "six", "altıncı"),
        (9, "nine", "dokuzuncu"),
        (10, "ten", "onuncu"),
        (12, "twelve", "on ikinci"),
        (20, "twenty", "yirminci"),
        (21, "twenty one", "yirmi birinci"),
        (30, "thirty", "otuzuncu"),
        (47, "forty seven", "kırk yedinci"),
        (60, "sixty", "altmışıncı"),
        (80, "eighty", "sekseninci"),
        (100, "one hundred", "yüzüncü"),
        (105, "one hundred five", "yüz beşinci"),
        (110, "one hundred ten", "yüz onuncu"),
        (119, "one hundred nineteen", "yüz on dokuzuncu"),
        (123, "one hundred twenty three", "yüz yirmi üçüncü"),
        (200, "two hundred", "iki yüzüncü"),
        (508, "five hundred eight", "beş yüz sekizinci"),
        (999, "nine hundred ninety nine", "dokuz yüz doksan dokuzuncu"),
    ],
)
def test_the_position_is_told(place: int, english: str, turkish: str) -> None:
    told = text(speaking.position(ENGLISH, place))
    assert told == f"you are currently in position {english}"
    assert text(speaking.position(TURKISH, place)) == f"şu anda {turkish} sıradasınız"


def test_a_position_that_cannot_be_counted_out_is_not_told_wrong() -> None:
    assert text(speaking.position(ENGLISH, 1000)).endswith("there are many callers before you")
    assert text(speaking.position(TURKISH, 9999)).endswith("önünüzde çok sayıda arayan var")


UNITS = ["sıfır", "bir", "iki", "üç", "dört", "beş", "altı", "yedi", "sekiz", "dokuz"]
TENS = ["", "on", "yirmi", "otuz", "kırk", "elli", "altmış", "yetmiş", "seksen", "doksan"]
ORDINALS = {"dört": "dördüncü"}
HARMONY = {"a": "ı", "ı": "ı", "e": "i", "i": "i", "o": "u", "u": "u", "ö": "ü", "ü": "ü"}


def ordinal(word: str) -> str:
    """The ordinal of a word by the rule of the language: vowel harmony."""
    if word in ORDINALS:
        return ORDINALS[word]
    vowel = HARMONY[[letter for letter in word if letter in HARMONY][-1]]
    return f"{word}nc{vowel}" if word[-1] in HARMONY else f"{word}{vowel}nc{vowel}"


@pytest.mark.parametrize(
    ("count", "english", "turkish"),
    [
        (0, "zero", "sıfır"),
        (11, "eleven", "on bir"),
        (20, "twenty", "yirmi"),
        (100, "one hundred", "yüz"),
        (123, "one hundred twenty three", "yüz yirmi üç"),
        (340, "three hundred forty", "üç yüz kırk"),
    ],
)
def test_a_number_is_told(count: int, english: str, turkish: str) -> None:
    assert text(speaking.number(ENGLISH, count)) == english
    assert text(speaking.number(TURKISH, count)) == turkish


def test_every_turkish_place_ends_as_the_language_has_it() -> None:
    for place in range(1, 1000):
        told = text(speaking.position(TURKISH, place)).split()[2:-1]
        hundreds, rest = divmod(place, 100)
        words = ([UNITS[hundreds]] if hundreds > 1 else []) + (["yüz"] if hundreds else [])
        words += [TENS[rest // 10]] if rest >= 10 else []
        words += [UNITS[rest % 10]] if rest % 10 else []
        assert told == [*words[:-1], ordinal(words[-1])]


@pytest.mark.parametrize(
    ("key", "english", "turkish"),
    [("1", "one", "bire"), ("6", "six", "altıya"), ("*", "the star key", "yıldıza")],
)
def test_the_exit_is_offered(key: str, english: str, turkish: str) -> None:
    leave = speaking.exit_offer(ENGLISH, key)
    assert text(leave) == f"press {english} to leave the queue"
    assert text(speaking.exit_offer(TURKISH, key)) == f"sıradan çıkmak için {turkish} basın"
    back = speaking.exit_offer(ENGLISH, key, called_back=True)
    assert text(back) == f"press {english} if you want to be called back"
    back = speaking.exit_offer(TURKISH, key, called_back=True)
    assert text(back) == f"geri aranmak istiyorsanız {turkish} basın"


@pytest.mark.parametrize(
    ("wait", "spoken"),
    [(0, 0), (0.99, 0), (1, 1), (1.4, 1), (1.5, 2), (9.6, 10), (10.1, 10), (12.6, 15), (58, 60)],
)
def test_a_wait_is_rounded_as_nobody_would_doubt(wait: float, spoken: int) -> None:
    assert speaking.spoken_minutes(minutes(wait)) == spoken


@pytest.mark.parametrize(
    ("wait", "english", "turkish"),
    [
        (0.5, "less than a minute", "bir dakikadan az"),
        (1, "about one minute", "yaklaşık bir dakika"),
        (5, "about five minutes", "yaklaşık beş dakika"),
        (33, "about thirty five minutes", "yaklaşık otuz beş dakika"),
        (60, "about sixty minutes", "yaklaşık altmış dakika"),
        (65, "more than an hour", "bir saatten fazla"),
    ],
)
def test_the_estimated_wait_is_told(wait: float, english: str, turkish: str) -> None:
    told = text(speaking.estimated_wait(ENGLISH, minutes(wait)))
    assert told == f"your estimated waiting time is {english}"
    told = text(speaking.estimated_wait(TURKISH, minutes(wait)))
    assert told == f"tahmini bekleme süreniz {turkish}"


def test_the_comfort_message_promises_what_is_so() -> None:
    assert text(speaking.comfort(ENGLISH)).startswith("thank you for waiting")
    assert text(speaking.comfort(TURKISH)).startswith("beklediğiniz için teşekkür ederiz")


def test_a_mobile_is_asked_to_accept_with_the_name_of_the_queue() -> None:
    assert text(speaking.accept(ENGLISH, "1")) == "you have a call press one to accept it"
    named = text(speaking.accept(ENGLISH, "1", OWN))
    assert named == "you have a call for <sales> press one to accept it"
    named = text(speaking.accept(TURKISH, "5", OWN))
    assert named == "<sales> kuyruğu için bir çağrınız var kabul etmek için beşe basın"
    assert text(speaking.accept(TURKISH, "5")).startswith("bir çağrınız var")


def test_an_agent_is_told_which_queue_and_how_long_the_caller_has_waited() -> None:
    assert text(speaking.whisper(ENGLISH, OWN)) == "<sales>"
    both = speaking.whisper(ENGLISH, OWN, minutes(1))
    assert text(both) == "<sales> the caller has waited one minute"
    assert text(speaking.whisper(TURKISH, None, minutes(4))) == "arayan dört dakikadır bekliyor"
    told = text(speaking.whisper(TURKISH, None, minutes(0)))
    assert told == "arayan bir dakikadan az süredir bekliyor"
    assert speaking.whisper(TURKISH, None).media == ()


def test_two_things_are_said_as_one() -> None:
    place, offer = speaking.position(TURKISH, 3), speaking.exit_offer(TURKISH, "1")
    both = place + offer
    assert both.language is TURKISH
    assert both.media == (*place.media, *offer.media)
    assert both.duration_ms == place.duration_ms + offer.duration_ms


@pytest.mark.parametrize("language", Language)
def test_what_is_played_lasts_as_long_as_what_was_said(language: Language) -> None:
    said = speaking.position(language, 12)
    assert speaking.duration_of(said.media, language) == said.duration_ms
    assert speaking.duration_of((OWN,), language) == speaking.OWN_SOUND_MS
    assert speaking.is_ours(said.media)
    assert not speaking.is_ours((*said.media, OWN))
