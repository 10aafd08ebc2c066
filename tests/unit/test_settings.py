"""The configuration as the core sees it."""

from dataclasses import FrozenInstanceError

import pytest

from acd.ids import AgentId, NodeId, ProjectName, QueueName
from acd.settings import (
    AVAILABLE,
    NOT_RESPONDING,
    SYSTEM_STATUSES,
    AgentSettings,
    Category,
    QueueSettings,
    RingMode,
    Settings,
    Strategy,
)


def test_without_configuration_there_is_nothing_but_the_system_statuses() -> None:
    settings = Settings()
    assert (settings.version, settings.key, settings.due) == (0, "settings", None)
    assert [*settings.queues, *settings.agents, *settings.routes] == []
    assert settings.statuses is SYSTEM_STATUSES


def test_only_available_takes_calls() -> None:
    categories = {name: status.category for name, status in SYSTEM_STATUSES.items()}
    assert categories == {AVAILABLE: Category.AVAILABLE, NOT_RESPONDING: Category.BREAK}


def test_the_system_statuses_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        SYSTEM_STATUSES[AVAILABLE] = SYSTEM_STATUSES[NOT_RESPONDING]  # type: ignore[index]


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().version = 2  # type: ignore[misc]


def test_what_a_queue_does_unless_told_otherwise() -> None:
    queue = QueueSettings(queue=QueueName("sales"), project=ProjectName("p"), number="700")
    assert queue.strategy is Strategy.LONGEST_IDLE
    assert (queue.agent_timeout_s, queue.acw_s, queue.priority) == (20, 0, 0)
    assert queue.whisper is None
    assert not queue.draining


def test_what_an_agent_does_unless_told_otherwise() -> None:
    agent = AgentSettings(agent=AgentId("ayse"), name="Ayşe", node=NodeId("a"))
    assert agent.ring is RingMode.EXTENSION
    assert (agent.extension_ring_s, agent.mobile_ring_s) == (25, 25)
    assert (agent.extension, agent.mobile, agent.projects) == (None, None, ())
