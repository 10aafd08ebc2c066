"""Staffing: agents log in and out, change their status, and their devices come and go."""

from dataclasses import replace

from acd.agents.agent import Activity, Agent
from acd.agents.assignment import Move, Phase
from acd.agents.device import Device, DeviceKind, Phone
from acd.distributor.closing import withdraw
from acd.distributor.concluding import close_by_default, must_be_closed
from acd.distributor.hours import look, looked, override
from acd.distributor.membership import choose
from acd.distributor.outgoing import way_out
from acd.distributor.turn import Turn, logged_out, move_agent, settle_status
from acd.facts import ContactsChanged
from acd.ids import AgentId
from acd.requests import ChooseQueues, FinishAcw, LogIn, LogOut, OverrideHours, Refused, SetStatus
from acd.settings import AVAILABLE, AgentSettings


def new_agent(turn: Turn, settings: AgentSettings) -> Agent:
    """An agent as configured: logged out, with no device reachable yet."""
    devices = (Device(kind=DeviceKind.EXTENSION), Device(kind=DeviceKind.MOBILE))
    return Agent(
        id=settings.agent,
        ring=settings.ring,
        since=turn.now,
        idle_since=turn.now,
        devices=devices,
    )


def agent_of(turn: Turn, agent_id: AgentId) -> Agent:
    agent = turn.state.agents.get(agent_id)
    if agent is None:
        raise Refused(f"there is no agent {agent_id}")
    return agent


def logged_in(turn: Turn, agent_id: AgentId) -> Agent:
    agent = agent_of(turn, agent_id)
    if agent.project is None:
        raise Refused(f"{agent_id} is not logged in")
    return agent


def log_in(turn: Turn, request: LogIn) -> None:
    """Log in to a project, out of any other. Who is there already stays, also after the call."""
    agent = agent_of(turn, request.agent)
    settings = turn.state.settings.agents.get(request.agent)
    if settings is None or request.project not in settings.projects:
        raise Refused(f"{request.agent} does not belong to project {request.project}")
    if agent.project == request.project:
        agent = replace(agent, leaving=False)
    elif agent.assignments:
        raise Refused(f"{request.agent} is on a call")
    else:
        agent = replace(logged_out(agent, turn.now), project=request.project, idle_since=turn.now)
        agent = settle_status(turn, replace(agent, calls=(), pending=AVAILABLE))
        agent = looked(turn, agent.did(Activity.LOG_IN, turn.now))
    turn.state.put(agent)
    if request.queues is not None:
        choose(turn, agent, request.queues)


def choose_queues(turn: Turn, request: ChooseQueues) -> None:
    choose(turn, logged_in(turn, request.agent), request.queues)


def log_out(turn: Turn, request: LogOut) -> None:
    """Log out: at once, or when the call is over."""
    let_go(turn, logged_in(turn, request.agent))


def let_go(turn: Turn, agent: Agent) -> None:
    """Log the agent out; what is being offered is taken back, what is won already goes on."""
    if not agent.assignments:
        turn.state.put(logged_out(agent, turn.now))
        return
    turn.state.put(replace(agent, leaving=True))
    withdraw(turn, agent)


def set_status(turn: Turn, request: SetStatus) -> None:
    """Change the status: at once, or when the call and its after-call work are over."""
    agent = logged_in(turn, request.agent)
    if request.status not in turn.state.settings.statuses:
        raise Refused(f"there is no status {request.status}")
    agent = replace(agent, pending=request.status)
    if not agent.assignments:
        turn.state.put(settle_status(turn, agent))
        return
    turn.state.put(agent)
    withdraw(turn, agent)


def override_hours(turn: Turn, request: OverrideHours) -> None:
    """Until midnight the agent is offered calls outside of the working hours too; or no more."""
    override(turn, logged_in(turn, request.agent), on=request.on)


def finish_acw(turn: Turn, request: FinishAcw) -> None:
    agent = logged_in(turn, request.agent)
    if agent.phase is not Phase.ACW:
        raise Refused(f"{request.agent} is not in after-call work")
    must_be_closed(turn, agent.assignments[0])
    end_acw(turn, agent)


def end_acw(turn: Turn, agent: Agent) -> None:
    for assignment in agent.assignments:
        if assignment.phase is Phase.ACW:
            close_by_default(turn, agent.id, assignment.interaction)
            turn.state.put(turn.state.agents[agent.id].did(Activity.ACW, turn.now))
            move_agent(turn, agent.id, assignment.interaction, Move.RELEASE)


def agent_due(turn: Turn, agent: Agent) -> None:
    """After-call work is over, a device has rested, or working hours begin or end."""
    for device in agent.devices:
        agent = agent.with_device(device.at(turn.now))
    turn.state.put(agent)
    if agent.acw_until and agent.acw_until <= turn.now:
        end_acw(turn, agent)
    if agent.look_at and agent.look_at <= turn.now:
        look(turn, turn.state.agents[agent.id])


def contacts_changed(turn: Turn, fact: ContactsChanged) -> None:
    """Phones have registered or are gone; one that is new may be tried at once."""
    phone = Phone(node=fact.node, extension=fact.extension, contacts=fact.contacts)
    turn.state.put(phone)
    agent = turn.state.agent_on(fact.node, fact.extension)
    if agent is None:
        return
    device = agent.device(DeviceKind.EXTENSION)
    if set(fact.contacts) - set(device.endpoints):
        agent = agent.with_device(device.tried_again())
    reach_devices(turn, agent)


def reach_devices(turn: Turn, agent: Agent) -> None:
    """Take over what can be dialled to reach the agent: nothing while the node is away. A mobile
    can be dialled as soon as its node is there, for nothing tells us more."""
    settings = turn.state.settings.agents.get(agent.id)
    if settings is None or not turn.state.node_up(settings.node):
        turn.state.put(out_of_reach(agent))
        return
    way = way_out(turn.state, settings.mobile) if settings.mobile else None
    mobile = (way.endpoint,) if way else ()
    phone = settings.extension and turn.state.phones.get((settings.node, settings.extension))
    agent = _with_endpoints(agent, DeviceKind.EXTENSION, phone.contacts if phone else ())
    turn.state.put(_with_endpoints(agent, DeviceKind.MOBILE, mobile))


def out_of_reach(agent: Agent) -> Agent:
    devices = tuple(replace(device, endpoints=()) for device in agent.devices)
    return replace(agent, devices=devices)


def _with_endpoints(agent: Agent, kind: DeviceKind, endpoints: tuple[str, ...]) -> Agent:
    return agent.with_device(replace(agent.device(kind), endpoints=endpoints))
