"""Serving: the port, and the API on it."""

import errno
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web


class PortTaken(Exception):
    """HTTP cannot be served there; the text says why, and what to do."""


def listen(host: str, port: int) -> socket.socket:
    """Take the port; 0 is a free one. Raises PortTaken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        if error.errno == errno.EADDRINUSE:
            reason = "another program listens there, which `ss -ltnp` shows"
        raise PortTaken(
            f"HTTP cannot be served at {host}:{port}: {reason}. Choose another address with "
            "--http or `http:`"
        ) from error


@asynccontextmanager
async def serving(application: web.Application, at: socket.socket) -> AsyncIterator[None]:
    """Answer requests at the socket; at the end those under way are given a second."""
    runner = web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.SockSite(runner, at).start()
        yield
    finally:
        await runner.cleanup()
