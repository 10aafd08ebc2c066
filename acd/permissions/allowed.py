"""What each role may do, until profiles say it in detail."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from acd.ids import AgentId


class Role(StrEnum):
    """What somebody is: an admin may do everything, a supervisor directs agents, an agent works."""

    ADMIN = "admin"
    SUPERVISOR = "supervisor"
    AGENT = "agent"


class Key(StrEnum):
    """What can be permitted. Each request that needs a log-in names one."""

    ACCOUNT_OWN = "account.own"
    """One's own password, tokens and log-out. Everybody may."""
    AGENT_WORK = "agent.work"
    """What an agent does: log in to a project, status, calls. Agents may for themselves."""
    AGENT_OVERRIDE = "agent.override"
    """Be offered calls in off hours. Agents may for themselves."""
    DISPOSITION_SUBMIT = "disposition.submit"
    """Close a call with a result code. Agents may their own."""
    CALL_TAKE = "call.take"
    """Have a waiting call, whosever turn it is. Agents may for themselves."""
    CALL_ASSIGN = "call.assign"
    """Give a waiting call to an agent."""
    CALL_LISTEN = "call.listen"
    CALL_CALLBACK = "call.callback"
    """Have a waiting caller called back."""
    CALL_LOST = "call.lost"
    """The calls of a queue that were lost, and marks of who was called back."""
    LIVE_SEE = "live.see"
    METRICS_SEE = "metrics.see"
    CONFIGURATION_SEE = "configuration.see"
    CONFIGURATION_CHANGE = "configuration.change"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who has logged in. An agent's username is the agent's id."""

    username: str
    role: Role
    must_change_password: bool = False
    """The password was made for this user by another: until it is changed nothing else goes."""


_SUPERVISED = frozenset(
    {
        Key.ACCOUNT_OWN,
        Key.AGENT_WORK,
        Key.AGENT_OVERRIDE,
        Key.DISPOSITION_SUBMIT,
        Key.CALL_TAKE,
        Key.CALL_ASSIGN,
        Key.CALL_LISTEN,
        Key.CALL_CALLBACK,
        Key.CALL_LOST,
        Key.LIVE_SEE,
        Key.METRICS_SEE,
    }
)
KEYS: Mapping[Role, frozenset[Key]] = MappingProxyType(
    {
        Role.ADMIN: frozenset(Key),
        Role.SUPERVISOR: _SUPERVISED,
        Role.AGENT: frozenset(
            {
                Key.ACCOUNT_OWN,
                Key.AGENT_WORK,
                Key.AGENT_OVERRIDE,
                Key.DISPOSITION_SUBMIT,
                Key.CALL_TAKE,
                Key.LIVE_SEE,
            }
        ),
    }
)


def allowed(user: User, key: Key, *, agent: AgentId | None = None) -> bool:
    """Whether the user may do that. agent: for whom, where it is about an agent."""
    if user.must_change_password and key is not Key.ACCOUNT_OWN:
        return False
    if user.role is Role.AGENT and agent is not None and agent != user.username:
        return False
    return key in KEYS[user.role]
