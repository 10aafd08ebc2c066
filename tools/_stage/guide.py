"""What a newcomer is told: how to register a phone, to log in, to call, and where to look."""

import shlex

from _stage.site import Site


def guide(site: Site) -> str:
    file = site.configuration.file
    host, port = site.server
    acd = ".venv/bin/acd" if site.http == file.http else f"ACD_SERVER={site.url} .venv/bin/acd"
    phones = [
        f"    {agent.username:<8} user {agent.extension}  password {site.password(agent.extension)}"
        for agent in file.agents
        if agent.extension
    ]
    numbers = " or ".join(f"{queue.number} ({queue.name})" for queue in file.queues)
    first = file.agents[0]
    return "\n".join(
        [
            "",
            f"The ACD runs. Phones register at {host}:{port} (SIP over UDP):",
            *phones,
            "",
            f"Log an agent in:  {acd} agent login {first.username} {first.projects[0]}",
            f"Call:             {numbers}, from any of the phones, or sip:NUMBER@{host}:{port}",
            f"Look:             {acd} top",
            f"All else:         set -a; . {shlex.quote(str(site.variables))}; set +a",
            "                  then .venv/bin/acd doctor, plan, apply, explain, ... in that shell",
            "Stop:             ctrl-C",
            "",
        ]
    )
