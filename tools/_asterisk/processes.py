"""A process known so well that a later one with the same number is not mistaken for it."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from _asterisk.places import Trouble

_POLL_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process by number and by start, the latter in clock ticks since the machine's start."""

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> "Process":
        """The process that has this number now. Raises Trouble if there is none."""
        fields = _stat(pid)
        if fields is None:
            raise Trouble(f"Process {pid} is gone already. Look at the log of the instance.")
        return cls(pid=pid, started=int(fields[19]))

    def alive(self) -> bool:
        """Whether it still runs; one that ended and was not yet collected does not."""
        fields = _stat(self.pid)
        return fields is not None and int(fields[19]) == self.started and fields[0] not in "ZX"

    def end(self, number: signal.Signals, patience_s: float) -> bool:
        """Signal it and wait until it is gone; False if it outlives the patience."""
        if self.alive():
            os.kill(self.pid, number)
        deadline = time.monotonic() + patience_s
        while self.alive():
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_S)
        return True


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat from the third on, the state; None if it is gone."""
    if not Path("/proc/self/stat").exists():
        raise Trouble(
            "/proc is not there, so no process can be watched. Mount it: mount -t proc proc /proc."
        )
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return text.rpartition(")")[2].split()
