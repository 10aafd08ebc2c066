"""Everything that is kept comes back as it was."""

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acd.db.codec import Codec, Unreadable
from acd.db.record import MESSAGES, line_of, line_values
from acd.distributor.state import KINDS
from acd.effects import Answer, Effect, StopMusic, Watch
from acd.facts import DigitPressed, EffectFailed, LegRinging
from acd.ids import Channel, ChannelId, Lane, NodeId
from acd.requests import Apply
from acd.revision import Revision, revision
from acd.settings import SYSTEM_STATUSES, General, Settings
from acd.views import Record

# All our times have a zone; hypothesis would draw naive ones.
st.register_type_strategy(datetime, st.datetimes(timezones=st.just(UTC)))
st.register_type_strategy(
    timedelta, st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=1))
)
NOW = datetime(2026, 1, 5, 9, 30, 0, 123456, tzinfo=UTC)
CHANNEL = Channel(NodeId("a"), ChannelId("1-1-1.1"))
CODEC = Codec((*MESSAGES, *KINDS))


class Line:
    """A line of the journal as a query gives it."""

    def __init__(self, values: dict[str, object]) -> None:
        self.__dict__.update(values)


@pytest.mark.parametrize("kind", [*MESSAGES, *KINDS], ids=lambda kind: kind.__name__)
@settings(deadline=None, max_examples=25)
@given(st.data())
def test_every_fact_request_effect_and_row_comes_back_as_it_was(
    kind: type, data: st.DataObject
) -> None:
    value = data.draw(st.from_type(kind))
    again = CODEC.decode(kind.__name__, CODEC.encode(value))
    assert type(again) is kind
    assert again == value
    assert isinstance(getattr(again, "channel", None), Channel | None)


@pytest.mark.parametrize("kind", get_args(Effect), ids=lambda kind: kind.__name__)
@settings(deadline=None, max_examples=25)
@given(st.data())
def test_an_effect_that_failed_comes_back_as_what_it_was(kind: type, data: st.DataObject) -> None:
    fact = EffectFailed(effect=data.draw(st.from_type(kind)), reason="gone")
    again = CODEC.decode("EffectFailed", CODEC.encode(fact))
    assert type(again.effect) is kind
    assert again == fact


def test_effects_that_look_the_same_come_back_as_what_they_were() -> None:
    alike = [kind(lane=Lane("1"), channel=CHANNEL) for kind in (Watch, Answer, StopMusic)]
    again = CODEC.decode_many(CODEC.encode_many(alike))
    assert again == tuple(alike)
    assert list(map(type, again)) == [Watch, Answer, StopMusic]


def test_a_whole_configuration_comes_back() -> None:
    whole = revision(Settings(), Settings(statuses=SYSTEM_STATUSES))
    again = CODEC.decode("Apply", CODEC.encode(Apply(revision=whole)))
    assert again.revision == whole


@pytest.mark.parametrize(
    ("name", "text"),
    [("Vanished", "{}"), ("LegRinging", "{}"), ("LegRinging", "["), ("EffectFailed", "{}")],
)
def test_what_cannot_be_read_says_so(name: str, text: str) -> None:
    with pytest.raises(Unreadable):
        CODEC.decode(name, text)


@pytest.mark.parametrize("text", ['[["Vanished",{}]]', "[", '[["Answer",{}]]'])
def test_effects_that_cannot_be_read_say_so(text: str) -> None:
    with pytest.raises(Unreadable):
        CODEC.decode_many(text)


def test_what_is_not_json_is_refused() -> None:
    with pytest.raises(ValueError, match="object"):
        CODEC.encode(LegRinging(channel=Channel(NodeId("a"), object())))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "about"),
    [
        ("fact", LegRinging(channel=CHANNEL)),
        ("request", Apply(revision=Revision(general=General()))),
        ("deadline", None),
        ("quarantine", '1-1"é'),
    ],
)
def test_a_record_is_read_back_as_it_was_written(kind: str, about: object) -> None:
    effects = (Answer(lane=Lane("1"), channel=CHANNEL),)
    record = Record(at=NOW, kind=kind, input=about, effects=effects, outcome="bug", detail="why")  # type: ignore[arg-type]
    line = line_of(CODEC, Line(line_values(CODEC, record, 7, 3)))
    assert (line.seq, line.run, line.at, line.kind) == (7, 3, NOW, kind)
    assert (line.input, line.effects) == (about, effects)
    assert (line.outcome, line.detail) == ("bug", "why")


def test_a_digit_never_enters_the_journal() -> None:
    record = Record(at=NOW, kind="fact", input=DigitPressed(channel=CHANNEL, digit="7"))
    values = line_values(CODEC, record, 1, 1)
    assert '"digit":"*"' in values["input"]
    assert not [value for value in values.values() if value == "7"]
