"""What is not wrong, but hardly meant: the warnings."""

import re
from collections.abc import Iterator
from typing import get_args

from pydantic import SecretStr

from acd.config import closing, distribution, placeholders, targets, waiting_advice
from acd.config.checking import http_address, is_loopback, nodes_of_agents
from acd.config.document import Document, Wrong
from acd.config.file import File
from acd.config.schema import keys
from acd.settings import Category

LEAST_PASSWORD = 8
"""Shorter ones are guessed by whoever reaches the SIP port."""
_IN_URL = re.compile(r"//[^/@:]*:([^@/]+)@")


def warnings(file: File, document: Document) -> list[Wrong]:
    """All of them."""
    return [
        *_readable_http(file),
        *_plain_passwords(document),
        *_weak_passwords(file),
        *_idle_agents(file),
        *_empty_queues(file),
        *_available_statuses(file),
        *_unreached_queues(file),
        *_hidden_phones(file),
        *distribution.warnings(file),
        *closing.warnings(file),
        *targets.warnings(file),
        *waiting_advice.warnings(file),
    ]


def _readable_http(file: File) -> Iterator[Wrong]:
    host, _ = http_address(file.http)
    if host != "localhost" and not is_loopback(host):
        says = (
            f"whoever is between {host} and its users reads passwords and tokens: serve it at "
            "127.0.0.1 and put a proxy with TLS before it"
        )
        yield Wrong(at=("http",), says=says)


def _plain_passwords(document: Document) -> Iterator[Wrong]:
    """Passwords that everybody sees who sees the file."""
    remedy = "write ${NAME} and set that variable, or ${file:/PATH}"
    url = document.node(("database",))
    if url and (found := _IN_URL.search(url.text)) and not placeholders.has_any(found[1]):
        yield Wrong(at=("database",), says=f"the password stands in the file: {remedy}")
    for path in _secrets():
        section, _, name = path.partition(".")
        for at, entry in document.entries(section):
            node = entry.child(name)
            if node and node.text and not placeholders.has_any(node.text):
                yield Wrong(at=(*at, name), says=f"the password stands in the file: {remedy}")


def _secrets() -> Iterator[str]:
    """The keys whose values nobody is shown."""
    for key in keys():
        if SecretStr in (key.field.annotation, *get_args(key.field.annotation)):
            yield key.path


def _weak_passwords(file: File) -> Iterator[Wrong]:
    for place, extension in enumerate(file.extensions):
        password = extension.password.get_secret_value()
        at = ("extensions", place, "password")
        if len(password) < LEAST_PASSWORD:
            yield Wrong(at=at, says=f"the password has fewer than {LEAST_PASSWORD} characters")
        elif extension.number in password:
            yield Wrong(at=at, says="the password holds the extension's number")


def _idle_agents(file: File) -> Iterator[Wrong]:
    """Agents who wait for nothing."""
    members = {name for queue in file.queues for name in queue.agents}
    for place, agent in enumerate(file.agents):
        if not agent.projects:
            says = f"{agent.username} is in no project, and so cannot log in"
            yield Wrong(at=("agents", place, "projects"), says=says)
        elif agent.username not in members:
            says = f"{agent.username} is in no queue but those chosen at log-in"
            yield Wrong(at=("agents", place, "username"), says=says)


def _empty_queues(file: File) -> Iterator[Wrong]:
    for place, queue in enumerate(file.queues):
        if not queue.agents:
            says = f"{queue.name} has no agents but who chooses it at log-in"
            yield Wrong(at=("queues", place, "name"), says=says)


def _available_statuses(file: File) -> Iterator[Wrong]:
    for place, status in enumerate(file.statuses):
        if status.category is Category.AVAILABLE:
            says = f"an agent who is in {status.name} is offered calls, as in Available"
            yield Wrong(at=("statuses", place, "category"), says=says)


def _unreached_queues(file: File) -> Iterator[Wrong]:
    """Queues whose agents are where no caller comes in."""
    nodes = nodes_of_agents(file)
    callers = sorted({trunk.node for trunk in file.trunks})
    for place, queue in enumerate(file.queues):
        home = next((nodes[name] for name in queue.agents if name in nodes), None)
        if home and callers and home not in callers:
            says = (
                f"its agents are on node {home}, which has no trunk: who comes in at "
                f"{', '.join(callers)} is not put through to them"
            )
            yield Wrong(at=("queues", place, "agents"), says=says)


def _hidden_phones(file: File) -> Iterator[Wrong]:
    """Numbers by which a phone is not reached any more: they lead elsewhere."""
    phones = {extension.number for extension in file.extensions}
    for section, taken in (
        ("queues", [queue.number for queue in file.queues]),
        ("routes", [r.number if r.to != f"extension:{r.number}" else "" for r in file.routes]),
        ("call_groups", [group.number for group in file.call_groups]),
    ):
        for place, number in enumerate(taken):
            if number in phones:
                says = f"who dials {number} comes here, and never to the extension of that number"
                yield Wrong(at=(section, place, "number"), says=says)
