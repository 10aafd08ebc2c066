"""What GET /live shows of given rows."""

import json
from collections.abc import Mapping
from typing import Any

from acd.distributor import State
from acd.http import frames, live
from acd.http.frames import EVERYTHING
from acd.http.view import LiveView
from tests.unit.http.rows import NOW


def picture(tables: State) -> Mapping[str, Any]:
    """As GET /live gives it."""
    view = LiveView(lambda: tables)
    while view.stale:
        view.draw(1)
    text = frames.snapshot(view, EVERYTHING, run=3, seq=7, at=live.moment(NOW))
    found: Mapping[str, Any] = json.loads(text)
    return found
