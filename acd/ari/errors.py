"""What can go wrong between us and ARI, one type each."""

from __future__ import annotations


class AriError(Exception):
    """Any failure of a request to ARI; `operation` is its name, as in `channels.answer`."""

    def __init__(self, operation: str, reason: str) -> None:
        super().__init__(f"{operation}: {reason}")
        self.operation = operation
        self.reason = reason


class AriUnreachable(AriError):
    """No answer: not connected, disconnected or timed out. The request may have been performed."""


class AriSilent(AriUnreachable):
    """Connected, and no answer in time."""


class AriGarbled(AriError):
    """Asterisk answered with success, but not in JSON."""


class AriRefused(AriError):
    """Asterisk answered with an error status; its own words are the reason."""

    def __init__(self, operation: str, status: int, reason: str) -> None:
        super().__init__(operation, f"{status} {reason}")
        self.status = status
        self.reason = reason


class AriBadRequest(AriRefused):
    """400: the request is malformed, or the channel is gone already (addChannel)."""


class AriUnauthorized(AriRefused):
    """401: user or password are wrong."""


class AriForbidden(AriRefused):
    """403: the user is read-only, or the object may not be changed."""


class AriNotFound(AriRefused):
    """404: the channel, bridge, playback … does not exist (any more)."""


class AriConflict(AriRefused):
    """409: the id is taken, or the object's state does not allow it (channel not in Stasis)."""


class AriPrecondition(AriRefused):
    """412: the channel is not answered yet, or is about to end."""


class AriUnprocessable(AriRefused):
    """422: a part of the request cannot be used, as a channel that is not in Stasis (yet)."""


class AriAllocationFailed(AriRefused):
    """500: the object could not be made, as a channel to an endpoint without a contact."""


class AriNotReady(AriRefused):
    """503: Asterisk has not booted fully. Ask again later."""


class Replaced(Exception):
    """Another process has taken over our Stasis application, and with it this node.

    Two processes that both reconnect would steal the node from each other for ever: whoever
    receives this ends.
    """

    def __init__(self, application: str) -> None:
        super().__init__(f"another process has registered the Stasis application {application}")
        self.application = application


BY_STATUS: dict[int, type[AriRefused]] = {
    400: AriBadRequest,
    401: AriUnauthorized,
    403: AriForbidden,
    404: AriNotFound,
    409: AriConflict,
    412: AriPrecondition,
    422: AriUnprocessable,
    500: AriAllocationFailed,
    503: AriNotReady,
}


def refused(operation: str, status: int, reason: str) -> AriRefused:
    """The typed error for an error status; plain AriRefused for one without a type of its own."""
    return BY_STATUS.get(status, AriRefused)(operation, status, reason)
