"""`acd agent`: what agents do themselves, until they have a window for it."""

import json
from typing import Annotated, Any

import typer
from rich.console import Console

from acd.cli import client, frame, words
from acd.cli.client import HERE, Server

app = typer.Typer(help="Log agents in and out, and change their status.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The agent's username.", metavar="AGENT")]
Project = Annotated[str, typer.Argument(help="The project to work for.")]
Status = Annotated[str, typer.Argument(help="Available, or a status of the configuration.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def login(agent: Name, project: Project, server: Server = HERE, as_json: AsJson = False) -> None:
    """Log an agent in to a project."""
    _show(client.ask(server, agent, "login", project=project), as_json=as_json)


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


@app.command("list")
def list_all(server: Server = HERE, as_json: AsJson = False) -> None:
    """Show all agents."""
    agents = client.get(server, "/live")["agents"]
    if as_json:
        print(json.dumps(agents))
        return
    Console().print(frame.agents(agents))


def _show(answer: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(answer))
        return
    print(words.sentence(answer["agent"]))
    if not answer["durable"]:
        print("The database is away: it is done, but not written down yet.")
