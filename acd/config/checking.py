"""What is wrong between entries that are each right by themselves."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from ipaddress import ip_address
from typing import Any

from acd.agents.device import STAGES, DeviceKind
from acd.config import closing, counting, distribution, groups, networks, targets
from acd.config.dependants import NAMING, one_of
from acd.config.document import Document, Wrong
from acd.config.file import Agent, File
from acd.config.mistakes import BadConfiguration, Location
from acd.config.telephony import NODE
from acd.config.usable import Usable
from acd.config.words import Guesses, got, short
from acd.ids import NodeId
from acd.routing.number import normalised
from acd.routing.outbound import route_of
from acd.settings import NAME, NAME_AND_WAIT, SYSTEM_STATUSES, OutboundRoute, RingMode


def http_address(text: str) -> tuple[str, int]:
    """Host and port of 127.0.0.1:8080. Raises BadConfiguration."""
    host, _, port = text.rpartition(":")
    host = host.strip("[]")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise BadConfiguration(f"http: expected HOST:PORT, as in 127.0.0.1:8080, got {text!r}")
    if not _is_address(host):
        raise BadConfiguration(
            f"http: {host} is no address of a machine: write 127.0.0.1 for this machine alone, "
            "0.0.0.0 for all of its addresses"
        )
    return host, int(port)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return host == "localhost"
    return True


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address. A name may become any address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def wrongs(read: Usable, document: Document) -> list[Wrong]:
    """All of them."""
    file = read.file
    found = [
        *_http(file, document),
        *_listed_twice(file),
        *_twice(file, lambda at: document.where(read.place(at))),
        *_unknown(read),
        *_useless(read),
        *_unspoken(file),
        *_no_time(file),
        *_apart(file),
        *networks.wrongs(file),
        *counting.wrongs(file.queues),
        *distribution.wrongs(file),
        *closing.wrongs(file),
        *groups.wrongs(file),
        *targets.wrongs(read),
    ]
    return [replace(one, at=read.place(one.at)) for one in found]


def _http(file: File, document: Document) -> Iterator[Wrong]:
    try:
        http_address(file.http)
    except BadConfiguration as error:
        at: Location = ("http",)
        # What was put in is not shown.
        says = str(error).removeprefix("http: ").replace(repr(file.http), got(at, document))
        yield Wrong(at=at, says=says)


def _listed_twice(file: File) -> Iterator[Wrong]:
    lists = {
        "queues": "agents",
        "agents": "projects",
        "queue_groups": "queues",
        "call_groups": "extensions",
        "pickup_groups": "extensions",
    }
    for section, key in lists.items():
        for at, names in _all(file, section, key):
            seen = set()
            for place, name in enumerate(names):
                if name in seen:
                    yield Wrong(at=(*at, place), says=f"{name} is there twice")
                seen.add(name)


def _twice(file: File, where: Callable[[Location], str]) -> Iterator[Wrong]:
    named = {
        "node": _all(file, "nodes", "name"),
        "project": _all(file, "projects", "name"),
        "status": _all(file, "statuses", "name"),
        "result code": _all(file, "result_codes", "name"),
        "extension": _all(file, "extensions", "number"),
        "trunk": _all(file, "trunks", "name"),
        "music": _all(file, "music", "name"),
        "agent": _all(file, "agents", "username"),
        "queue": _all(file, "queues", "name"),
        "queue group": _all(file, "queue_groups", "name"),
        "call group": _all(file, "call_groups", "name"),
        "pickup group": _all(file, "pickup_groups", "name"),
        "number": _dialled(file),
        "agent with extension": _all(file, "agents", "extension"),
    }
    for kind, found in named.items():
        seen: dict[str, Location] = {}
        for at, name in found:
            if name in seen:
                says = f"there is another {kind} {name} at {where(seen[name])}"
                yield Wrong(at=at, says=says)
            seen.setdefault(name, at)
    for at, name in named["status"]:
        if name in SYSTEM_STATUSES:
            yield Wrong(at=at, says=f"there is always a status {name}: choose another name")


def _unknown(read: Usable) -> Iterator[Wrong]:
    """Names that nothing has."""
    for section, key, used in NAMING:
        known = read.names(used)
        if known is not None and used == "music":
            known |= {"default"}
        yield from _none(one_of(used), _each(read.file, section, key), known)


def _no_time(file: File) -> Iterator[Wrong]:
    """Pieces of working hours that are empty, or a whole day: nobody can tell which."""
    for at, pieces in _all(file, "agents", "working_hours"):
        for place, piece in enumerate(pieces):
            begins = getattr(piece, "from")
            if begins == piece.to:
                says = f"begins and ends at {begins}: a whole day is from 00:00 to 24:00"
                yield Wrong(at=(*at, place, "to"), says=says)


def _useless(read: Usable) -> Iterator[Wrong]:
    """Agents who could never be called."""
    file = read.file
    routes = list(ways_out(file))
    all_known = read.unread.get("outbound_routes", frozenset()) == frozenset()
    for place, agent in enumerate(file.agents):
        at: Location = ("agents", place, "ring")
        kinds = {kind for stage in STAGES[agent.ring] for kind in stage}
        if DeviceKind.EXTENSION in kinds and agent.extension is None:
            yield Wrong(at=at, says=f"{agent.ring} needs an extension")
        if DeviceKind.MOBILE in kinds and agent.mobile is None:
            yield Wrong(at=at, says=f"{agent.ring} needs a mobile")
        elif DeviceKind.MOBILE in kinds and all_known and not way_of(agent, file, routes):
            yield Wrong(at=at, says=f"no outbound route leads to the mobile {agent.mobile}")
    projects = {agent.username: set(agent.projects) for agent in file.agents}
    for place, queue in enumerate(file.queues):
        for member, name in enumerate(queue.agents):
            if name in projects and queue.project not in projects[name]:
                says = f"{name} does not belong to the queue's project {short(queue.project)}"
                yield Wrong(at=("queues", place, "agents", member), says=says)


def _unspoken(file: File) -> Iterator[Wrong]:
    """Names to be whispered that nobody has spoken."""
    for place, queue in enumerate(file.queues):
        if queue.whisper in (NAME, NAME_AND_WAIT) and queue.name_sound is None:
            says = f"{queue.whisper} needs a name_sound, in which the queue's name is spoken"
            yield Wrong(at=("queues", place, "whisper"), says=says)


def _apart(file: File) -> Iterator[Wrong]:
    """Who could never be joined, being on two nodes."""
    nodes = nodes_of_agents(file)
    for place, queue in enumerate(file.queues):
        home = next((nodes[name] for name in queue.agents if name in nodes), None)
        for member, name in enumerate(queue.agents):
            if nodes.get(name, home) != home:
                says = (
                    f"{name} is on node {nodes[name]}, the first agent on {home}: "
                    "callers and agents of a queue are on one node"
                )
                yield Wrong(at=("queues", place, "agents", member), says=says)
    trunks = {trunk.name: trunk.node for trunk in file.trunks}
    routes = list(ways_out(file))
    for place, agent in enumerate(file.agents):
        way = way_of(agent, file, routes)
        trunk = way.trunk if way else None
        if agent.ring is RingMode.EXTENSION or trunk not in trunks:
            continue
        if trunks[trunk] != nodes[agent.username]:
            says = (
                f"{agent.ring} calls the mobile by {trunk} on node {trunks[trunk]}, "
                f"but the extension is on {nodes[agent.username]}: both must be on one node"
            )
            yield Wrong(at=("agents", place, "ring"), says=says)


def _dialled(file: File) -> list[tuple[Location, str]]:
    """What callers dial, in the form in which it is looked up."""
    country = country_of_routes(file)
    sections = ("queues", "call_groups", "routes")
    numbers = [found for section in sections for found in _all(file, section, "number")]
    dialled = [(at, normalised(number, country)) for at, number in numbers]
    code: Location = ("pickup_code",)
    return [*dialled, (code, file.pickup_code)] if file.pickup_groups else dialled


def country_of_routes(file: File) -> str | None:
    """In whose sense the numbers of queues and routes are read: that of all trunks, where the file
    names none and they have but one."""
    trunks = {trunk.country for trunk in file.trunks}
    return file.country or (trunks.pop() if len(trunks) == 1 else None)


def nodes_of_agents(file: File) -> dict[str, NodeId]:
    """On which node each agent is rung: that of the extension, else that of the trunk by which
    the mobile is called."""
    homes = {extension.number: extension.node for extension in file.extensions}
    trunks = {trunk.name: trunk.node for trunk in file.trunks}
    first = file.nodes[0].name if file.nodes else NODE
    routes = list(ways_out(file))

    def home(agent: Agent) -> NodeId:
        if agent.extension:
            return homes.get(agent.extension, first)
        way = way_of(agent, file, routes)
        return trunks.get(way.trunk, first) if way else first

    return {agent.username: home(agent) for agent in file.agents}


def ways_out(file: File) -> Iterator[OutboundRoute]:
    """The outbound routes, as the core has them."""
    for one in file.outbound_routes:
        yield OutboundRoute(pattern=one.pattern, trunk=one.trunk, caller_id=one.caller_id)


def mobile_of(agent: Agent, file: File) -> str | None:
    """The mobile in the form in which routes fit it."""
    return normalised(agent.mobile, country_of_routes(file)) if agent.mobile else None


def way_of(agent: Agent, file: File, routes: list[OutboundRoute]) -> OutboundRoute | None:
    """How the agent's mobile is called."""
    mobile = mobile_of(agent, file)
    return route_of(mobile, routes) if mobile else None


Found = Iterable[tuple[Location, str]]


def _all(file: File, section: str, key: str) -> list[tuple[Location, Any]]:
    """The values of one key in a section, with their places."""
    values = ((at, getattr(item, key)) for at, item in enumerate(getattr(file, section)))
    return [((section, at, key), value) for at, value in values if value is not None]


def _each(file: File, section: str, key: str) -> Found:
    """The values of one key; of lists, their items."""
    for at, value in _all(file, section, key):
        if isinstance(value, list):
            yield from (((*at, place), item) for place, item in enumerate(value))
        else:
            yield at, value


def _none(kind: str, found: Found, known: frozenset[str] | None) -> Iterator[Wrong]:
    """Those that are not known; nothing where not all that could be known is."""
    if known is None:
        return
    guesses = Guesses(known)
    for at, name in found:
        if name not in known:
            yield Wrong(at=at, says=f"there is no {kind} {short(name)}{guesses.meant(name)}")
