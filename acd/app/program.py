"""The program: database, core, engine, nodes and HTTP, built and joined here and nowhere else."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from acd.app.database import open_store
from acd.app.link import Link, NodeSettings
from acd.ari.provisioning import Extension, Trunk
from acd.ari.rest import AriAddress
from acd.config import Configuration
from acd.db import Record, Store, Writer
from acd.distributor import Distributor, Row, State
from acd.effects import Alarm, Effect
from acd.engine import Clock, EffectError, Engine, Kept
from acd.facts import Fact
from acd.ids import NodeId
from acd.requests import Apply

logger = logging.getLogger(__name__)

DRAIN_S = 5.0
"""How long a leaving process tries to write what it still has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """All parts, running."""

    engine: Engine
    clock: Clock
    links: dict[NodeId, Link]
    store: Store
    writer: Writer
    run: int

    @property
    def state(self) -> State:
        return self.engine.distributor.state


async def run(
    configuration: Configuration, serve: Callable[[Program], Coroutine[None, None, None]]
) -> None:
    """Run until cancelled; serve runs beside it. Raises Replaced, AriUnauthorized,
    DatabaseError, TooManyBugs: each as the only member of a group."""
    async with AsyncExitStack() as stack:
        program = await _build(configuration, stack)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(program.engine.run(), name="engine")
            await program.engine.ask(Apply(settings=configuration.settings))
            for link in program.links.values():
                tasks.create_task(link.run(), name="link")
            tasks.create_task(serve(program), name="serve")


async def _build(configuration: Configuration, stack: AsyncExitStack) -> Program:
    store = await open_store(configuration.file.database)
    stack.push_async_callback(store.close)
    run = await store.new_run()
    rows = await store.load_rows()
    writer = await stack.enter_async_context(_writing(store, run, rows))
    links: dict[NodeId, Link] = {}
    clock = Clock()
    engine = Engine(
        clock=clock,
        distributor=Distributor(run=run, rows=rows),
        perform=lambda effect: _perform(links, effect),
        keep=lambda kept: writer.record(_record(kept)),
    )
    for settings in nodes(configuration):
        link = Link(settings, state=lambda: engine.distributor.state, tell=engine.tell)
        links[settings.node] = link
        await stack.enter_async_context(link.ari)
    logger.info("run begins", extra={"run": run, "rows": len(rows)})
    return Program(engine=engine, clock=clock, links=links, store=store, writer=writer, run=run)


@asynccontextmanager
async def _writing(store: Store, run: int, rows: Iterable[Row]) -> AsyncIterator[Writer]:
    """The writer, at work; at the end it writes what it still has."""
    writer = await Writer.open(store, run, rows)
    task = asyncio.create_task(writer.run(), name="writer")
    try:
        yield writer
    finally:
        await writer.drain(DRAIN_S)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _record(kept: Kept) -> Record:
    return Record(
        at=kept.at,
        kind=kept.kind,
        input=kept.input,
        effects=kept.effects,
        changes=kept.changes,
        outcome=kept.outcome,
        detail=kept.detail,
    )


async def _perform(links: dict[NodeId, Link], effect: Effect) -> Fact | None:
    if isinstance(effect, Alarm):
        logger.warning("alarm", extra={"what": effect.text, "about": effect.about})
        return None
    node = effect.channel.node if hasattr(effect, "channel") else effect.node
    if node not in links:
        raise EffectError(f"there is no node {node}", unreachable=True)
    return await links[node].perform(effect)


def nodes(configuration: Configuration) -> list[NodeSettings]:
    """The nodes with what belongs to each."""
    file = configuration.file
    return [
        NodeSettings(
            node=node.name,
            address=AriAddress(
                url=node.ari_url,
                user=node.ari_user,
                password=node.ari_password.get_secret_value(),
            ),
            media_address=node.media_address,
            extensions=tuple(
                Extension(number=e.number, password=e.password.get_secret_value())
                for e in file.extensions
                if e.node == node.name
            ),
            trunks=tuple(
                Trunk(name=t.name, match=tuple(t.match), host=t.host)
                for t in file.trunks
                if t.node == node.name
            ),
        )
        for node in file.nodes
    ]
