"""Why an agent gets no calls: everything that stands in the way, and what helps."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from acd.agents.agent import Agent
from acd.agents.device import STAGES, DeviceKind
from acd.ids import QueueName
from acd.settings import AgentSettings, Category


class Cause(StrEnum):
    """What stands in the way."""

    CONFIGURATION = "configuration"
    PERMISSION = "permission"
    LOG_IN = "log-in"
    STATUS = "status"
    HOURS = "working hours"
    CAPACITY = "capacity"
    DEVICE = "device"
    QUEUES = "queues"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindrance:
    cause: Cause
    says: str
    remedy: str


def hindrances(
    agent: Agent,
    settings: AgentSettings | None,
    queues: Collection[QueueName],
    *,
    permitted: bool = True,
) -> list[Hindrance]:
    """All of them, the widest first; none: calls come when there are some.

    settings: None where the agent is not configured any more. queues: those of the agent's project
    in which the agent is. permitted: whether the account of that name, if there is one, may work.
    """
    if settings is None:
        says = "is not in the configuration any more"
        return [_hindrance(Cause.CONFIGURATION, says, "configure the agent again")]
    found = [] if permitted else [_not_permitted()]
    if agent.project is None:
        says = "is logged out"
        return [*found, _hindrance(Cause.LOG_IN, says, "log in: `acd agent login`")]
    return [*found, *_at_work(agent, settings), *_in_no_queue(agent, queues)]


def _not_permitted() -> Hindrance:
    says = "the account is disabled, or its first password was not changed yet"
    return _hindrance(Cause.PERMISSION, says, "log in and change it, or have it enabled")


def _at_work(agent: Agent, settings: AgentSettings) -> Iterator[Hindrance]:
    if agent.leaving:
        says = "is logged out when the call is over"
        yield _hindrance(Cause.LOG_IN, says, "log in again to stay")
    if agent.category is not Category.AVAILABLE:
        says = f"the status {agent.status} takes no calls"
        yield _hindrance(Cause.STATUS, says, "set the status Available")
    if agent.off_hours:
        until = f" until {agent.look_at:%Y-%m-%d %H:%M} UTC" if agent.look_at else ""
        says = f"is in off hours{until}"
        yield _hindrance(Cause.HOURS, says, "override them: `acd agent override`")
    if agent.assignments or any(device.legs for device in agent.devices):
        says = "has a call, or after-call work"
        yield _hindrance(Cause.CAPACITY, says, "end it")
    elif not agent.stages:
        yield _no_device(agent, settings)


def _no_device(agent: Agent, settings: AgentSettings) -> Hindrance:
    kinds = [kind for stage in STAGES[agent.ring] for kind in stage]
    devices = [agent.device(kind) for kind in kinds]
    if any(device.endpoints for device in devices):
        says = "the phone rests after a call, or was busy or failed a moment ago"
        return _hindrance(Cause.DEVICE, says, "wait half a minute, or register it anew")
    if DeviceKind.EXTENSION in kinds and settings.extension:
        says = f"no phone is registered as {settings.extension}, or its node is away"
        return _hindrance(Cause.DEVICE, says, "register the phone; `acd doctor` looks at the node")
    says = "the mobile cannot be called: there is no way out for it, or its node is away"
    return _hindrance(Cause.DEVICE, says, "look at `outbound_routes`; `acd doctor` at the node")


def _in_no_queue(agent: Agent, queues: Collection[QueueName]) -> Iterator[Hindrance]:
    if not queues:
        says = f"is in no queue of {agent.project}"
        yield _hindrance(Cause.QUEUES, says, "choose some: `acd agent queues`, or assign the agent")


def _hindrance(cause: Cause, says: str, remedy: str) -> Hindrance:
    return Hindrance(cause=cause, says=says, remedy=remedy)
