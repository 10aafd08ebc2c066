"""One declaration of what can be asked: the path, who may, what is sent, what is answered.

The router, the check of permissions, the reading of what is sent and /openapi.json are all made
from it, so that none of them can say something else.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict

from acd.http.accounts import Session
from acd.permissions import Key

API = "/api/v1"
LARGEST = 64 * 1024
"""Bytes of a body, where a route says nothing else."""


class Sent(BaseModel):
    """What is sent: the body, as JSON; with GET and DELETE the parameters of the address."""

    model_config = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)


class Nothing(Sent):
    """Nothing is sent."""


S = TypeVar("S", bound=Sent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(Generic[S]):
    """A request that was read and is permitted."""

    sent: S
    path: Mapping[str, str]
    """What stands for the path's {names}."""
    request: web.Request
    who: Session | None

    @property
    def session(self) -> Session:
        """Who asks, of a route that needs a log-in."""
        assert self.who
        return self.who


@dataclass(frozen=True, slots=True, kw_only=True)
class Route(Generic[S]):
    """Something that can be asked.

    needs: the permission; None if nobody need log in. A path with {agent} is about that agent:
    who may only act for oneself is kept to that, and an agent who is not there is a 404.
    answers: the type of what `does` gives, for OpenAPI; None for an empty answer (204). A route
    may also give a web.StreamResponse of its own making, as a websocket is.
    fails: kinds of problems (acd/http/problems.py) beyond those that follow from all this.
    """

    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    does: Callable[[Asked[S]], Awaitable[object]]
    says: str
    needs: Key | None
    sends: type[S]
    answers: Any = None
    status: int = 200
    fails: tuple[str, ...] = ()
    largest: int = LARGEST

    @property
    def in_body(self) -> bool:
        """Whether what is sent is the body; otherwise it is the parameters of the address."""
        return self.method in ("POST", "PUT")
