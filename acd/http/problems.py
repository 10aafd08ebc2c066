"""What goes wrong, as RFC 9457 has it: application/problem+json."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired

from aiohttp import web
from pydantic import ValidationError
from typing_extensions import TypedDict

CONTENT_TYPE = "application/problem+json"

TITLES: Mapping[str, tuple[int, str]] = {
    "malformed": (400, "What was sent is not what is expected"),
    "not-logged-in": (401, "A token is needed"),
    "wrong-password": (401, "Wrong user or password"),
    "not-allowed": (403, "This user may not do that"),
    "password-must-change": (403, "The initial password must be changed first"),
    "web-page": (403, "Web pages may not ask"),
    "not-found": (404, "There is no such thing"),
    "method": (405, "That cannot be done with it"),
    "needed": (409, "Something else needs it"),
    "refused": (409, "It makes no sense now"),
    "too-large": (413, "Too much was sent"),
    "not-json": (415, "JSON is expected"),
    "not-websocket": (426, "A websocket is expected"),
    "too-many-tries": (429, "Too many log-ins have failed"),
    "our-fault": (500, "This is our fault"),
    "database-away": (503, "The database does not answer"),
    "too-many-subscribers": (503, "Too many follow the event stream"),
    "not-ready": (503, "Calls cannot be served now"),
}
"""All kinds of problems: status and title. A type is this name below /problems/."""


class Mistake(TypedDict):
    """Something wrong in what was sent: where in the body (a JSON pointer), or which parameter."""

    pointer: NotRequired[str]
    parameter: NotRequired[str]
    detail: str


class DependantPicture(TypedDict):
    """What needs something that was to be deleted. key: the one by which it does, queues.project;
    people assigned to a queue need it by queues.agents."""

    section: str
    name: str
    key: str


class ProblemPicture(TypedDict):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    mistakes: NotRequired[list[Mistake]]
    dependants: NotRequired[list[DependantPicture]]
    """All of them, of the kind needed."""


class Problem(Exception):
    """Ends a request. kind is one of TITLES; detail a sentence about this case."""

    def __init__(
        self,
        kind: str,
        detail: str,
        *,
        mistakes: Sequence[Mistake] = (),
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.mistakes = mistakes
        self.headers = headers
        self.more = more

    @property
    def status(self) -> int:
        return TITLES[self.kind][0]

    def answer(self) -> web.Response:
        status, title = TITLES[self.kind]
        body: dict[str, Any] = {"type": type_of(self.kind), "title": title, "status": status}
        body |= {"detail": str(self), **self.more}
        if self.mistakes:
            body["mistakes"] = self.mistakes
        return web.Response(
            body=json.dumps(body).encode(),
            status=status,
            headers=self.headers,
            content_type=CONTENT_TYPE,
        )


def type_of(kind: str) -> str:
    return f"/problems/{kind}"


def malformed(error: ValidationError, *, parameters: bool = False) -> Problem:
    """What pydantic finds wrong: in the body, or in the parameters of the address."""
    if any(e["type"] == "json_invalid" for e in error.errors()):
        reason = error.errors()[0]["ctx"]["error"]
        return Problem("malformed", f"the body is not JSON: {reason}")
    mistakes = [_mistake(e["loc"], e["type"], e["msg"], parameters) for e in error.errors()]
    detail = "; ".join(f"{_place(mistake)} {mistake['detail']}" for mistake in mistakes)
    return Problem("malformed", detail, mistakes=mistakes)


def of_router(error: web.HTTPException) -> Problem:
    """What the router finds: no such path, or not that method."""
    if isinstance(error, web.HTTPMethodNotAllowed):
        methods = ", ".join(sorted(error.allowed_methods))
        detail = f"{error.method} is not for this path: it takes {methods}"
        return Problem("method", detail, headers={"Allow": methods})
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        return Problem("too-large", error.text or error.reason)
    if error.status == 404:
        return Problem("not-found", "there is no such path: /openapi.json has all of them")
    return Problem("malformed", error.text or error.reason)


def _mistake(at: Sequence[int | str], kind: str, message: str, parameters: bool) -> Mistake:
    says = {"missing": "is missing", "extra_forbidden": "is not known here"}.get(
        kind, message[:1].lower() + message[1:]
    )
    if parameters:
        return Mistake(parameter=".".join(map(str, at)), detail=says)
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in at)
    return Mistake(pointer="".join(f"/{step}" for step in steps), detail=says)


def _place(mistake: Mistake) -> str:
    return mistake.get("pointer") or mistake.get("parameter") or "the body"
