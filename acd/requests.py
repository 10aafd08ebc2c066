"""What people ask for. A request may be refused, with a reason that the asker can read."""

from dataclasses import dataclass

from acd.ids import AgentId, InteractionId, ProjectName, QueueName, ResultCodeName, StatusName
from acd.revision import Revision


class Refused(Exception):
    """The request makes no sense in the present state; the HTTP API answers 409."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogIn:
    agent: AgentId
    project: ProjectName
    queues: tuple[QueueName, ...] | None = None
    """Chosen beside those to which the agent is assigned; None keeps those of who is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseQueues:
    """Be in these queues, beside those to which the agent is assigned, and in no others."""

    agent: AgentId
    queues: tuple[QueueName, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogOut:
    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class SetStatus:
    agent: AgentId
    status: StatusName


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideHours:
    """Be offered calls outside of the working hours too, until midnight; or no more."""

    agent: AgentId
    on: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishAcw:
    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitDisposition:
    """Close a call that the agent has, or has had until just now."""

    agent: AgentId
    interaction: InteractionId
    code: ResultCodeName
    note: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EndCall:
    """Hang up the caller the agent talks with."""

    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Send the caller to a queue without speaking to anyone there first."""

    agent: AgentId
    queue: QueueName
    """Or a number that leads to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferToAgent:
    """Ring a colleague's extension for the caller, without speaking to the colleague first."""

    agent: AgentId
    colleague: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class Consult:
    """Put the caller on hold and wait in a queue for a colleague."""

    agent: AgentId
    queue: QueueName
    """Or a number that leads to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelConsult:
    """Go back to the caller alone."""

    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class Confer:
    """Bring the caller and the consulted colleague together, and stay."""

    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """Let a supervisor hear an agent's call."""

    supervisor: AgentId
    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCallback:
    """The waiting caller hangs up, keeps the place and is called when it comes up."""

    interaction: InteractionId


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeEntry:
    """Have this waiting call, whosever turn it is."""

    agent: AgentId
    interaction: InteractionId


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignEntry:
    """Give this waiting call to the agent, whosever turn it is."""

    agent: AgentId
    interaction: InteractionId
    by: str
    """The username of who decides so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Apply:
    """Take over a new version of the configuration."""

    revision: Revision


Request = (
    LogIn
    | ChooseQueues
    | LogOut
    | SetStatus
    | OverrideHours
    | FinishAcw
    | SubmitDisposition
    | EndCall
    | Transfer
    | TransferToAgent
    | Consult
    | CancelConsult
    | Confer
    | Listen
    | RequestCallback
    | TakeEntry
    | AssignEntry
    | Apply
)
