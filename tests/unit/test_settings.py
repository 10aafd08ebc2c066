"""The configuration as the core sees it."""

from dataclasses import FrozenInstanceError, replace

import pytest

from acd.ids import AgentId, NodeId, ProjectName, QueueName
from acd.revision import Revision, revision
from acd.settings import (
    AVAILABLE,
    NOT_RESPONDING,
    SYSTEM_STATUSES,
    AgentSettings,
    Category,
    General,
    QueueSettings,
    RingMode,
    Settings,
    Strategy,
)


def test_without_configuration_there_is_nothing_but_the_system_statuses() -> None:
    settings = Settings()
    assert (settings.version, settings.general.key, settings.due) == (0, "general", None)
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
    assert queue.strategy is Strategy.ROUND_ROBIN
    assert (queue.agent_timeout_s, queue.acw_s, queue.priority) == (20, 0, 0)
    assert queue.whisper is None
    assert not queue.draining


def test_what_an_agent_does_unless_told_otherwise() -> None:
    agent = AgentSettings(agent=AgentId("ayse"), name="Ayşe", node=NodeId("a"))
    assert agent.ring is RingMode.EXTENSION
    assert (agent.extension_ring_s, agent.mobile_ring_s) == (25, 25)
    assert (agent.extension, agent.mobile, agent.projects) == (None, None, ())


def test_a_revision_says_what_is_new_what_has_changed_and_what_is_gone() -> None:
    project, node = ProjectName("p"), NodeId("a")
    queues = {
        name: QueueSettings(queue=name, project=project, number=name)
        for name in map(QueueName, ("stays", "changes", "goes", "comes"))
    }
    agents = {
        name: AgentSettings(agent=name, name=name, node=node)
        for name in map(AgentId, ("stays", "changes", "goes", "comes"))
    }
    old = Settings(
        queues={name: queue for name, queue in queues.items() if name != "comes"},
        agents={name: agent for name, agent in agents.items() if name != "comes"},
    )
    changed_queue = replace(queues[QueueName("changes")], acw_s=5)
    changed_agent = replace(agents[AgentId("changes")], ring=RingMode.MOBILE)
    queues[QueueName("changes")], agents[AgentId("changes")] = changed_queue, changed_agent
    new = Settings(
        version=7,
        dead_man_s=30,
        queues={name: queue for name, queue in queues.items() if name != "goes"},
        agents={name: agent for name, agent in agents.items() if name != "goes"},
    )
    assert revision(old, new) == Revision(
        general=General(version=7, dead_man_s=30),
        queues=(changed_queue, queues[QueueName("comes")]),
        agents=(changed_agent, agents[AgentId("comes")]),
        gone_queues=(QueueName("goes"),),
        gone_agents=(AgentId("goes"),),
    )


def test_between_the_same_settings_nothing_is_changed() -> None:
    queue = QueueSettings(queue=QueueName("q"), project=ProjectName("p"), number="1")
    settings = Settings(queues={queue.queue: queue})
    assert revision(settings, settings) == Revision(general=settings.general)
