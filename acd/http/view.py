"""The live view: the picture of everything, kept true by what changes.

The engine's change sets only note whose picture is out of date. It is drawn anew when somebody is
to see it, so that what changes often within a tenth of a second is drawn once.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from json import JSONEncoder
from typing import Any
from urllib.parse import quote

from acd.agents.agent import Agent
from acd.agents.attempt import Attempt
from acd.agents.device import Phone
from acd.calls.interaction import Interaction
from acd.calls.leg import Leg
from acd.http import live
from acd.http.counts import Counts, Standing
from acd.http.links import Links
from acd.http.live import Tables
from acd.http.pictures import AnyPicture, GroupPicture, QueuePicture
from acd.http.route import API
from acd.ids import AgentId, EntryId, ExtensionNumber, NodeId, QueueGroupName, QueueName
from acd.queues.entry import Entry
from acd.queues.line import EntryOrder, entry_order
from acd.queues.offer import Offer
from acd.settings import AgentSettings, General, QueueSettings
from acd.views import Change

logger = logging.getLogger(__name__)

encode = JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Kind(StrEnum):
    """The lists of the picture."""

    NODES = "nodes"
    QUEUES = "queues"
    GROUPS = "groups"
    AGENTS = "agents"
    EXTENSIONS = "extensions"
    ENTRIES = "entries"


Key = tuple[Kind, str]
IN_ORDER = (
    Kind.NODES,
    Kind.AGENTS,
    Kind.EXTENSIONS,
    Kind.ENTRIES,
    Kind.QUEUES,
    Kind.GROUPS,
)
"""What a queue counts is drawn before it, and the queue before its groups."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One picture as JSON, and what decides on who may see it and on its place."""

    text: str
    project: str | None = None
    queue: str | None = None
    order: EntryOrder | None = None


Difference = tuple[Shown | None, Shown | None]
"""How something was shown, and how it is; None: not at all."""


