"""Whose picture a call's rows are in: kept while pictures are drawn, asked when rows change."""

from collections.abc import Iterable, Mapping

from acd.ids import AgentId, Channel, InteractionId


class Links:
    """Which agents' pictures were drawn with which interaction and which channels."""

    def __init__(self) -> None:
        self._work: dict[AgentId, InteractionId] = {}
        self._workers: dict[InteractionId, dict[AgentId, None]] = {}
        self._channels: dict[AgentId, list[Channel]] = {}
        self._agent_with: dict[Channel, AgentId] = {}

    def workers(self, interaction: InteractionId) -> Mapping[AgentId, None]:
        """The agents at work on it."""
        return self._workers.get(interaction, {})

    def agent_with(self, channel: Channel) -> AgentId | None:
        """On whose device the channel is."""
        return self._agent_with.get(channel)

    def draw(
        self, agent: AgentId, work: InteractionId | None, channels: Iterable[Channel] = ()
    ) -> None:
        """The agent's picture is drawn with this now, and with nothing else."""
        self._forget(agent)
        if work is not None:
            self._work[agent] = work
            self._workers.setdefault(work, {})[agent] = None
        if found := list(channels):
            self._channels[agent] = found
            self._agent_with.update(dict.fromkeys(found, agent))

    def _forget(self, agent: AgentId) -> None:
        work = self._work.pop(agent, None)
        if work is not None:
            del self._workers[work][agent]
            if not self._workers[work]:
                del self._workers[work]
        for channel in self._channels.pop(agent, ()):
            if self._agent_with.get(channel) == agent:
                del self._agent_with[channel]
