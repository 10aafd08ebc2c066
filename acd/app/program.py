"""The program: database, core, engine, nodes and HTTP, built and joined here and nowhere else."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from acd.app import holder, wall_clock
from acd.app.accounts import Accounts
from acd.app.configuring import Configuring
from acd.app.database import open_store
from acd.app.exits import HeldByAnother, WrongPassword
from acd.app.lag import LoopLag
from acd.app.link import Link
from acd.app.nodes import NodeSettings, nodes
from acd.app.observing import Observing
from acd.ari.errors import AriUnauthorized, Replaced
from acd.config import Configuration
from acd.db import DatabaseError, Store, Writer
from acd.db.accounts import AccountRows
from acd.db.hold import Hold, open_hold
from acd.db.lost import LostCalls
from acd.db.versions import Versions
from acd.distributor import Distributor, State
from acd.effects import Alarm, Effect
from acd.engine import Clock, Engine
from acd.facts import Fact, NodeLost, NodeRemoved
from acd.ids import NodeId
from acd.lanes import EffectError
from acd.requests import Apply
from acd.revision import Revision, revision
from acd.views import Record

logger = logging.getLogger(__name__)

DRAIN_S = 5.0
"""How long a leaving process tries to write what it still has."""
FINISH_S = 2.0
"""How long it performs what it has decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """All parts, running."""

    engine: Engine
    clock: Clock
    links: dict[NodeId, Link]
    hold: Hold
    writer: Writer
    writing: asyncio.Task[None]
    accounts: Accounts
    lost: LostCalls
    configuring: Configuring
    run: int
    lag: LoopLag
    observing: Observing

    @property
    def state(self) -> State:
        return self.engine.distributor.state


async def run(
    configuration: Configuration,
    serve: Callable[[Program], Coroutine[None, None, None]],
    stop: asyncio.Event | None = None,
    *,
    replaces: int | None = None,
) -> None:
    """Run until stop is set, or until cancelled; serve runs beside it.

    replaces: the run whose process ends by this if it is alive.

    Stopped, it performs what is decided and decides nothing more; the calls stay in Asterisk for
    the next process. Raises HeldByAnother, WrongPassword, DatabaseError, TooManyBugs: within
    groups.
    """
    async with AsyncExitStack() as stack:
        program = await _build(configuration, stack, replaces)
        async with asyncio.TaskGroup() as tasks:
            engine = tasks.create_task(program.engine.run(), name="engine")
            await program.engine.ask(Apply(revision=_revision(program, configuration)))
            _tell_of_nodes(program)
            others = [tasks.create_task(_watch(program.writing), name="watch")]
            others.append(tasks.create_task(program.lag.run(), name="lag"))
            others.append(tasks.create_task(_follow_the_wall(program), name="wall clock"))
            others.append(tasks.create_task(program.observing.stream.run(), name="stream"))
            others.append(tasks.create_task(program.hold.keep(), name="hold"))
            others.append(tasks.create_task(program.accounts.run(), name="accounts"))
            for node in nodes(configuration):
                others.append(tasks.create_task(_follow(program.links[node.node], node)))
            serving = tasks.create_task(serve(program), name="serve")
            await (stop or asyncio.Event()).wait()
            serving.cancel()
            await asyncio.wait([serving])
            program.engine.stop()
            await asyncio.wait([engine], timeout=FINISH_S)
            for task in (engine, *others):
                task.cancel()


def _revision(program: Program, configuration: Configuration) -> Revision:
    return revision(program.state.settings, configuration.settings)


def _tell_of_nodes(program: Program) -> None:
    """Each is known from the start, and none that is configured no more."""
    for gone in program.state.nodes.keys() - program.links.keys():
        program.engine.tell(NodeRemoved(node=gone))
    for node in program.links.keys() - program.state.nodes.keys():
        program.engine.tell(NodeLost(node=node))


async def _follow_the_wall(program: Program) -> None:
    await wall_clock.follow(program.clock, lambda: program.state.ahead, program.engine.tell)


async def _follow(link: Link, settings: NodeSettings) -> None:
    """Follow the node; what ends that says which node it is."""
    node, address = settings.node, settings.address
    try:
        await link.run()
    except* Replaced:
        raise HeldByAnother(
            f"another process took over node {node} ({address.url}): a second `acd run`, or "
            "another program with the Stasis application acd. Only one may drive an Asterisk: "
            "stop one of them for good"
        ) from None
    except* AriUnauthorized:
        raise WrongPassword(
            f"node {node}: the Asterisk at {address.url} refuses ARI user {address.user!r} or its "
            "password: set ari_user and ari_password to those in its ari.conf"
        ) from None


