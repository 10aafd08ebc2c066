"""Whether two who talk lose anything of each other's voice while something happens."""

from __future__ import annotations

import time

from tests.parties.call import Call

IN_FLIGHT = 5
"""Packets of 20 ms: 100 ms, on their way or lost at most."""
LONGEST_S = 0.5
"""A hole in what is heard. Not less: on a busy machine packets come late, and our own voices are
late too. That none is lost is counted."""


class Talk:
    """Two calls in one conversation, from now on."""

    def __init__(self, one: Call, other: Call) -> None:
        self.since = time.monotonic()
        self._ways = [_Way(one, other), _Way(other, one)]

    def assert_whole(self) -> None:
        """Raises AssertionError if either has lost something, or has heard anything else."""
        for way in self._ways:
            way.assert_whole(self.since)


class _Way:
    def __init__(self, speaker: Call, listener: Call) -> None:
        self._speaker, self._listener = speaker.media, listener.media
        self._sent, self._received = self._speaker.packets_sent, self._listener.packets_received

    def assert_whole(self, since: float) -> None:
        sent = self._speaker.packets_sent - self._sent
        received = self._listener.packets_received - self._received
        tone, ears = self._speaker.tone, self._listener.ears
        assert sent - received <= IN_FLIGHT, f"{tone} Hz: {received} of {sent} packets came"
        assert ears.silence_gaps(tone, since, longest=LONGEST_S) == []
        assert ears.strange({tone}, since) == [], ears.summary(since)
