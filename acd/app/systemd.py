"""Telling systemd how we are, by the protocol of sd_notify(3); run by hand, nobody is told.

A watchdog's sign of life comes from the loop itself: one that hangs is ended and started anew.
"""

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Mapping

logger = logging.getLogger(__name__)

STATUS_EVERY_S = 10.0
"""Without a watchdog: how often the status is told."""


class Systemd:
    """The unit we run as. Raises ValueError for a WATCHDOG_USEC that is no number."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "").replace("@", "\0", 1)
        ours = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        limit_us = int(environment.get("WATCHDOG_USEC", "0")) if ours else 0
        # A third of the limit, so that one sign may come late.
        self._every_s = limit_us / 3_000_000 or STATUS_EVERY_S

    async def run(self, status: Callable[[], str]) -> None:
        """Tell that we serve, and from then on that the loop turns, with the status in words."""
        self.tell("READY=1")
        while self._address:
            self.tell("WATCHDOG=1", f"STATUS={status()}")
            await asyncio.sleep(self._every_s)

    def tell(self, *fields: str) -> None:
        """Send the fields, such as READY=1. One who does not listen is no reason to fail."""
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.setblocking(False)
            try:
                notify.sendto("\n".join(fields).encode(), self._address)
            except OSError as error:
                logger.warning("systemd cannot be told", extra={"reason": str(error)})
