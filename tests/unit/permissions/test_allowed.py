"""Who may do what."""

import pytest

from acd.ids import AgentId
from acd.permissions import Key, Role, User, allowed

AYSE, BARIS = AgentId("ayse"), AgentId("baris")


def user(role: Role, *, new: bool = False) -> User:
    return User(username="ayse", role=role, must_change_password=new)


@pytest.mark.parametrize("key", Key)
def test_an_admin_may_do_everything(key: Key) -> None:
    assert allowed(user(Role.ADMIN), key)
    assert allowed(user(Role.ADMIN), key, agent=BARIS)


def test_a_supervisor_directs_agents_and_configures_nothing() -> None:
    supervisor = user(Role.SUPERVISOR)
    assert allowed(supervisor, Key.AGENT_WORK, agent=BARIS)
    assert allowed(supervisor, Key.CALL_LISTEN, agent=BARIS)
    assert not allowed(supervisor, Key.CONFIGURATION_CHANGE)
    assert not allowed(supervisor, Key.CONFIGURATION_SEE)


def test_an_agent_may_work_for_oneself_alone() -> None:
    agent = user(Role.AGENT)
    assert allowed(agent, Key.AGENT_WORK, agent=AYSE)
    assert not allowed(agent, Key.AGENT_WORK, agent=BARIS)
    assert allowed(agent, Key.AGENT_OVERRIDE, agent=AYSE)
    assert not allowed(agent, Key.AGENT_OVERRIDE, agent=BARIS)
    assert allowed(agent, Key.DISPOSITION_SUBMIT, agent=AYSE)
    assert not allowed(agent, Key.DISPOSITION_SUBMIT, agent=BARIS)
    assert not allowed(agent, Key.CALL_LISTEN, agent=AYSE)
    assert not allowed(agent, Key.CONFIGURATION_SEE)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("key", Key)
def test_with_an_initial_password_one_may_only_change_it(role: Role, key: Key) -> None:
    assert allowed(user(role, new=True), key) == (key is Key.ACCOUNT_OWN)
    assert allowed(user(role), Key.ACCOUNT_OWN)
