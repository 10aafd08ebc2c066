"""A link: one Asterisk joined to the engine. Events go in as facts, effects out as commands."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from acd import recovery
from acd.app import music
from acd.app.gate import Gate, Shut
from acd.app.nodes import NodeSettings
from acd.ari import snapshot
from acd.ari.errors import AriError
from acd.ari.events import ACD, PHONES, PRESENCE, StreamState
from acd.ari.fitness import refuse_unfit
from acd.ari.models import ContactStatusChange, Event
from acd.ari.node import AriNode
from acd.ari.parse import parse
from acd.ari.perform import Command, is_unreachable, make_bridge, perform
from acd.ari.provisioning import ensure, provision, remove
from acd.ari.rest import OnCall
from acd.distributor import State
from acd.facts import ContactsChanged, Fact, NodeLost
from acd.ids import HOLDING, BridgeId, ExtensionNumber, NodeId
from acd.lanes import EffectError
from acd.views import Snapshot

logger = logging.getLogger(__name__)

SWEEP_EVERY_S = 60.0
ASK_AGAIN_S = 1.0


class Link:
    """Open it with `async with link.ari`, then await run() in a task of its own."""

    def __init__(
        self,
        settings: NodeSettings,
        *,
        state: Callable[[], State],
        tell: Callable[[Fact], None],
        on_event: Callable[[NodeId, str], None] = lambda node, kind: None,
        on_call: OnCall = lambda operation, seconds, status: None,
    ) -> None:
        """on_event is told of every event: of which node, and its type."""
        self._settings = settings
        self._node = settings.node
        self._state = state
        self._tell = tell
        self._on_event = on_event
        self._numbers = tuple(extension.number for extension in settings.extensions)
        self._phones: dict[ExtensionNumber, tuple[str, ...]] = {}
        """What was told last of the phones that are registered."""
        self._stale: set[ExtensionNumber] = set()
        self._wake = asyncio.Event()
        self._music_wanted = asyncio.Event()
        self._behind = asyncio.Event()
        """Asterisk was not told all of a change."""
        self._telling = asyncio.Lock()
        """Of two who write at the same time the elder's settings might be what is left."""
        self._asking = asyncio.Lock()
        """What is asked leaves a channel behind for a moment, which is nobody else's to find."""
        self._gate = Gate()
        self.live = asyncio.Event()
        self.ari = AriNode(
            settings.node,
            settings.address,
            deliver=self._deliver,
            on_connected=self._connected,
            on_state=self._changed,
            on_call=on_call,
            apps=(ACD, PRESENCE),
        )

    async def run(self) -> None:
        """Follow the node for ever. Raises Replaced, or AriUnauthorized at the first connect."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.ari.events.run(), name=f"events {self._node}")
            tasks.create_task(self._refresh_contacts(), name=f"contacts {self._node}")
            tasks.create_task(self._sweep_for_ever(), name=f"sweep {self._node}")
            tasks.create_task(self._keep_music(), name=f"music {self._node}")
            tasks.create_task(self._catch_up(), name=f"settings {self._node}")

    async def perform(self, effect: Command) -> Fact | None:
        """Do what the core decided. Raises EffectError."""
        try:
            with self._gate.through():
                return await perform(self.ari.rest, effect)
        except Shut:
            raise EffectError("the node is being looked at", unreachable=True) from None
        except AriError as error:
            raise EffectError(str(error), unreachable=is_unreachable(error)) from error

    async def take_over(self, settings: NodeSettings) -> None:
        """Have the node know these from now on: at once, or when it is reached again. Phones that
        stay keep their registrations."""
        old, self._settings = self._settings, settings
        numbers = tuple(extension.number for extension in settings.extensions)
        self._tell_phones({number: () for number in sorted(set(self._numbers) - set(numbers))})
        self._numbers = numbers
        # A connect that goes on just now may have looked at the former settings.
        if not (self.live.is_set() and await self._attempt(self._provision(old, settings))):
            self._behind.set()

    async def _provision(self, old: NodeSettings, new: NodeSettings) -> None:
        """Write what has changed. Raises AriError."""
        rest = self.ari.rest
        # Where the network is another one, all of them have to be written anew.
        known = {*old.extensions, *old.trunks} if old.network == new.network else set()
        extensions = [e for e in new.extensions if e not in known]
        trunks = [t for t in new.trunks if t not in known]
        left = {t.name for t in new.trunks}
        gone = [t.name for t in old.trunks if t.name not in left]
        numbers = {e.number for e in old.extensions} - set(self._numbers)
        self._music_wanted.set()
        async with self._telling:
            await remove(rest, sorted(numbers), gone)
            await provision(rest, new.network, extensions, trunks)
        await rest.applications.subscribe(PRESENCE.name, PHONES)
        self._stale.update(extension.number for extension in extensions)
        self._wake.set()

    async def _catch_up(self) -> None:
        """Where a change has not got through, compare the whole with Asterisk until it has."""
        while True:
            await self._behind.wait()
            await self.live.wait()
            self._behind.clear()
            if await self._attempt(self._ensure()):
                self._stale.update(self._numbers)
                self._wake.set()
            else:
                self._behind.set()
                await asyncio.sleep(ASK_AGAIN_S)

    async def _ensure(self) -> bool:
        """Have the node know what is set; whether it had to be told. Raises AriError."""
        rest = self.ari.rest
        async with self._telling:
            settings = self._settings
            told = await ensure(rest, settings.network, settings.extensions, settings.trunks)
        self._music_wanted.set()
        if settings.extensions or settings.trunks:
            await rest.applications.subscribe(PRESENCE.name, PHONES)
        return told

    async def _keep_music(self) -> None:
        """Beside all else, for copies of music take seconds to make."""
        while True:
            await self._music_wanted.wait()
            self._music_wanted.clear()
            if place := self._settings.music_folder:
                await self._attempt(music.have(self.ari.rest, place, self._settings.music))

    # The stream.

    def _deliver(self, event: Event) -> None:
        self._on_event(self._node, event.type)
        fact = parse(self._node, event)
        if fact:
            self._tell(fact)
        elif isinstance(event, ContactStatusChange):
            self._stale.add(ExtensionNumber(event.endpoint.resource))
            self._wake.set()

    def _changed(self, state: StreamState) -> None:
        if state is StreamState.LIVE:
            self.live.set()
        elif self.live.is_set() or state is StreamState.DOWN:
            self.live.clear()
            self._tell(NodeLost(node=self._node))

    async def _connected(self) -> None:
        """Make the node fit for us, and tell what it has. Raises AriError: it is tried again."""
        rest = self.ari.rest
        system = (await rest.asterisk.get_info()).system
        refuse_unfit(system.version if system else "of unknown version")
        await make_bridge(rest, HOLDING, "holding")
        told = await self._ensure()
        # What were done during the look would not be in it: a phone just rung would pass for gone.
        async with self._gate.shut():
            async with self._asking:
                found = await snapshot.take(rest, self._node, self._numbers)
            self._tell_findings(found)
        if not told:
            # Nothing is written, and so no event will say how the carriers are.
            asked = [trunk.name for trunk in self._settings.trunks if trunk.qualify_s]
            for fact in await snapshot.trunks(rest, self._node, asked):
                self._tell(fact)
        logger.info("node found", extra={"node": self._node, "channels": len(found.channels)})

    def _tell_findings(self, found: Snapshot) -> None:
        state = self._state()
        known = state.nodes.get(self._node)
        restarted = known is not None and known.started not in ("", found.started)
        legs = list(state.legs.values())
        for fact in recovery.after_connect(found, legs, self._bridges(), restarted=restarted):
            self._tell(fact)
        self._phones = dict(found.contacts)

    def _bridges(self) -> set[BridgeId]:
        """Those of our interactions on this node."""
        interactions = self._state().interactions.values()
        return {b for i in interactions if i.node == self._node for b in i.bridges}

    # What events do not tell.

    async def _refresh_contacts(self) -> None:
        """A contact's event names one phone; which ones there are now must be asked."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            stale = sorted(self._stale & set(self._numbers))
            self._stale.clear()
            if not await self._attempt(self._refresh(stale)):
                # Nothing else would tell of these phones as long as the stream lives.
                self._stale.update(stale)
                await asyncio.sleep(ASK_AGAIN_S)
                self._wake.set()

    async def _refresh(self, extensions: list[ExtensionNumber]) -> None:
        async with self._asking:
            found = await snapshot.contacts(self.ari.rest, extensions)
        self._tell_phones(found)

    def _tell_phones(self, found: Mapping[ExtensionNumber, tuple[str, ...]]) -> None:
        """Which phones these extensions have, where that is another than was told last. An
        extension that was removed while Asterisk was asked has none."""
        for extension, contacts in found.items():
            if extension in self._numbers and contacts != self._phones.get(extension, ()):
                self._phones[extension] = contacts
                fact = ContactsChanged(node=self._node, extension=extension, contacts=contacts)
                self._tell(fact)

    async def _sweep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_EVERY_S)
            if self.live.is_set():
                await self._attempt(self.sweep())

    async def sweep(self) -> None:
        """Compare with the node: nothing there without an owner, nothing missing. A phone of which
        no event has told is found as well."""
        before = list(self._state().legs.values())
        bridges = self._bridges()
        numbers = self._numbers
        async with self._asking:
            found = await snapshot.take(self.ari.rest, self._node, numbers)
        self._tell_phones({number: found.contacts.get(number, ()) for number in numbers})
        now = self._state().legs.values()
        for fact in recovery.sweep(found, before, now, bridges | self._bridges()):
            logger.warning("sweep found a difference", extra={"fact": fact})
            self._tell(fact)

    async def _attempt(self, what: Awaitable[object]) -> bool:
        """The node may be away just now; gives whether it has answered."""
        try:
            await what
        except AriError as error:
            about = {"node": self._node, "reason": str(error)}
            logger.info("a question to the node failed", extra=about)
            return False
        return True
