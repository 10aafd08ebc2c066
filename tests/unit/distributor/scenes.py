"""Where unit tests of the distributor begin: a few people, two queues, and what has happened."""

from collections.abc import Callable
from dataclasses import replace

from acd.calls.leg import Leg
from acd.distributor import Decision
from acd.distributor.state import Count
from acd.effects import Effect
from acd.facts import Fact
from acd.ids import AgentId, InteractionId, ProjectName, StatusName
from acd.queues.entry import Entry
from acd.queues.offer import Offer
from acd.requests import Consult, Request
from acd.revision import revision
from acd.settings import SYSTEM_STATUSES, Category, Settings, StatusSettings
from tests.stories.acd import SALES, SERVICE, Acd, one_queue, queue_settings, settings

AYSE, BARIS, CEM, DEFNE = map(AgentId, ("ayse", "baris", "cem", "defne"))
ZEKI = AgentId("zeki")
"""Who does not work here."""
CARE = ProjectName("care")
LUNCH = StatusName("Lunch")
STATUSES = {**SYSTEM_STATUSES, LUNCH: StatusSettings(name=LUNCH, category=Category.BREAK)}
TWO_QUEUES = settings(queue_settings(SALES, "700", "ayse"), queue_settings(SERVICE, "701", "baris"))
Scene = Callable[[], Acd]


def at_work(*agents: str, of: Settings | None = None, **queue: object) -> Acd:
    """These agents are logged in, and all others' phones are on hook."""
    acd = Acd(of or replace(one_queue(*agents, **queue), statuses=STATUSES))  # type: ignore[arg-type]
    acd.at_work(*agents)
    return acd


def waiting(*, of: Settings | None = None) -> Acd:
    """One caller waits, nobody is at work."""
    acd = Acd(of or one_queue("ayse"))
    acd.calls("first")
    return acd


def ringing(*agents: str, of: Settings | None = None, **queue: object) -> Acd:
    """One caller, offered to who came first."""
    acd = at_work(*(agents or ("ayse",)), of=of, **queue)
    acd.calls("first")
    return acd


def talking(*agents: str, of: Settings | None = None, **queue: object) -> Acd:
    """The first agent talks with the first caller."""
    acd = ringing(*agents, of=of, **queue)
    acd.takes((agents or ("ayse",))[0])
    return acd


def consulting(*agents: str) -> Acd:
    """Ayşe has put the first caller on hold and waits for a colleague."""
    acd = talking("ayse", *agents, of=TWO_QUEUES)
    acd.ask(Consult(agent=AYSE, queue=SERVICE))
    return acd


def consulted() -> Acd:
    """Ayşe talks with Barış while the first caller is on hold."""
    acd = consulting("baris")
    acd.takes("baris")
    return acd


def registers(acd: Acd, number: str, *contacts: str) -> None:
    acd.world.register(number, *contacts)
    acd.world.settle()


def tell(acd: Acd, *facts: Fact) -> list[Effect]:
    """What is to be done upon the facts; nobody does it."""
    decisions = [acd.world.core.handle(fact, acd.world.now) for fact in facts]
    return [effect for decision in decisions for effect in decision.effects]


def ask(acd: Acd, request: Request) -> Decision:
    return acd.world.core.request(request, acd.world.now)


def interaction(acd: Acd) -> InteractionId:
    """The only one there is."""
    [only] = acd.world.core.state.interactions
    return only


def entry(acd: Acd) -> Entry:
    [only] = acd.world.core.state.entries.values()
    return only


def offer(acd: Acd) -> Offer:
    [only] = acd.world.core.state.offers.values()
    return only


def leg(acd: Acd, role: str, agent: str | None = None) -> Leg:
    """The only leg in that role, and of that agent if one is named."""
    legs = acd.world.core.state.legs.values()
    [only] = [leg for leg in legs if leg.role == role and agent in (None, leg.agent)]
    return only


def picture(acd: Acd) -> object:
    """All rows, to be compared."""
    state = acd.world.core.state
    tables = (state.interactions, state.legs, state.entries, state.offers, state.attempts)
    people = (state.agents, state.nodes, state._tables[Count])
    settings = revision(Settings(), state.settings)
    return [list(table.items()) for table in (*tables, *people)], settings
