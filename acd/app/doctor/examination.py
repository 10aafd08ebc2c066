"""The whole examination: this machine, the database, every node."""

from collections.abc import AsyncIterator
from pathlib import Path

from acd.app.doctor.database import examine_database
from acd.app.doctor.finding import Finding
from acd.app.doctor.machine import examine_machine
from acd.app.doctor.node import examine_node
from acd.app.nodes import nodes
from acd.config import Configuration
from acd.db.connection import database_url

SOUND = "sound:"
APOLOGY = ("im-sorry", "please-try-call-later", "goodbye")
"""What asterisk-config/extensions.conf says when the ACD stays away."""


async def examine(configuration: Configuration) -> AsyncIterator[Finding]:
    """Look at everything, the nearest first. Raises nothing: what cannot be looked at is wrong."""
    url = configuration.file.database
    folder = _folder(url)
    for finding in examine_machine(folder):
        yield finding
    async for finding in examine_database(url, folder):
        yield finding
    for node in nodes(configuration):
        agents = [a for a in configuration.settings.agents.values() if a.node == node.node]
        async for finding in examine_node(node, _sounds(configuration), len(agents)):
            yield finding


def _folder(url: str) -> Path:
    """Where a SQLite database is; of a server we see only where we are."""
    if not url.startswith("sqlite"):
        return Path.cwd()
    return Path(database_url(url).database or "").absolute().parent


def _sounds(configuration: Configuration) -> set[str]:
    """The names of all sounds that will be played."""
    settings = configuration.settings
    named = {
        sound
        for queue in settings.queues.values()
        for sound in (queue.whisper, queue.name_sound, queue.announcing.comfort)
    }
    own = {sound[len(SOUND) :] for sound in filter(None, named) if sound.startswith(SOUND)}
    return {*APOLOGY, *own}
