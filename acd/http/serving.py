"""Serving: the port, and the API on it."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web


class PortTaken(Exception):
    """Another program listens there."""


def listen(host: str, port: int) -> socket.socket:
    """Take the port; 0 is a free one. Raises PortTaken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise PortTaken(
            f"HTTP cannot listen at {host}:{port} ({error.strerror}): end the program that does "
            "(`ss -ltnp` shows it), or choose another port with --http or `http:`"
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
