"""What may stand in the file: its keys, and what each value may be.

The descriptions are docs/configuration.md and what editors show: one or two sentences that say what
the key does, its unit, and where that is not plain what holds without it.
"""

from typing import Annotated

from pydantic import Field

from acd.config.calendars import TimeZone, WorkingHours
from acd.config.counting import Counting, QueueGroup
from acd.config.distribution import Level, QueueSkill, Skill
from acd.config.groups import CallGroup, PickupGroup
from acd.config.journal import Journal
from acd.config.result_codes import Closing, ResultCode
from acd.config.routes import OutboundRoute, Route
from acd.config.strict import (
    CODE,
    DATABASE,
    LONGEST,
    NAME,
    NUMBER,
    SOUND,
    WHISPER,
    Strict,
)
from acd.config.telephony import Country, Extension, Music, Node
from acd.config.trunks import Trunk
from acd.config.waiting import Waiting
from acd.ids import AgentId, ExtensionNumber, ProjectName, QueueName, StatusName
from acd.settings import (
    PICKUP_CODE,
    UTC_ZONE,
    Category,
    Language,
    MobileCallerId,
    RingMode,
    Strategy,
)

DAY = 86_400


def _name(what: str, *examples: str) -> object:
    return Field(min_length=1, max_length=LONGEST, description=what, examples=list(examples))


class Project(Strict):
    """A boundary of work and reporting: an agent is logged in to one project at a time."""

    name: Annotated[ProjectName, _name("What the project is called.", "support")]
    time_zone: Annotated[
        TimeZone,
        Field(
            description="The time zone of the IANA database by which the project's working hours "
            "and days go.",
            examples=["Europe/Istanbul"],
        ),
    ] = UTC_ZONE


class Status(Strict):
    """A status that agents may choose. `Available` and `Not responding` are always there."""

    name: Annotated[StatusName, _name("What the status is called.", "Lunch")]
    category: Annotated[
        Category,
        Field(
            description="What the status means: only who is `available` is offered calls.",
            examples=["break"],
        ),
    ]
    transferable: Annotated[
        bool,
        Field(
            description="Whether colleagues may transfer calls to who is in this status, as they "
            "may to who is available. Calls of queues are not offered all the same."
        ),
    ] = False


class Agent(Strict):
    """Somebody who takes calls."""

    username: Annotated[
        AgentId,
        Field(
            pattern=NAME,
            max_length=LONGEST,
            description="What the agent logs in as, and queues name the agent by.",
            examples=["ayse"],
        ),
    ]
    name: Annotated[str, _name("The agent's name, for people.", "Ayşe Kaya")]
    extension: Annotated[
        ExtensionNumber | None,
        Field(
            description="The number of the extension that is the agent's phone.", examples=["1001"]
        ),
    ] = None
    mobile: Annotated[
        Annotated[str, Field(pattern=NUMBER, max_length=LONGEST)] | None,
        Field(
            description="The number of the agent's mobile, called as `outbound_routes` say, and "
            "read in the sense of the `country` of the file.",
            examples=["+905551112233"],
        ),
    ] = None
    ring: Annotated[
        RingMode,
        Field(description="Which phones of the agent ring for an offer, and in which order."),
    ] = RingMode.EXTENSION
    extension_ring_s: Annotated[
        int,
        Field(
            ge=1,
            le=600,
            description="Seconds the extension rings before the mobile, where `ring` is "
            "`extension_then_mobile`; counted from ringing.",
        ),
    ] = 25
    mobile_ring_s: Annotated[
        int,
        Field(
            ge=1,
            le=600,
            description="Seconds the mobile rings after the extension, where `ring` is "
            "`extension_then_mobile`; counted from ringing.",
        ),
    ] = 25
    mobile_caller_id: Annotated[
        MobileCallerId,
        Field(
            description="Which number the mobile shows when it rings for an offer: the `caller_id` "
            "of the outbound route (`own`), or that of the caller, where the carrier lets it pass."
        ),
    ] = MobileCallerId.OWN
    mobile_accept: Annotated[
        bool,
        Field(
            description="Whether who answers the mobile must press 1 to take the call, after "
            "hearing of which queue it is. Without it the operator's voicemail takes calls too."
        ),
    ] = True
    auto_answer: Annotated[
        bool,
        Field(
            description="Whether the agent's extension answers by itself, where the queue has "
            "`auto_answer`."
        ),
    ] = True
    projects: Annotated[
        list[ProjectName],
        Field(description="The projects the agent may log in to.", examples=[["support"]]),
    ]
    working_hours: Annotated[
        list[WorkingHours],  # type: ignore[valid-type]
        Field(
            description="When the agent is offered calls; without any, at all times. A call goes "
            "on when they end, and they can be overridden until midnight.",
        ),
    ] = []
    priority: Annotated[
        int,
        Field(
            ge=-1000,
            le=1000,
            description="Of several idle agents the one of the highest priority is offered a call "
            "first; among equals the queue's `strategy` decides.",
        ),
    ] = 0
    skills: Annotated[
        dict[Skill, Level],
        Field(
            description="What the agent can do, and how well, from 1 to 10: see `queues.skills`.",
            examples=[{"turkish": 7}],
        ),
    ] = {}


