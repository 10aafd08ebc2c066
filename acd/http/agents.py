"""What agents ask for, and supervisors for them: log-in to a project, status, and calls."""

from typing import Annotated, Any, Self

from pydantic import Field, model_validator
from typing_extensions import TypedDict

from acd.http import closing, live
from acd.http.answering import check
from acd.http.pictures import AgentInFull, AgentPicture, ClosingPicture
from acd.http.problems import Problem
from acd.http.route import API, Asked, Nothing, Route, S, Sent
from acd.http.sources import Sources
from acd.ids import (
    AgentId,
    InteractionId,
    ProjectName,
    QueueName,
    ResultCodeName,
    StatusName,
)
from acd.permissions import Key
from acd.requests import (
    AssignEntry,
    CancelConsult,
    ChooseQueues,
    Confer,
    Consult,
    EndCall,
    FinishAcw,
    Listen,
    LogIn,
    LogOut,
    OverrideHours,
    Request,
    RequestCallback,
    SetStatus,
    SubmitDisposition,
    TakeEntry,
    Transfer,
    TransferToAgent,
)

LONGEST_NOTE = 4000
MOST_TAGS = 20
Tag = Annotated[str, Field(min_length=1, max_length=100)]


class LogInSent(Sent):
    project: str
    queues: list[str] | None = None
    """To be in beside those to which the agent is assigned; without it none, or those of who is
    logged in already."""


class QueuesSent(Sent):
    queues: list[str]
    """To be in beside those to which the agent is assigned, and in no others."""


class OverrideSent(Sent):
    on: bool = True
    """False: the working hours count again."""


class StatusSent(Sent):
    status: str
    """Available, or a status of the configuration."""


class DispositionSent(Sent):
    interaction: str
    """The call, which the agent has or has had until just now."""
    code: str
    """A result code of the call's list."""
    note: Annotated[str, Field(max_length=LONGEST_NOTE)] = ""
    tags: Annotated[list[Tag], Field(default_factory=list, max_length=MOST_TAGS)]


class QueueSent(Sent):
    queue: str
    """Its name, or a number that leads to it."""


class WaitingSent(Sent):
    interaction: str
    """The call, as among the entries of the live picture."""


class TransferSent(Sent):
    queue: str | None = None
    """Its name, or a number that leads to it."""
    agent: str | None = None
    """The colleague whose extension rings. Either this or the queue is sent."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.queue is None) == (self.agent is None):
            raise ValueError("send either queue or agent")
        return self


class ListenSent(Sent):
    supervisor: str | None = None
    """Whose phone rings; without it the one's who asks."""


class AgentDone(TypedDict):
    """It is done; durable: and committed. If not, the database is away, and it will be."""

    durable: bool
    agent: AgentPicture


class Done(TypedDict):
    """It is done; durable: and committed. If not, the database is away, and it will be."""

    durable: bool


