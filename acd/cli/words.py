"""Pictures of the live state in people's words."""

from datetime import datetime

from acd.http.pictures import (
    AgentPicture,
    CallPicture,
    ClosingPicture,
    QueueOfAgent,
    ResultCodePicture,
)

DOING = {
    "reserved": "ringing",
    "dialling": "dialling",
    "talking": "talking",
    "held": "caller on hold",
    "acw": "after-call work",
}


def doing(agent: AgentPicture) -> str:
    """What the agent is doing, in a word or two; "ready" for one who can be offered a call."""
    if agent["phase"]:
        return DOING[agent["phase"]]
    match agent["not_ready"]:
        case None:
            return "ready"
        case "not available":
            return agent["status"] or "not available"
        case "busy":
            return "on the phone"
        case "no device":
            return "no phone"
        case reason:
            return reason


def phone_does(call: CallPicture) -> str:
    """What a phone does in a call, in a word or two."""
    if call["state"] == "up":
        return "in a call"
    if call["state"] == "ending":
        return "hanging up"
    return "calling" if call["role"] == "caller" else "ringing"


def since(agent: AgentPicture, now: datetime) -> str:
    """For how long, as 0:42; for after-call work how long it still lasts. Empty if unknown."""
    if agent["acw_until"] is not None:
        return f"{clock(max(0.0, -seconds(agent['acw_until'], now)))} left"
    if agent["phase"]:
        return clock(seconds(agent["phase_since"], now)) if agent["phase_since"] else ""
    if agent["project"] is None:
        return ""
    return clock(seconds(agent["status_since" if agent["not_ready"] else "idle_since"], now))


def seconds(since: str, now: datetime) -> float:
    """From that moment of a picture until now."""
    return (now - datetime.fromisoformat(since)).total_seconds()


def clock(seconds: float) -> str:
    """0:42, or 1:02:03 from an hour on."""
    minutes, rest = divmod(int(max(0.0, seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def queue_of_agent(queue: QueueOfAgent) -> str:
    """sales (700) of support: assigned"""
    how = "assigned" if queue["assigned"] else "chosen" if queue["chosen"] else "can be chosen"
    return f"{queue['queue']} ({queue['number']}) of {queue['project']}: {how}"


def closing(agent: str, call: ClosingPicture) -> str:
    """1-7 of sales is closed with one of: and then a line for each code."""
    if call["interaction"] is None:
        return f"{agent} has no call to close"
    about = call["interaction"] + (f" of {call['queue']}" if call["queue"] else "")
    if call["closed_with"]:
        return f"{about} is closed with {call['closed_with']}"
    if not call["codes"]:
        return f"{about} cannot be closed: no result codes are configured"
    how = "must be" if call["required"] else "can be"
    return "\n".join([f"{about} {how} closed with one of:", *map(_result_code, call["codes"])])


def _result_code(code: ResultCodePicture) -> str:
    told = f"  {code['name']} ({code['category']})"
    if code["extra_time_s"]:
        told += f", {code['extra_time_s']} s of extra time"
    return told + (", with a note" if code["note_required"] else "")


def sentence(agent: AgentPicture) -> str:
    """ayse is logged in to support: ready"""
    name = agent["agent"]
    if agent["project"] is None:
        return f"{name} is logged out"
    told = f"{name} is logged in to {agent['project']}"
    if agent["not_ready"] == "no device" and agent["extension"]:
        told += f", but no phone is registered as {agent['extension']}"
    else:
        told += f": {doing(agent)}"
    if agent["pending"]:
        told += f", then {agent['pending']}"
    return told + (", then logged out" if agent["leaving"] else "")
