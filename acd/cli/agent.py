"""`acd agent`: what agents do themselves, until they have a window for it."""

import json
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Console

from acd.cli import client, frame, words
from acd.cli.client import HERE, Server

app = typer.Typer(help="Log agents in and out, and change their status.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The agent's username.", metavar="AGENT")]
Project = Annotated[str, typer.Argument(help="The project to work for.")]
Status = Annotated[str, typer.Argument(help="Available, or a status of the configuration.")]
Chosen = Annotated[
    list[str] | None, typer.Option("--queue", help="A queue of the project; may be repeated.")
]
Queue = Annotated[str, typer.Argument(help="The queue's name or number.")]
Supervisor = Annotated[str, typer.Argument(help="An agent, too: whose phone rings.")]
Interaction = Annotated[str, typer.Argument(help="The call, as in `acd top`.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def login(
    agent: Name,
    project: Project,
    queue: Chosen = None,
    server: Server = HERE,
    as_json: AsJson = False,
) -> None:
    """Log an agent in to a project, and into queues beside those to which he or she is assigned."""
    chosen = {} if queue is None else {"queues": queue}
    _show(client.ask(server, agent, "login", project=project, **chosen), as_json=as_json)


@app.command()
def queues(
    agent: Name,
    queue: Chosen = None,
    none: Annotated[bool, typer.Option("--none", help="Leave all that were chosen.")] = False,
    server: Server = HERE,
    as_json: AsJson = False,
) -> None:
    """Choose other queues for an agent; without --queue and --none show all that there are."""
    if queue is not None or none:
        _show(client.ask(server, agent, "queues", queues=queue or []), as_json=as_json)
        return
    found = client.get(server, f"/agents/{quote(agent, safe='')}")["queues"]
    print(json.dumps(found) if as_json else "\n".join(map(words.queue_of_agent, found)))


@app.command()
def override(
    agent: Name,
    off: Annotated[bool, typer.Option("--off", help="The working hours count again.")] = False,
    server: Server = HERE,
    as_json: AsJson = False,
) -> None:
    """Offer an agent calls outside of the working hours too, until midnight."""
    _show(client.ask(server, agent, "override", on=not off), as_json=as_json)


@app.command()
def why(agent: Name, server: Server = HERE, as_json: AsJson = False) -> None:
    """Say what keeps calls from an agent now, and what helps."""
    found = client.get(server, f"/agents/{quote(agent, safe='')}")["hindrances"]
    if as_json:
        print(json.dumps(found))
        return
    for one in found:
        print(f"{one['cause']}: {one['says']}; {one['remedy']}")
    if not found:
        print(f"nothing: {agent} is offered calls when there are some")


@app.command()
def logout(agent: Name, server: Server = HERE, as_json: AsJson = False) -> None:
    """Log an agent out: at once, or when the call is over."""
    _show(client.ask(server, agent, "logout"), as_json=as_json)


@app.command()
def status(agent: Name, status: Status, server: Server = HERE, as_json: AsJson = False) -> None:
    """Change an agent's status: at once, or when the call is over."""
    _show(client.ask(server, agent, "status", status=status), as_json=as_json)


@app.command()
def finish(agent: Name, server: Server = HERE, as_json: AsJson = False) -> None:
    """End an agent's after-call work early."""
    _show(client.ask(server, agent, "acw/finish"), as_json=as_json)


@app.command()
def codes(agent: Name, server: Server = HERE, as_json: AsJson = False) -> None:
    """Show the call that an agent may close now, and the result codes for it."""
    found = client.get(server, f"/agents/{quote(agent, safe='')}/result-codes")
    print(json.dumps(found) if as_json else words.closing(agent, found))


@app.command()
def close(
    agent: Name,
    interaction: Interaction,
    code: Annotated[str, typer.Argument(help="The result code.")],
    note: Annotated[str, typer.Option(help="What there is to say.")] = "",
    tag: Annotated[list[str] | None, typer.Option(help="May be repeated.")] = None,
    server: Server = HERE,
    as_json: AsJson = False,
) -> None:
    """Close an agent's call with a result code, in the talk or in the after-call work."""
    about = {"interaction": interaction, "code": code, "note": note, "tags": tag or []}
    _show(client.ask(server, agent, "disposition", **about), as_json=as_json)


@app.command()
def take(
    agent: Name, interaction: Interaction, server: Server = HERE, as_json: AsJson = False
) -> None:
    """Ring an agent, and nobody else, for a waiting call that he or she has chosen."""
    _show(client.ask(server, agent, "call/take", interaction=interaction), as_json=as_json)


@app.command()
def assign(
    agent: Name, interaction: Interaction, server: Server = HERE, as_json: AsJson = False
) -> None:
    """Give a waiting call to an agent, whosever turn it is."""
    _show(client.ask(server, agent, "call/assign", interaction=interaction), as_json=as_json)


@app.command()
def end(agent: Name, server: Server = HERE, as_json: AsJson = False) -> None:
    """Hang up the caller an agent talks with."""
    _show(client.ask(server, agent, "call/end"), as_json=as_json)


@app.command()
def transfer(
    agent: Name,
    queue: Annotated[str, typer.Argument(help="The queue's name or number.")] = "",
    to: Annotated[str, typer.Option("--to", help="A colleague.", metavar="AGENT")] = "",
    server: Server = HERE,
    as_json: AsJson = False,
) -> None:
    """Send an agent's caller to a queue, or to a colleague."""
    if bool(queue) == bool(to):
        raise typer.BadParameter("name either a queue or, by --to, a colleague")
    where = {"agent": to} if to else {"queue": queue}
    _show(client.ask(server, agent, "call/transfer", **where), as_json=as_json)


@app.command()
def consult(agent: Name, queue: Queue, server: Server = HERE, as_json: AsJson = False) -> None:
    """Put an agent's caller on hold and wait in a queue for a colleague."""
    _show(client.ask(server, agent, "call/consult", queue=queue), as_json=as_json)


@app.command("cancel-consult")
def cancel_consult(agent: Name, server: Server = HERE, as_json: AsJson = False) -> None:
    """Bring an agent back to the caller on hold, alone."""
    _show(client.ask(server, agent, "call/cancel-consult"), as_json=as_json)


@app.command()
def confer(agent: Name, server: Server = HERE, as_json: AsJson = False) -> None:
    """Bring an agent's caller and the consulted colleague together."""
    _show(client.ask(server, agent, "call/confer"), as_json=as_json)


@app.command()
def listen(
    agent: Name, supervisor: Supervisor, server: Server = HERE, as_json: AsJson = False
) -> None:
    """Ring a supervisor's phone, who then hears an agent's call."""
    _show(client.ask(server, agent, "call/listen", supervisor=supervisor), as_json=as_json)


@app.command()
def callback(interaction: Interaction, server: Server = HERE, as_json: AsJson = False) -> None:
    """Let a waiting caller go, who keeps the place and is called back."""
    answer = client.post(server, f"/interactions/{quote(interaction, safe='')}/callback")
    if as_json:
        print(json.dumps(answer))
        return
    print(f"{interaction} will be called back")
    _warn(answer)


@app.command("list")
def list_all(server: Server = HERE, as_json: AsJson = False) -> None:
    """Show all agents."""
    picture = client.get(server, "/live?show=agents")
    if as_json:
        print(json.dumps(picture["agents"]))
        return
    Console().print(frame.agents(picture["agents"], datetime.fromisoformat(picture["at"])))


def _show(answer: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(answer))
        return
    print(words.sentence(answer["agent"]))
    _warn(answer)


def _warn(answer: dict[str, Any]) -> None:
    if not answer["durable"]:
        print("The database is away: it is done, but not written down yet.")
