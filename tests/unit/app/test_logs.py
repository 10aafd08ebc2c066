"""How a line of the log looks, and what it keeps to itself."""

import json
import logging
from collections.abc import Iterator

import pytest

from acd.app.logs import LogStyle, set_up
from acd.effects import HangUp, Ring
from acd.facts import CallArrived, LegAnswered
from acd.ids import Channel, ChannelId, Lane, NodeId

CHANNEL = Channel(NodeId("asterisk"), ChannelId("1-1-1.1"))
logger = logging.getLogger("acd.test")


@pytest.fixture(autouse=True)
def _root_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def line(capsys: pytest.CaptureFixture[str], style: LogStyle, **fields: object) -> str:
    set_up(style)
    logger.info("call offered", extra=fields)
    return capsys.readouterr().err.rstrip("\n")


def test_people_read_the_sentence_and_then_the_fields(capsys: pytest.CaptureFixture[str]) -> None:
    told = line(capsys, LogStyle.HUMAN, agent="ayse", tries=2)
    assert told.partition(" ")[2] == "INFO    acd.test: call offered agent=ayse tries=2"


def test_programs_read_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(line(capsys, LogStyle.JSON, agent="ayşe", tries=2, reason=None))
    assert isinstance(told.pop("at"), float)
    assert told == {
        "level": "INFO",
        "logger": "acd.test",
        "message": "call offered",
        "agent": "ayşe",
        "tries": 2,
        "reason": None,
    }


def test_of_effects_and_facts_only_type_and_ids_are_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    effect = Ring(
        lane=Lane("x"),
        channel=CHANNEL,
        endpoint="PJSIP/+905551112233@carrier",
        caller="+4930123456",
        caller_name="Somebody",
        timeout_s=60,
    )
    fact = CallArrived(channel=CHANNEL, number="700", caller="+4930123456")
    told = json.loads(line(capsys, LogStyle.JSON, effect=effect, facts=[fact], by={"a": fact}))
    shown = "(channel=asterisk/1-1-1.1)"
    assert told["effect"] == f"Ring{shown}"
    assert told["facts"] == f"CallArrived{shown}"
    assert told["by"] == {"a": f"CallArrived{shown}"}


@pytest.mark.parametrize(
    ("fields", "interaction"),
    [
        ({"effect": HangUp(lane=Lane("7-12"), channel=CHANNEL)}, "7-12"),
        ({"effect": HangUp(lane=Lane("7-12-7.3"), channel=CHANNEL)}, "7-12"),
        ({"fact": LegAnswered(channel=CHANNEL)}, "1-1"),
        ({"owner": "7-12", "traceback": "..."}, "7-12"),
        ({"fact": LegAnswered(channel=Channel(NodeId("a"), ChannelId("1763.5")))}, None),
        ({"agent": "ayse"}, None),
    ],
)
def test_a_line_about_a_call_names_its_interaction(
    fields: dict[str, object], interaction: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert json.loads(line(capsys, LogStyle.JSON, **fields)).get("interaction") == interaction


@pytest.mark.parametrize("style", LogStyle)
def test_an_exception_comes_with_its_traceback(
    capsys: pytest.CaptureFixture[str], style: LogStyle
) -> None:
    set_up(style)
    try:
        _ = 1 / 0
    except ZeroDivisionError:
        logger.exception("an edge failed")
    told = capsys.readouterr().err
    assert told.rstrip().endswith(
        "ZeroDivisionError: division by zero" + ('"}' if style is LogStyle.JSON else "")
    )
    assert len(told.splitlines()) == 1 or style is LogStyle.HUMAN


def test_what_others_log_at_length_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(LogStyle.HUMAN)
    logging.getLogger("alembic.runtime.migration").info("Context impl SQLiteImpl.")
    assert capsys.readouterr().err == ""
