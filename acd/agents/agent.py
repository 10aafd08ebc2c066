"""An agent: status, assignments, devices. Whether one is ready is derived, never stored."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Self

from acd.agents.assignment import Assignment, Move, Phase
from acd.agents.device import REST, STAGES, Device, DeviceKind
from acd.ids import AgentId, ChannelId, InteractionId, ProjectName, QueueName, StatusName
from acd.settings import Category, RingMode


class NotReady(StrEnum):
    """What keeps an agent from being offered anything."""

    LOGGED_OUT = "logged out"
    STATUS = "not available"
    HOURS = "off hours"
    BUSY = "busy"
    DEVICE = "no device"


class Activity(StrEnum):
    """What an agent has done last."""

    LOG_IN = "log-in"
    STATUS = "change of status"
    CALL = "call"
    ACW = "after-call work"
    MISSED = "missed offer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    id: AgentId
    ring: RingMode
    project: ProjectName | None = None
    status: StatusName | None = None
    category: Category = Category.OFFLINE
    since: datetime
    """When the status began."""
    pending: StatusName | None = None
    """The status asked for during a call: one slot, the last one asked for stands."""
    leaving: bool = False
    """Logged out when the call is over."""
    assignments: tuple[Assignment, ...] = ()
    devices: tuple[Device, ...] = ()
    idle_since: datetime
    """When the last call of a queue ended or was missed, or the log-in: the latest of them."""
    active_at: datetime | None = None
    """When anything was done last; None in rows of a time when it was not written down."""
    activity: Activity = Activity.LOG_IN
    calls: tuple[tuple[QueueName, int], ...] = ()
    """How many of each queue were answered since log-in."""
    chosen: tuple[QueueName, ...] = ()
    """The queues chosen at log-in or since, beside those to which the agent is assigned."""
    off_hours: bool = False
    """Outside of the working hours, and not overridden."""
    override: date | None = None
    """Offered calls all the same until the end of that day."""
    look_at: datetime | None = None
    """When the working hours may say something else; none where there are none."""
    acw_until: datetime | None = None
    misses: int = 0
    because: str = ""
    """Why the status is what it is, if nobody has asked for it."""

    @property
    def key(self) -> AgentId:
        return self.id

    @property
    def due(self) -> datetime | None:
        """When after-call work or a device's rest ends, or working hours begin or end."""
        waits = [self.acw_until, self.look_at, *(d.rest_until for d in self.devices)]
        waits += [d.out_until for d in self.devices]
        return min((wait for wait in waits if wait), default=None)

    @property
    def stages(self) -> tuple[tuple[DeviceKind, ...], ...]:
        """The devices that can ring now, in the order the agent prefers."""
        usable = {device.kind for device in self.devices if device.usable}
        stages = (tuple(k for k in stage if k in usable) for stage in STAGES[self.ring])
        return tuple(stage for stage in stages if stage)

    @property
    def not_ready(self) -> NotReady | None:
        """Why the agent cannot be offered anything; None if ready."""
        if self.project is None:
            return NotReady.LOGGED_OUT
        if self.category is not Category.AVAILABLE:
            return NotReady.STATUS
        if self.off_hours:
            return NotReady.HOURS
        if self.assignments or any(device.legs for device in self.devices):
            return NotReady.BUSY
        return None if self.stages else NotReady.DEVICE

    def did(self, activity: Activity, now: datetime) -> Self:
        return replace(self, active_at=now, activity=activity)

    def calls_of(self, queue: QueueName) -> int:
        return next((count for name, count in self.calls if name == queue), 0)

    def with_call_of(self, queue: QueueName) -> Self:
        """The agent who has answered one more of the queue's."""
        others = (one for one in self.calls if one[0] != queue)
        count = self.calls_of(queue) + 1
        return replace(self, calls=tuple(sorted((*others, (queue, count)))))

    def device(self, kind: DeviceKind) -> Device:
        return next(device for device in self.devices if device.kind == kind)

    def with_device(self, device: Device) -> Self:
        devices = tuple(device if d.kind == device.kind else d for d in self.devices)
        return replace(self, devices=devices)

    def with_leg(self, kind: DeviceKind, channel: ChannelId) -> Self:
        device = self.device(kind)
        return self.with_device(replace(device, legs=(*device.legs, channel)))

    def without_leg(self, channel: ChannelId, rest_until: datetime | None) -> Self:
        """The device is on hook again; it rests if it was we who ended the leg."""
        for device in self.devices:
            if channel in device.legs:
                legs = tuple(leg for leg in device.legs if leg != channel)
                device = replace(device, legs=legs)
                if rest_until:
                    device = replace(device, rest_until=rest_until, ended_at=rest_until - REST)
                return self.with_device(device)
        return self

    def assignment(self, interaction: InteractionId) -> Assignment | None:
        return next((a for a in self.assignments if a.interaction == interaction), None)

    def assign(self, assignment: Assignment) -> Self:
        return replace(self, assignments=(*self.assignments, assignment))

    def with_assignment(self, assignment: Assignment) -> Self:
        """The agent with this one in place of that for the same interaction."""
        others = (
            assignment if a.interaction == assignment.interaction else a for a in self.assignments
        )
        return replace(self, assignments=tuple(others))

    def move(self, interaction: InteractionId, move: Move) -> Self:
        """The agent after the move of that assignment; raises IllegalMove."""
        assignments = []
        for assignment in self.assignments:
            if assignment.interaction == interaction:
                moved = assignment.move(move, self.id)
                assignments += [moved] if moved else []
            else:
                assignments.append(assignment)
        return replace(self, assignments=tuple(assignments))

    @property
    def phase(self) -> Phase | None:
        """What the agent is doing with a call, if anything."""
        return self.assignments[0].phase if self.assignments else None