class LiveView:
    def __init__(self, tables: Callable[[], Tables]) -> None:
        self._tables = tables
        self.shown: dict[Kind, dict[str, Shown]] = {kind: {} for kind in IN_ORDER}
        self.counts = Counts()
        self.drawn = 0
        """Counts the pictures that came out different."""
        self._links = Links()
        self._groups_of: Mapping[QueueName, Sequence[QueueGroupName]] = {}
        self._extensions: Mapping[ExtensionNumber, NodeId] = {}
        self._phones: dict[AgentId, ExtensionNumber] = {}
        """Whose an extension was drawn as."""
        self._stale: dict[Kind, dict[str, None]] = {kind: {} for kind in IN_ORDER}
        self._reconfigured: dict[QueueName, None] = {}
        self._before: dict[Key, Shown | None] = {}
        self._note_everything()

    @property
    def tables(self) -> Tables:
        return self._tables()

    @property
    def stale(self) -> bool:
        """Some pictures must be drawn anew."""
        return bool(self._reconfigured) or any(self._stale.values())

    # What has changed.

    def changed(self, changes: Iterable[Change]) -> None:
        """The rows of one input, which are in the tables already. Quick: nothing is drawn."""
        for change in changes:
            note = NOTES.get(type(change.row), LiveView._note_other)
            note(self, change.row)

    def _note_everything(self) -> None:
        tables = self.tables
        for queue in tables.settings.queues:
            self._note_queue(queue)
        self._stale[Kind.NODES].update(dict.fromkeys(tables.nodes))
        self._note_groups()
        self._note_extensions()
        self._stale[Kind.AGENTS].update(dict.fromkeys(tables.agents))
        self._stale[Kind.ENTRIES].update(dict.fromkeys(tables.entries))
        for interaction in tables.interactions.values():
            self._note_interaction(interaction)

    def _note_agent(self, name: AgentId) -> None:
        self._stale[Kind.AGENTS][name] = None

    def _note_entry(self, entry: Entry) -> None:
        self._stale[Kind.ENTRIES][entry.id] = None
        self._stale[Kind.QUEUES][entry.queue] = None

    def _note_offer(self, offer: Offer) -> None:
        self._stale[Kind.ENTRIES][offer.entry] = None
        self._note_agent(offer.agent)

    def _note_attempt(self, attempt: Attempt) -> None:
        # Where its offer is not there any more, the end of that has been noted.
        offer = self.tables.offers.get(attempt.offer)
        if offer is not None:
            self._stale[Kind.ENTRIES][offer.entry] = None

    def _note_leg(self, leg: Leg) -> None:
        if leg.trunk is not None:
            self._stale[Kind.NODES][leg.channel.node] = None
        self._note_extension(leg.extension)
        agent = self._links.agent_with(leg.channel)
        if agent is not None:
            self._note_agent(agent)

    def _note_interaction(self, interaction: Interaction) -> None:
        there = interaction.id in self.tables.interactions
        if self.counts.call(interaction.id, interaction.node if there else None):
            self._stale[Kind.NODES][interaction.node] = None
        self._stale[Kind.AGENTS].update(dict.fromkeys(self._links.workers(interaction.id)))
        for entry in self.tables.entries_of(interaction.id):
            self._stale[Kind.ENTRIES][entry.id] = None

    def _note_queue(self, queue: QueueName) -> None:
        """It is configured otherwise."""
        self._reconfigured[queue] = None
        self._stale[Kind.QUEUES][queue] = None
        if count := self.counts.queues.get(queue):
            self._stale[Kind.ENTRIES].update(dict.fromkeys(count.waiting))

    def _note_extension(self, extension: ExtensionNumber | None) -> None:
        if extension is not None:
            self._stale[Kind.EXTENSIONS][extension] = None

    def _note_settings(self, agent: AgentSettings) -> None:
        self._note_agent(agent.agent)
        self._note_extension(agent.extension)
        self._note_extension(self._phones.get(agent.agent))

    def _note_general(self) -> None:
        self._note_groups()
        self._note_extensions()
        self._note_trunks()

    def _note_groups(self) -> None:
        """Which groups there are, and of which queues."""
        groups = self.tables.settings.queue_groups
        self._groups_of = groups_of(groups)
        self._stale[Kind.GROUPS].update(dict.fromkeys((*groups, *self.shown[Kind.GROUPS])))

    def _note_extensions(self) -> None:
        """Which may register, and where."""
        before, self._extensions = self._extensions, self.tables.settings.extensions
        if before != self._extensions:
            self._stale[Kind.EXTENSIONS].update(dict.fromkeys((*before, *self._extensions)))

    def _note_trunks(self) -> None:
        self._stale[Kind.NODES].update(dict.fromkeys(self.tables.nodes))

    def _note_other(self, row: Any) -> None:
        if row.key in self.tables.nodes:
            self._stale[Kind.NODES][row.key] = None

    # Drawing.

    def draw(self, most: int) -> None:
        """Draw what is out of date, so many at most: call it until nothing is stale."""
        tables = self.tables
        while self._reconfigured and most:
            queue, _ = self._reconfigured.popitem()
            self.counts.configure(queue, tables.settings.queues.get(queue))
            most -= 1
        for kind in IN_ORDER:
            names = self._stale[kind]
            while names and most:
                name, _ = names.popitem()
                self._draw_one(tables, kind, name)
                most -= 1

    def take(self) -> dict[Key, Difference]:
        """What has come out different since the last time."""
        changed = {
            (kind, name): (old, new)
            for (kind, name), old in self._before.items()
            if (new := self.shown[kind].get(name)) != old
        }
        self._before.clear()
        return changed

    def _draw_one(self, tables: Tables, kind: Kind, name: str) -> None:
        try:
            self._replace(kind, name, self._draw(tables, kind, name))
        except Exception:
            # A picture that is wrong is no reason to end the process, and calls with it.
            logger.exception("a picture cannot be drawn", extra={"kind": kind, "name_of": name})

    def _replace(self, kind: Kind, name: str, new: Shown | None) -> None:
        table = self.shown[kind]
        old = table.get(name)
        if new == old:
            return
        self._before.setdefault((kind, name), old)
        self.drawn += 1
        if new is None:
            del table[name]
        else:
            table[name] = new

    def _draw(self, tables: Tables, kind: Kind, name: str) -> Shown | None:
        match kind:
            case Kind.NODES:
                return self._draw_node(tables, NodeId(name))
            case Kind.AGENTS:
                return self._draw_agent(tables, AgentId(name))
            case Kind.EXTENSIONS:
                return self._draw_extension(tables, ExtensionNumber(name))
            case Kind.ENTRIES:
                return self._draw_entry(tables, EntryId(name))
            case Kind.QUEUES:
                # Whether or not the queue itself looks otherwise, its people may.
                self._stale[Kind.GROUPS].update(
                    dict.fromkeys(self._groups_of.get(QueueName(name), ()))
                )
                return self._draw_queue(tables, QueueName(name))
            case Kind.GROUPS:
                return self._draw_group(tables, QueueGroupName(name))

    def _draw_node(self, tables: Tables, name: NodeId) -> Shown | None:
        row = tables.nodes.get(name)
        return _shown(live.node(tables, row, self.counts.calls[name])) if row else None

    def _draw_entry(self, tables: Tables, name: EntryId) -> Shown | None:
        row = tables.entries.get(name)
        if row is None or row.outcome is not None:
            old = self.shown[Kind.ENTRIES].get(name)
            if old is not None and old.queue is not None:
                self.counts.wait(QueueName(old.queue), name, None)
            return None
        self.counts.wait(row.queue, name, row.entered_at)
        picture = live.entry(tables, row)
        project, order = picture["project"], entry_order(row)
        return _shown(picture, project=project, queue=row.queue, order=order)

    def _draw_agent(self, tables: Tables, name: AgentId) -> Shown | None:
        row = tables.agents.get(name)
        standing = None if row is None else _standing(tables, row)
        touched = self.counts.stand(name, standing)
        self._stale[Kind.QUEUES].update(dict.fromkeys(touched))
        if row is None:
            self._links.draw(name, None)
            return None
        work = row.assignments[0].interaction if row.assignments else None
        self._links.draw(name, work, live.channels_of(tables, row))
        return _shown(live.agent(tables, name), project=row.project)

    def _draw_extension(self, tables: Tables, number: ExtensionNumber) -> Shown | None:
        if number not in tables.settings.extensions:
            return None
        picture = live.extension(tables, number)
        if picture["agent"]:
            self._phones[AgentId(picture["agent"])] = number
        return _shown(picture)

    def _draw_queue(self, tables: Tables, name: QueueName) -> Shown | None:
        settings, count = tables.settings.queues.get(name), self.counts.queues.get(name)
        if settings is None or count is None:
            return None
        oldest = count.oldest
        picture = QueuePicture(
            queue=name,
            project=settings.project,
            number=settings.number,
            strategy=settings.strategy,
            type=settings.type,
            call_mode=settings.call_mode,
            priority=settings.priority,
            auto_answer=settings.auto_answer,
            service_level_s=settings.service_level_s,
            short_abandon_s=settings.short_abandon_s,
            configuration=f"{API}/entities/queues/{quote(name, safe='')}",
            draining=settings.draining,
            members=count.present,
            logged_in=count.logged_in,
            ready=count.ready,
            talking=count.talking,
            waiting=len(count.waiting),
            oldest_since=live.moment(oldest) if oldest else None,
        )
        return _shown(picture, project=settings.project, queue=name)

    def _draw_group(self, tables: Tables, name: QueueGroupName) -> Shown | None:
        queues = tables.settings.queue_groups.get(name)
        if queues is None:
            return None
        count = self.counts.together(queues)
        oldest = count.oldest if count else None
        picture = GroupPicture(
            group=name,
            queues=list(queues),
            members=count.present if count else 0,
            logged_in=count.logged_in if count else 0,
            ready=count.ready if count else 0,
            talking=count.talking if count else 0,
            waiting=len(count.waiting) if count else 0,
            oldest_since=live.moment(oldest) if oldest else None,
        )
        return _shown(picture)