class Serving(Strict):
    """What a queue is, and how its callers are served."""

    name: Annotated[QueueName, _name("What the queue is called.", "sales")]
    project: Annotated[
        ProjectName,
        Field(description="The project that the queue belongs to.", examples=["support"]),
    ]
    number: Annotated[
        str,
        Field(
            pattern=NUMBER,
            max_length=LONGEST,
            description="What callers dial to come into the queue.",
            examples=["700"],
        ),
    ]
    strategy: Annotated[
        Strategy,
        Field(
            description="Who of several idle agents is offered the next caller. `round_robin`: the "
            "next in the order of `agents` after the one who was asked last. "
            "`least_recent_activity`: who has done nothing for longest, be it a call, a break or a "
            "change of status. `longest_idle`: whose last call of a queue, or else log-in, is the "
            "longest ago. `fewest_calls`: who has answered fewest of the queue's calls since "
            "log-in. `linear`: the first in the order of `agents`. `random`: by lot. `ring_all`: "
            "all at once, of whom the first to answer has the call."
        ),
    ] = Strategy.ROUND_ROBIN
    agents: Annotated[
        list[AgentId],
        Field(description="The agents of the queue, by username.", examples=[["ayse", "baris"]]),
    ] = []
    skills: Annotated[
        list[QueueSkill],
        Field(
            description="What an agent must be able to do to be offered the queue's calls, and how "
            "less is enough while a caller waits. Without it everybody will do."
        ),
    ] = []
    priority: Annotated[
        int,
        Field(
            ge=-1000,
            le=1000,
            description="Of several queues an agent serves the one of the highest priority first.",
        ),
    ] = 0
    starvation_s: Annotated[
        int | None,
        Field(
            ge=1,
            le=DAY,
            description="Seconds after which a caller goes before all others, of whatever queue "
            "and priority; of several the one who waits longest. Without it a queue whose agents "
            "serve others of a higher priority may wait for ever.",
            examples=[300],
        ),
    ] = None
    agent_timeout_s: Annotated[
        int,
        Field(
            ge=1,
            le=600,
            description="Seconds an agent's phone rings; then the offer is missed and another "
            "agent's turn comes. With `ring: extension_then_mobile` the agent's own seconds hold.",
        ),
    ] = 20
    acw_s: Annotated[
        int,
        Field(
            ge=0,
            le=DAY,
            description="Seconds of after-call work that follow each call; 0 is none.",
        ),
    ] = 0
    music: Annotated[
        Annotated[str, Field(min_length=1, max_length=LONGEST)] | None,
        Field(
            description="The class of music that callers hear while they wait. Without it, that of "
            "the route, or `default`.",
            examples=["calm"],
        ),
    ] = None
    auto_answer: Annotated[
        bool,
        Field(
            description="Whether the agents' extensions are told to answer by themselves; a beep "
            "tells the agent. Never a mobile. A phone from which no voice has come 5 seconds "
            "later is held for unreachable, and the caller goes to another agent."
        ),
    ] = False
    name_sound: Annotated[
        Annotated[str, Field(pattern=SOUND)] | None,
        Field(
            description="The sound of Asterisk in which the queue's name is spoken: to who answers "
            "a mobile, and by `whisper`.",
            examples=["sound:queue-sales"],
        ),
    ] = None
    whisper: Annotated[
        Annotated[str, Field(pattern=WHISPER)] | None,
        Field(
            description="What the agent hears before the caller: the queue's name (`name`, spoken "
            "by `name_sound`), also for how long the caller has waited (`name+wait`), or a sound. "
            "The caller hears music meanwhile.",
            examples=["name+wait"],
        ),
    ] = None


