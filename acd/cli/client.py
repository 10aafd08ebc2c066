"""Talking with the running process."""

import json
from http.client import HTTPException
from typing import Annotated, Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

import typer

TIMEOUT_S = 5.0
Server = Annotated[
    str, typer.Option(envvar="ACD_SERVER", help="Where `acd run` serves HTTP.", metavar="URL")
]
HERE = "http://127.0.0.1:8080"

# A proxy for the world must not be asked for what runs on this machine.
_open = build_opener(ProxyHandler({})).open


class NoAnswer(Exception):
    """Nobody serves there; the text says what to do."""


class Unwilling(Exception):
    """The process says no; the text is its sentence."""


def get(server: str, path: str) -> Any:
    """The JSON at the path. Raises NoAnswer, Unwilling."""
    return _ask(server, path, None)


def ask(server: str, agent: str, what: str, **body: str) -> Any:
    """Ask for something for an agent, as "login" with a project; the JSON of the answer.

    Raises NoAnswer, Unwilling.
    """
    return _ask(server, f"/agents/{quote(agent, safe='')}/{what}", json.dumps(body).encode())


def _ask(server: str, path: str, body: bytes | None) -> Any:
    url = server.rstrip("/") + path
    try:
        request = Request(url, data=body, headers={"Content-Type": "application/json"})
        with _open(request, timeout=TIMEOUT_S) as answer:
            return json.load(answer)
    except HTTPError as error:
        raise Unwilling(_sentence(error)) from error
    except (OSError, ValueError, HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise NoAnswer(
            f"no acd answers at {server} ({reason}): start one with `acd run`, or name another "
            "with --server or ACD_SERVER"
        ) from error


def _sentence(error: HTTPError) -> str:
    try:
        return str(json.load(error)["error"])
    except (ValueError, KeyError, TypeError):
        return f"{error.url} answers {error.code} {error.reason}: that is no acd"
