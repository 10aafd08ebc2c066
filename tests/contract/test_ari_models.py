"""The generated models: true to Asterisk's JSON, and lenient about what comes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from acd.ari.events import RawEvent, decode
from acd.ari.models import (
    EVENTS,
    OPERATIONS,
    ChannelDestroyed,
    ChannelEnteredBridge,
    ChannelTransfer,
    Event,
    Sound,
    StasisStart,
)

ROOT = Path(__file__).resolve().parents[2]
GENERATOR = ROOT / "tools" / "ari_models"

START = {
    "type": "StasisStart",
    "timestamp": "2026-01-01T10:00:00.000+0300",
    "application": "acd",
    "asterisk_id": "node-1",
    "args": ["in", "700"],
    "channel": {
        "id": "1767225600.1",
        "name": "PJSIP/carrier-00000001",
        "state": "Ring",
        "protocol_id": "abc@127.0.0.1",
        "caller": {"name": "Zoë", "number": "+902121112233"},
        "connected": {"name": "", "number": ""},
        "accountcode": "",
        "dialplan": {
            "context": "from-trunk",
            "exten": "700",
            "priority": 3,
            "app_name": "Stasis",
            "app_data": "acd,in,700",
        },
        "creationtime": "2026-01-01T10:00:00.000+0300",
        "language": "en",
        "channelvars": {"ACD_CALL": "i-1"},
    },
}


def decoded(raw: Any) -> Event:
    event = decode(json.dumps(raw))
    assert event is not None
    return event


def test_an_event_is_decoded_with_all_it_carries() -> None:
    event = decoded(START)
    assert isinstance(event, StasisStart)
    assert (event.application, event.asterisk_id, event.args) == ("acd", "node-1", ["in", "700"])
    channel = event.channel
    assert (channel.id, channel.state, channel.caller.name) == ("1767225600.1", "Ring", "Zoë")
    assert (channel.dialplan.priority, channel.dialplan.app_data) == (3, "acd,in,700")
    assert channel.channelvars == {"ACD_CALL": "i-1"}
    assert event.replace_channel is None
    assert event.raw == START


def test_unknown_fields_are_ignored_and_stay_in_the_raw_event() -> None:
    channel = START["channel"] | {"mood": "good"}  # type: ignore[operator]
    event = decoded(START | {"weather": "fine", "channel": channel})
    assert isinstance(event, StasisStart)
    assert event == decoded(START)
    assert event.raw["weather"] == "fine"
    assert event.raw["channel"]["mood"] == "good"


def test_an_event_of_an_unknown_type_is_raw() -> None:
    event = decoded({"type": "ChannelLevitated", "height_m": 3, "application": "acd"})
    assert type(event) is RawEvent
    assert (event.type, event.application, event.raw["height_m"]) == ("ChannelLevitated", "acd", 3)


def test_missing_required_parts_read_as_empty_and_missing_numbers_as_none() -> None:
    event = decoded({"type": "ChannelDestroyed"})
    assert isinstance(event, ChannelDestroyed)
    assert (event.cause, event.tech_cause, event.cause_txt) == (None, None, "")
    assert (event.channel.id, event.channel.dialplan.priority) == ("", None)


def test_a_missing_optional_object_is_none() -> None:
    event = decoded({"type": "ChannelEnteredBridge", "bridge": {"id": "b"}})
    assert isinstance(event, ChannelEnteredBridge)
    assert (event.bridge.id, event.bridge.channels, event.channel) == ("b", [], None)


def test_lists_of_models_and_optional_models_are_decoded() -> None:
    assert Sound.from_json({"formats": [{"language": "en"}]}).formats[0].language == "en"
    event = decoded(
        {
            "type": "ChannelTransfer",
            "refer_to": {"bridge": {"id": "b"}, "requested_destination": {"destination": "7"}},
        }
    )
    assert isinstance(event, ChannelTransfer)
    assert event.refer_to.bridge is not None
    assert event.refer_to.bridge.id == "b"
    assert event.refer_to.requested_destination.destination == "7"


@pytest.mark.parametrize("wrong", [None, 5, "x", [], True, {"id": None}])
@pytest.mark.parametrize("name", sorted(EVENTS))
def test_no_event_with_wrong_parts_raises(name: str, wrong: Any) -> None:
    fields = EVENTS[name]({}).__dataclass_fields__
    event = decoded({"type": name, **dict.fromkeys(fields.keys() - {"type"}, wrong)})
    assert event.type == name


def test_what_does_not_fit_its_model_at_all_is_raw() -> None:
    event = decoded({"type": "ChannelTransfer", "refer_to": {"requested_destination": {
        "additional_protocol_params": 7}}})  # fmt: skip
    assert type(event) is RawEvent


def test_operations_know_their_places() -> None:
    hangup = OPERATIONS["channels.hangup"]
    assert (hangup.method, hangup.path) == ("DELETE", "/channels/{channelId}")
    assert hangup.errors == (400, 404)
    assert "answered_elsewhere" in hangup.parameters[2].values
    originate = {each.name: each for each in OPERATIONS["channels.originateWithId"].parameters}
    assert (originate["variables"].place, originate["variables"].kind) == ("body", "container")
    assert (originate["endpoint"].required, originate["timeout"].kind) == (True, "int")


def test_every_placeholder_of_a_path_is_a_required_path_parameter() -> None:
    for operation in OPERATIONS.values():
        inside = [each for each in operation.parameters if each.place == "path"]
        assert all(each.required and f"{{{each.name}}}" in operation.path for each in inside)
        assert operation.path.count("{") == len(inside)


# The generator itself.

SMALL: dict[str, Any] = {
    "resourcePath": "/api-docs/events.{format}",
    "apis": [
        {
            "path": "/events/{name}",
            "operations": [
                {
                    "httpMethod": "POST",
                    "nickname": "make",
                    "responseClass": "void",
                    "parameters": [
                        {"name": "name", "paramType": "path", "dataType": "string"},
                        {
                            "name": "mode",
                            "paramType": "query",
                            "dataType": "string",
                            "allowableValues": {"valueType": "LIST", "values": ["a", "b"]},
                        },
                    ],
                    "errorResponses": [{"code": "404"}],
                }
            ],
        }
    ],
    "models": {
        "Message": {
            "properties": {"type": {"type": "string", "required": True}},
            "subTypes": ["Event"],
        },
        "Event": {"properties": {"from": {"type": "Date"}}, "subTypes": ["Made"]},
        "Made": {"properties": {"parts": {"type": "List[int]"}, "n": {"type": "long"}}},
    },
}


def generate(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(GENERATOR), *arguments], capture_output=True, text=True, check=False
    )


@pytest.fixture
def folder(tmp_path: Path) -> str:
    (tmp_path / "events.json").write_text(json.dumps(SMALL))
    (tmp_path / "resources.json").write_text('{"apis": "only an index"}')
    return str(tmp_path)


def test_the_generator_writes_models_that_work(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = generate(folder)
    assert (written.returncode, written.stderr) == (0, "")
    made: dict[str, Any] = {"__name__": "made"}
    monkeypatch.setitem(sys.modules, "made", ModuleType("made"))  # dataclasses look there
    exec(written.stdout, made)
    event = made["EVENTS"]["Made"]({"type": "Made", "from": "today", "parts": [1]})
    assert (event.type, event.from_, event.parts, event.n) == ("Made", "today", [1], None)
    assert isinstance(event, made["Event"])
    operation = made["OPERATIONS"]["events.make"]
    assert (operation.method, operation.errors) == ("POST", (404,))
    assert [(each.name, each.required, each.values) for each in operation.parameters] == [
        ("name", True, ()),
        ("mode", False, ("a", "b")),
    ]


def test_the_generator_writes_the_same_twice(folder: str) -> None:
    assert generate(folder).stdout == generate(folder).stdout


def test_the_check_shows_a_difference(folder: str) -> None:
    checked = generate("--check", folder)
    assert checked.returncode == 1
    assert "-class StasisStart(Event):" in checked.stdout


@pytest.mark.parametrize("arguments", [(), ("--check",), ("a", "b"), ("--help",)])
def test_wrong_arguments_are_told_the_usage(arguments: tuple[str, ...]) -> None:
    answered = generate(*arguments)
    assert answered.returncode == 2
    assert "tools/ari_models FOLDER" in answered.stderr


def test_a_folder_without_the_json_is_named(tmp_path: Path) -> None:
    answered = generate(str(tmp_path))
    assert answered.returncode == 1
    assert f"no rest-api JSON in {tmp_path}" in answered.stderr


def rest_api_folder() -> str:
    """Where Asterisk's own JSON is; the test is skipped, with the reason, where it is not."""
    tool = ROOT / "tools" / "asterisk"
    if not os.access(tool, os.X_OK):
        pytest.skip("models.py NOT compared with Asterisk's JSON: there is no tools/asterisk")
    asked = subprocess.run([str(tool), "rest-api"], capture_output=True, text=True, check=False)
    if asked.returncode or not asked.stdout.strip():
        said = asked.stderr.strip() or "nothing"
        pytest.skip(f"models.py NOT compared with Asterisk's JSON: tools/asterisk said {said}")
    return asked.stdout.strip()


def test_the_committed_models_are_those_of_the_asterisk_we_run() -> None:
    checked = generate("--check", rest_api_folder())
    assert checked.returncode == 0, checked.stdout
