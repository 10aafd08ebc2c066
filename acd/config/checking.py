"""What is wrong between entries that are each right by themselves."""

from collections.abc import Iterable, Iterator
from ipaddress import ip_address

from acd.agents.device import STAGES, DeviceKind
from acd.config.file import File
from acd.config.reading import Location, Mistake
from acd.config.words import meant
from acd.settings import SYSTEM_STATUSES


class BadConfiguration(Exception):
    """The file cannot be used; every mistake is a line of the text."""


def http_address(text: str) -> tuple[str, int]:
    """Host and port of 127.0.0.1:8080. Raises BadConfiguration.

    Only this machine may ask: whoever reaches the port may do everything, for nobody logs in.
    """
    host, _, port = text.rpartition(":")
    host = host.strip("[]")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise BadConfiguration(f"http: expected HOST:PORT, as in 127.0.0.1:8080, got {text!r}")
    if not _is_loopback(host):
        raise BadConfiguration(
            f"http: {host} can be reached by others, and the API does not ask yet who somebody "
            "is: serve it at 127.0.0.1 or [::1], and reach it from elsewhere by an SSH tunnel"
        )
    return host, int(port)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def mistakes(file: File) -> list[Mistake]:
    """All of them."""
    return [*_http(file), *_twice(file), *_unknown(file), *_useless(file)]


def _http(file: File) -> Iterator[Mistake]:
    try:
        http_address(file.http)
    except BadConfiguration as error:
        yield Mistake(at=("http",), says=str(error).removeprefix("http: "))


def _twice(file: File) -> Iterator[Mistake]:
    system = [(Location(), name) for name in SYSTEM_STATUSES]
    named = {
        "node": _all(file, "nodes", "name"),
        "project": _all(file, "projects", "name"),
        "status": [*system, *_all(file, "statuses", "name")],
        "extension": _all(file, "extensions", "number"),
        "trunk": _all(file, "trunks", "name"),
        "agent": _all(file, "agents", "username"),
        "queue": _all(file, "queues", "name"),
        "number": [*_all(file, "queues", "number"), *_all(file, "routes", "number")],
        "agent with extension": _all(file, "agents", "extension"),
    }
    for kind, found in named.items():
        seen: set[str] = set()
        for at, name in found:
            if name in seen:
                yield Mistake(at=at, says=f"there is another {kind} {name}")
            seen.add(name)


def _unknown(file: File) -> Iterator[Mistake]:
    """Names that nothing has."""
    yield from _none("project", _all(file, "queues", "project"), file.projects)
    yield from _none("project", _each(file, "agents", "projects"), file.projects)
    yield from _none("agent", _each(file, "queues", "agents"), file.agents)
    yield from _none("extension", _all(file, "agents", "extension"), file.extensions)
    targets = [(("routes", at, "to"), route.queue) for at, route in enumerate(file.routes)]
    yield from _none("queue", targets, file.queues)
    yield from _none("node", _all(file, "extensions", "node"), file.nodes)
    yield from _none("node", _all(file, "trunks", "node"), file.nodes)
    if file.outbound_trunk:
        yield from _none("trunk", [(("outbound_trunk",), file.outbound_trunk)], file.trunks)


def _useless(file: File) -> Iterator[Mistake]:
    """Agents who could never be called."""
    for place, agent in enumerate(file.agents):
        at: Location = ("agents", place, "ring")
        kinds = {kind for stage in STAGES[agent.ring] for kind in stage}
        if DeviceKind.EXTENSION in kinds and agent.extension is None:
            yield Mistake(at=at, says=f"{agent.ring} needs an extension")
        if DeviceKind.MOBILE in kinds and agent.mobile is None:
            yield Mistake(at=at, says=f"{agent.ring} needs a mobile")
        if DeviceKind.MOBILE in kinds and file.outbound_trunk is None:
            yield Mistake(at=at, says=f"{agent.ring} needs an outbound_trunk to call mobiles by")
    projects = {agent.username: agent.projects for agent in file.agents}
    for place, queue in enumerate(file.queues):
        for member, name in enumerate(queue.agents):
            if name in projects and queue.project not in projects[name]:
                says = f"{name} does not belong to the queue's project {queue.project}"
                yield Mistake(at=("queues", place, "agents", member), says=says)


Found = Iterable[tuple[Location, str]]


def _all(file: File, section: str, key: str) -> list[tuple[Location, str]]:
    """The values of one key in a section, with their places."""
    values = ((at, getattr(item, key)) for at, item in enumerate(getattr(file, section)))
    return [((section, at, key), value) for at, value in values if value is not None]


def _each(file: File, section: str, key: str) -> Found:
    """The items of the lists that are the values of one key."""
    for at, values in _all(file, section, key):
        for place, value in enumerate(values):
            yield (*at, place), value


def _none(kind: str, found: Found, items: Iterable[object]) -> Iterator[Mistake]:
    known = [_name(item) for item in items]
    for at, name in found:
        if name not in known:
            yield Mistake(at=at, says=f"there is no {kind} {name}{meant(name, known)}")


def _name(item: object) -> str:
    """What others call it by."""
    return next(
        str(getattr(item, key)) for key in ("username", "name", "number") if hasattr(item, key)
    )
