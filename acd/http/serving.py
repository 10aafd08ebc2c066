"""Serving: the port, and the API on it."""

import errno
import logging
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

_wire = logging.getLogger("acd.http.wire")


def _lower(record: logging.LogRecord) -> bool:
    """What aiohttp logs is what it could not read: garbage from the network is no fault of ours,
    and its text (it may hold a token) is not for the log."""
    error = record.exc_info[1] if record.exc_info else None
    record.reason = type(error).__name__
    record.levelno, record.levelname = logging.INFO, "INFO"
    record.msg, record.args, record.exc_info = "a request cannot be read", (), None
    return True


_wire.addFilter(_lower)


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
    runner = web.AppRunner(
        application,
        access_log=None,
        handle_signals=False,
        shutdown_timeout=1.0,
        logger=_wire,
    )
    await runner.setup()
    try:
        await web.SockSite(runner, at).start()
        yield
    finally:
        await runner.cleanup()
