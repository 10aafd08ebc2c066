"""`acd lost`, against a process that answers."""

import json
from typing import Any

from tests.unit.cli.test_commands import Process, acd, process

__all__ = ["acd", "process"]
CALL = {
    "entry": "1-1.1",
    "interaction": "1-1",
    "caller": "+491",
    "number": "700",
    "entered_at": "2026-07-01T12:00:00.000+00:00",
    "waited_s": 65.0,
    "outcome": "abandoned",
    "short": True,
    "place": 3,
    "offers": [{"agent": "ayse", "at": "2026-07-01T12:00:05.000+00:00", "outcome": "missed"}],
    "called_back": {"by": "root", "at": "2026-07-01T13:00:00.000+00:00", "result": "reached"},
}


def test_lost_calls_are_listed(process: Process, acd: Any) -> None:
    process.answer = json.dumps([CALL, {**CALL, "called_back": None, "short": False}])
    first, second = acd("lost", "customer care", "--unmarked").out.splitlines()[1:]
    assert first.split()[:6] == ["2026-07-01", "12:00:00", "1-1.1", "+491", "700", "1:05"]
    assert "3  abandoned (short)" in first
    assert first.rstrip().endswith("reached by root")
    assert second.rstrip().endswith("ayse missed")
    [asked] = process.asked
    assert asked[1].startswith("/api/v1/queues/customer%20care/lost?kind=abandoned%2C")
    assert "unmarked=True" in asked[1]


def test_one_is_marked(process: Process, acd: Any) -> None:
    process.answer = json.dumps({"entry": "1-1.1", "called_back": CALL["called_back"]})
    end = acd("lost", "sales", "--mark", "1-1.1", "--result", "not_reached")
    assert end.out == "1-1.1 is marked: not_reached\n"
    [asked] = process.asked
    assert asked[:2] == ("PUT", "/api/v1/queues/sales/lost/1-1.1")
    assert json.loads(process.answer) == json.loads(acd("lost", "a", "--mark", "b", "--json").out)
