"""Talking with the running process."""

import json
import os
from contextlib import suppress
from http.client import HTTPException
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any
from urllib.error import HTTPError
from urllib.parse import quote, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

import typer

from acd.app import local_token

TIMEOUT_S = 5.0
API = "/api/v1"
HERE = "http://127.0.0.1:8080"
TOKEN = "ACD_TOKEN"


def _with_scheme(server: str) -> str:
    """The URL, which has http:// and a host. Raises BadParameter."""
    with suppress(ValueError):
        where = urlsplit(server)
        if where.scheme in ("http", "https") and where.hostname:
            return server
    raise typer.BadParameter(
        f"{server!r} is no URL of acd: it begins with http:// or https://, and a host follows, as "
        f"in {HERE}"
    )


Server = Annotated[
    str,
    typer.Option(
        envvar="ACD_SERVER",
        help="Where `acd run` serves HTTP.",
        metavar="URL",
        callback=_with_scheme,
    ),
]

# A proxy for the world must not be asked for what runs on this machine.
_open = build_opener(ProxyHandler({})).open


class NoAnswer(Exception):
    """Nobody serves there; the text says what to do."""


class Unwilling(Exception):
    """The process says no; the text is its sentence."""


def get(server: str, path: str) -> Any:
    """The JSON at the path below /api/v1. Raises NoAnswer, Unwilling."""
    return call(server, "GET", API + path)


def post(server: str, path: str, **body: Any) -> Any:
    """Put a request to the path below /api/v1. Raises NoAnswer, Unwilling."""
    return call(server, "POST", API + path, body)


def ask(server: str, agent: str, what: str, /, **body: Any) -> Any:
    """Ask for something for an agent, as "login" with a project; the JSON of the answer.

    Raises NoAnswer, Unwilling.
    """
    return post(server, f"/agents/{quote(agent, safe='')}/{what}", **body)


def call(
    server: str, method: str, path: str, body: Any = None, *, within_s: float = TIMEOUT_S
) -> Any:
    """Ask for that path, with the token of `token`; the JSON of the answer, None for an empty one.

    Raises NoAnswer, Unwilling.
    """
    url = server.rstrip("/") + path
    try:
        secret, whence = token(server)
        headers = {"Content-Type": "application/json"}
        if secret:
            headers["Authorization"] = f"Bearer {secret}"
        data = None if body is None else json.dumps(body).encode()
        request = Request(url, data=data, headers=headers, method=method)
        with _open(request, timeout=within_s) as answer:
            said = answer.read()
            return json.loads(said) if said else None
    except HTTPError as error:
        said = _sentence(error)
        raise Unwilling(f"{said} ({whence})" if error.code == 401 else said) from error
    except (OSError, ValueError, HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise NoAnswer(
            f"no acd answers at {server} ({reason}): start one with `acd run`, or name another "
            "with --server or ACD_SERVER"
        ) from error


def token(server: str) -> tuple[str | None, str]:
    """The token for that process: $ACD_TOKEN, else the file of one that runs on this machine; and
    a sentence on where it is from, or on why there is none. Raises ValueError for no URL."""
    if secret := os.environ.get(TOKEN):
        return secret, f"the token is from {TOKEN}"
    where = urlsplit(server)
    port = where.port or 80
    if not _is_here(where.hostname or ""):
        return None, f"set {TOKEN} to a token, which `acd user token NAME` makes where it runs"
    found = [path for path in local_token.places(port) if _is_there(path)]
    for path in found:
        try:
            return path.read_text(), f"the token is from {path}: it may be of an earlier process"
        except PermissionError:
            continue
    if found:
        return None, _not_readable(found[0])
    paths = " nor ".join(map(str, local_token.places(port)))
    return None, f"there is no token in {paths}: set {TOKEN}, or {local_token.FOLDER} as acd has it"


def _not_readable(path: Path) -> str:
    try:
        owner = path.owner()
    except (KeyError, OSError):
        owner = "another user"
    return f"only {owner} and root may read {path}: be one of them, or set {TOKEN}"


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError:
        # Who may not look into its folder may not read it either.
        return True


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _sentence(error: HTTPError) -> str:
    try:
        problem = json.load(error)
        return str(problem["detail"])
    except (ValueError, KeyError, TypeError):
        return f"{error.url} answers {error.code} {error.reason}: that is no acd"