async def _watch(writing: asyncio.Task[None]) -> None:
    """A writer that ends by itself ends the process: nothing would be kept any more."""
    await asyncio.shield(writing)


async def _build(
    configuration: Configuration, stack: AsyncExitStack, replaces: int | None
) -> Program:
    store, hold, run = await _begin_run(configuration.file.database, stack, replaces)
    rows = await store.load_rows()
    writer = await Writer.open(store, run, rows)
    writing = await stack.enter_async_context(_writing(writer))
    clock, lag = Clock(), LoopLag()
    links: dict[NodeId, Link] = {}
    engine = Engine(
        clock=clock,
        distributor=Distributor(run=run, rows=rows),
        perform=lambda effect: _perform(links, effect),
        keep=lambda record: _keep(record, observing, writer),
    )
    writer.begin(engine.distributor.begun, clock.now())
    observing = Observing(engine, writer, lag, now=clock.now)
    for settings in nodes(configuration):
        links[settings.node] = await _open_link(settings, stack, engine, observing)
    logger.info("run begins", extra={"run": run, "rows": len(rows)})
    return Program(
        engine=engine,
        clock=clock,
        links=links,
        hold=hold,
        writer=writer,
        writing=writing,
        accounts=await _open_accounts(store, stack, writer, clock),
        lost=LostCalls(store),
        configuring=await _configuring(configuration, Versions(store), run, engine, clock, links),
        run=run,
        lag=lag,
        observing=observing,
    )


async def _begin_run(
    database: str, stack: AsyncExitStack, replaces: int | None
) -> tuple[Store, Hold, int]:
    """The database, what we hold of it, and our number. Raises HeldByAnother, DatabaseError."""
    store = await open_store(database)
    stack.push_async_callback(store.close)
    hold = await open_hold(store.url)
    stack.push_async_callback(hold.close)
    run = await holder.begin(store, hold, replaces=replaces)
    stack.push_async_callback(_end_run, store, run)
    return store, hold, run


async def _open_link(
    settings: NodeSettings, stack: AsyncExitStack, engine: Engine, observing: Observing
) -> Link:
    link = Link(
        settings,
        state=lambda: engine.distributor.state,
        tell=engine.tell,
        on_event=observing.metrics.ari_event,
        on_call=observing.metrics.ari_command,
    )
    await stack.enter_async_context(link.ari)
    return link


async def _open_accounts(
    store: Store, stack: AsyncExitStack, writer: Writer, clock: Clock
) -> Accounts:
    """Who may log in: at least an admin."""
    rows = AccountRows(store)
    accounts = Accounts(rows, now=clock.now, away=lambda: writer.away_since is not None)
    stack.callback(accounts.close)
    await accounts.make_first()
    return accounts


async def _configuring(
    configuration: Configuration,
    versions: Versions,
    run: int,
    engine: Engine,
    clock: Clock,
    links: dict[NodeId, Link],
) -> Configuring:
    return Configuring(
        versions=versions,
        run=run,
        configuration=configuration,
        latest=await versions.latest(),
        ask=engine.ask,
        links=links,
        environment=os.environ,
        now=clock.now,
    )


@asynccontextmanager
async def _writing(writer: Writer) -> AsyncIterator[asyncio.Task[None]]:
    """The writer, at work; at the end it writes what it still has."""
    task = asyncio.create_task(writer.run(), name="writer")
    try:
        yield task
    finally:
        await writer.drain(DRAIN_S)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _end_run(store: Store, run: int) -> None:
    """Nobody need ask whether this process is still alive. Without it the next one will see."""
    try:
        await store.end_run(run)
    except DatabaseError as error:
        logger.warning("the end of the run is not written", extra={"reason": str(error)})


def _keep(record: Record, observing: Observing, writer: Writer) -> asyncio.Future[bool] | None:
    """What is decided is shown at once, and written."""
    observing.saw(record)
    return writer.record(record)


async def _perform(links: dict[NodeId, Link], effect: Effect) -> Fact | None:
    if isinstance(effect, Alarm):
        logger.warning("alarm", extra={"what": effect.text, "about": effect.about})
        return None
    node = effect.channel.node if hasattr(effect, "channel") else effect.node
    if node not in links:
        raise EffectError(f"there is no node {node}", unreachable=True)
    return await links[node].perform(effect)