class Agents:
    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def routes(self) -> list[Route[Any]]:
        return [*self._work(), *self._closing(), *self._waiting(), *self._calls()]

    def _work(self) -> list[Route[Any]]:
        return [
            Route(
                method="GET",
                path=f"{API}/agents/{{agent}}",
                does=self.show,
                says="One agent: what keeps calls from him or her, and which queues there are",
                needs=Key.AGENT_WORK,
                sends=Nothing,
                answers=AgentInFull,
            ),
            _route("login", self.log_in, LogInSent, "Log in to a project, out of any other"),
            _route("queues", self.choose_queues, QueuesSent, "Choose other queues"),
            _route(
                "override",
                self.override_hours,
                OverrideSent,
                "Be offered calls in off hours too, until midnight",
                needs=Key.AGENT_OVERRIDE,
            ),
            _route("logout", self.log_out, Nothing, "Log out: at once, or when the call is over"),
            _route(
                "status",
                self.set_status,
                StatusSent,
                "Change the status: at once, or when the call is over",
            ),
            _route("acw/finish", self.finish_acw, Nothing, "End the after-call work early"),
        ]

    def _closing(self) -> list[Route[Any]]:
        return [
            Route(
                method="GET",
                path=f"{API}/agents/{{agent}}/result-codes",
                does=self.result_codes,
                says="The call that the agent may close now, and the result codes for it",
                needs=Key.DISPOSITION_SUBMIT,
                sends=Nothing,
                answers=ClosingPicture,
            ),
            _route(
                "disposition",
                self.submit_disposition,
                DispositionSent,
                "Close a call with a result code: while they talk, or in the after-call work",
                needs=Key.DISPOSITION_SUBMIT,
            ),
        ]

    def _waiting(self) -> list[Route[Any]]:
        return [
            _route(
                "call/take",
                self.take,
                WaitingSent,
                "Have a waiting call, whosever turn it is: one's own phones ring, no others",
                needs=Key.CALL_TAKE,
            ),
            _route(
                "call/assign",
                self.assign,
                WaitingSent,
                "Give the agent a waiting call, whosever turn it is",
                needs=Key.CALL_ASSIGN,
            ),
        ]

    def _calls(self) -> list[Route[Any]]:
        return [
            _route("call/end", self.end_call, Nothing, "Hang up the caller"),
            _route(
                "call/transfer",
                self.transfer,
                TransferSent,
                "Send the caller to a queue or a colleague, without speaking to anyone there first",
            ),
            _route(
                "call/consult",
                self.consult,
                QueueSent,
                "Put the caller on hold and wait in a queue for a colleague",
            ),
            _route(
                "call/cancel-consult", self.cancel_consult, Nothing, "Go back to the caller alone"
            ),
            _route(
                "call/confer",
                self.confer,
                Nothing,
                "Bring the caller and the consulted colleague together, and stay",
            ),
            _route(
                "call/listen",
                self.listen,
                ListenSent,
                "Hear the agent's call at one's own phone",
                needs=Key.CALL_LISTEN,
            ),
            Route(
                method="POST",
                path=f"{API}/interactions/{{interaction}}/callback",
                does=self.request_callback,
                says="Let a waiting caller go, keep the place, and call back when it comes up",
                needs=Key.CALL_CALLBACK,
                sends=Nothing,
                answers=Done,
                fails=("refused",),
            ),
        ]

    async def show(self, asked: Asked[Nothing]) -> AgentInFull:
        name = _agent(asked)
        permitted = await self._sources.accounts.may_work(name)
        return live.agent_in_full(self._sources.tables(), name, permitted=permitted)

    async def log_in(self, asked: Asked[LogInSent]) -> AgentDone:
        project, sent = ProjectName(asked.sent.project), asked.sent.queues
        queues = None if sent is None else tuple(map(QueueName, sent))
        return await self._do(asked, LogIn(agent=_agent(asked), project=project, queues=queues))

    async def choose_queues(self, asked: Asked[QueuesSent]) -> AgentDone:
        queues = tuple(map(QueueName, asked.sent.queues))
        return await self._do(asked, ChooseQueues(agent=_agent(asked), queues=queues))

    async def override_hours(self, asked: Asked[OverrideSent]) -> AgentDone:
        return await self._do(asked, OverrideHours(agent=_agent(asked), on=asked.sent.on))

    async def log_out(self, asked: Asked[Nothing]) -> AgentDone:
        return await self._do(asked, LogOut(agent=_agent(asked)))

    async def set_status(self, asked: Asked[StatusSent]) -> AgentDone:
        status = StatusName(asked.sent.status)
        return await self._do(asked, SetStatus(agent=_agent(asked), status=status))

    async def finish_acw(self, asked: Asked[Nothing]) -> AgentDone:
        return await self._do(asked, FinishAcw(agent=_agent(asked)))

    async def result_codes(self, asked: Asked[Nothing]) -> ClosingPicture:
        return closing.closing(self._sources.tables(), _agent(asked))

    async def submit_disposition(self, asked: Asked[DispositionSent]) -> AgentDone:
        sent = asked.sent
        request = SubmitDisposition(
            agent=_agent(asked),
            interaction=InteractionId(sent.interaction),
            code=ResultCodeName(sent.code),
            note=sent.note,
            tags=tuple(dict.fromkeys(sent.tags)),
        )
        return await self._do(asked, request)

    async def take(self, asked: Asked[WaitingSent]) -> AgentDone:
        interaction = InteractionId(asked.sent.interaction)
        return await self._do(asked, TakeEntry(agent=_agent(asked), interaction=interaction))

    async def assign(self, asked: Asked[WaitingSent]) -> AgentDone:
        interaction, by = InteractionId(asked.sent.interaction), asked.session.user.username
        return await self._do(
            asked, AssignEntry(agent=_agent(asked), interaction=interaction, by=by)
        )

    async def end_call(self, asked: Asked[Nothing]) -> AgentDone:
        return await self._do(asked, EndCall(agent=_agent(asked)))

    async def transfer(self, asked: Asked[TransferSent]) -> AgentDone:
        agent, sent = _agent(asked), asked.sent
        if sent.agent is not None:
            colleague = AgentId(sent.agent)
            return await self._do(asked, TransferToAgent(agent=agent, colleague=colleague))
        return await self._do(asked, Transfer(agent=agent, queue=QueueName(sent.queue or "")))

    async def consult(self, asked: Asked[QueueSent]) -> AgentDone:
        queue = QueueName(asked.sent.queue)
        return await self._do(asked, Consult(agent=_agent(asked), queue=queue))

    async def cancel_consult(self, asked: Asked[Nothing]) -> AgentDone:
        return await self._do(asked, CancelConsult(agent=_agent(asked)))

    async def confer(self, asked: Asked[Nothing]) -> AgentDone:
        return await self._do(asked, Confer(agent=_agent(asked)))

    async def listen(self, asked: Asked[ListenSent]) -> AgentDone:
        user = asked.session.user
        supervisor = AgentId(asked.sent.supervisor or user.username)
        # It is the supervisor's phone that rings: who may not act for that one may not do this.
        check(asked.session, Key.AGENT_WORK, supervisor)
        if supervisor not in self._sources.tables().agents:
            raise Problem("not-found", f"there is no agent {supervisor}, whose phone could ring")
        return await self._do(asked, Listen(supervisor=supervisor, agent=_agent(asked)))

    async def request_callback(self, asked: Asked[Nothing]) -> Done:
        interaction = InteractionId(asked.path["interaction"])
        return Done(durable=await self._sources.ask(RequestCallback(interaction=interaction)))

    async def _do(self, asked: Asked[S], request: Request) -> AgentDone:
        sources = self._sources
        durable = await sources.ask(request)
        tables, agent = sources.tables(), _agent(asked)
        if agent not in tables.agents:
            # Taken out of the configuration while this was written down.
            raise Problem("not-found", f"there is no agent {agent} any more")
        return AgentDone(durable=durable, agent=live.agent(tables, agent))


def _route(
    name: str, does: Any, sends: type[Sent], says: str, *, needs: Key = Key.AGENT_WORK
) -> Route[Any]:
    """Something that is asked of the core for an agent."""
    return Route(
        method="POST",
        path=f"{API}/agents/{{agent}}/{name}",
        does=does,
        says=says,
        needs=needs,
        sends=sends,
        answers=AgentDone,
        fails=("refused",),
    )


def _agent(asked: Asked[S]) -> AgentId:
    return AgentId(asked.path["agent"])