NOTES: dict[type, Callable[[LiveView, Any], None]] = {
    Agent: lambda view, row: view._note_agent(row.id),
    AgentSettings: LiveView._note_settings,
    Phone: lambda view, row: view._note_extension(row.extension),
    Entry: LiveView._note_entry,
    Offer: LiveView._note_offer,
    Attempt: LiveView._note_attempt,
    General: lambda view, row: view._note_general(),
    Leg: LiveView._note_leg,
    Interaction: LiveView._note_interaction,
    QueueSettings: lambda view, row: view._note_queue(row.queue),
}
"""What the change of a row makes stale."""


def groups_of(
    groups: Mapping[QueueGroupName, Sequence[QueueName]],
) -> Mapping[QueueName, Sequence[QueueGroupName]]:
    """In which groups each queue is."""
    found: dict[QueueName, list[QueueGroupName]] = {}
    for group, queues in groups.items():
        for queue in queues:
            found.setdefault(queue, []).append(group)
    return found


def _standing(tables: Tables, row: Agent) -> Standing:
    return Standing(
        project=row.project,
        ready=row.not_ready is None,
        talks_for=live.talks_for(tables, row),
        state=row.phase or row.not_ready or "ready",
        chosen=row.chosen,
    )


def _shown(picture: AnyPicture, **about: Any) -> Shown:
    return Shown(text=encode(picture), **about)