class Queue(Waiting, Counting, Closing, Serving):
    """Where callers wait, and are put through to agents from."""


class File(Strict):
    """The whole file."""

    database: Annotated[
        str,
        Field(
            pattern=DATABASE,
            description="Where all that is kept is kept: a file of SQLite, or a database of "
            "PostgreSQL. The variable `ACD_DATABASE` beats it.",
            examples=["postgresql://acd:${DB_PASSWORD}@127.0.0.1/acd"],
        ),
    ] = "sqlite:///acd.db"
    http: Annotated[str, Field(description="Host and port at which the HTTP API is served.")] = (
        "127.0.0.1:8080"
    )
    journal: Annotated[Journal, Field(description=str(Journal.__doc__))] = Journal()
    nodes: Annotated[list[Node], Field(min_length=1, description="The Asterisks that are driven.")]
    projects: Annotated[list[Project], Field(description=str(Project.__doc__))] = []
    statuses: Annotated[list[Status], Field(description=str(Status.__doc__))] = []
    result_codes: Annotated[list[ResultCode], Field(description=str(ResultCode.__doc__))] = []
    extensions: Annotated[
        list[Extension], Field(description="The phones that register with an Asterisk.")
    ] = []
    trunks: Annotated[
        list[Trunk], Field(description="The ways to and from the outside: carriers, other PBXs.")
    ] = []
    music: Annotated[list[Music], Field(description=str(Music.__doc__))] = []
    outbound_routes: Annotated[
        list[OutboundRoute], Field(description=str(OutboundRoute.__doc__))
    ] = []
    country: Annotated[
        Country | None,
        Field(
            description="The country (ISO 3166) in whose sense numbers are read that do not say "
            "their own: of queues and routes, and of trunks without a `country`.",
            examples=["TR"],
        ),
    ] = None
    agents: Annotated[list[Agent], Field(description=str(Agent.__doc__))] = []
    queues: Annotated[list[Queue], Field(description=str(Queue.__doc__))] = []
    queue_groups: Annotated[list[QueueGroup], Field(description=str(QueueGroup.__doc__))] = []
    call_groups: Annotated[list[CallGroup], Field(description=str(CallGroup.__doc__))] = []
    pickup_groups: Annotated[list[PickupGroup], Field(description=str(PickupGroup.__doc__))] = []
    pickup_code: Annotated[
        str,
        Field(
            pattern=CODE,
            max_length=LONGEST,
            description="What is dialled at an extension to take a call that rings at another one "
            "of its `pickup_groups`: the one that has rung for longest.",
        ),
    ] = PICKUP_CODE
    routes: Annotated[list[Route], Field(description=str(Route.__doc__))] = []
    language: Annotated[
        Language, Field(description="The language that callers are spoken to in.")
    ] = Language.ENGLISH
    misses_before_pause: Annotated[
        int,
        Field(
            ge=0,
            le=1000,
            description="An agent who has missed so many offers in a row is set to "
            "`Not responding`; 0 is never.",
        ),
    ] = 3
    dead_man_s: Annotated[
        int,
        Field(
            ge=10,
            le=3600,
            description="Seconds after which Asterisk gives a waiting caller to the fallback in "
            "its dialplan, when the ACD is not there any more.",
        ),
    ] = 60
