"""What the fake Asterisk has: channels, bridges, playbacks and so on, and what commands do to it.

Only as much as a client can see: each operation changes this state, returns what ARI would return
and emits the events that ARI would emit. What phones and callers do are methods of World.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]
STARTED = "2026-01-01T00:00:00.000+0000"
# What the reasons of a hang-up are as Q.850 causes.
CAUSES = {"normal": 16, "busy": 17, "no_answer": 19, "rejected": 21, "answered_elsewhere": 26}


class Refusal(Exception):
    """The operation is answered with this error status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class World:
    """The state of one fake Asterisk.

    `emit` takes an application's name and an event. `unreachable` are endpoints to which an
    originate ends in a 500; all others are dialled.
    """

    def __init__(self, emit: Callable[[str, Json], None]) -> None:
        self._emit = emit
        self.channels: dict[str, Json] = {}
        self.bridges: dict[str, Json] = {}
        self.playbacks: dict[str, Json] = {}
        self.recordings: dict[str, Json] = {}
        self.endpoints: dict[str, Json] = {}
        self.objects: dict[tuple[str, str, str], Json] = {}
        self.stored: dict[tuple[str, str, str], Json] = {}
        """What the database has since the dialplan put it there, and a reload has not shown yet."""
        self.changes_transports = True
        self.takes_stored = True
        self.variables: dict[tuple[str, str], str] = {}
        self.globals: dict[str, str] = {}
        self.music: dict[str, str] = {}
        self.rtp: dict[str, Json] = {}
        self.unreachable: set[str] = set()
        self.contacts: dict[str, list[str]] = {}
        self.startup_time = STARTED
        self.version = "22.10.1"
        self.app_of: dict[str, str] = {}
        self._told_of_end: dict[str, str] = {}
        self._apps_of_bridge: dict[str, set[str]] = {}

    # What phones, callers and the dialplan do.

    def caller_arrives(
        self, channel_id: str, *args: str, app: str = "acd", number: str = "", exten: str = ""
    ) -> Json:
        """A call from outside, answered by nobody yet, enters Stasis."""
        channel = self._new_channel(channel_id, f"PJSIP/carrier-{channel_id}", "Ring")
        channel["caller"]["number"] = number
        channel["dialplan"] |= {"exten": exten, "app_data": ",".join([app, *args])}
        self._enter(channel_id, app, args)
        return channel

    def phone_rings(self, channel_id: str) -> None:
        """180 from the phone."""
        self._change_state(channel_id, "Ringing")
        self._dial(channel_id, "RINGING")

    def phone_answers(self, channel_id: str) -> None:
        """200 OK from the phone: the channel enters the application it was originated for."""
        self._change_state(channel_id, "Up")
        self._dial(channel_id, "ANSWER")
        app, *args = self.channels[channel_id]["dialplan"]["app_data"].split(",")
        self._enter(channel_id, app, args)

    def hangs_up(self, channel_id: str, *, cause: int = 16, tech_cause: int | None = None) -> None:
        """The far end ends the channel, or refuses it: with a Q.850 cause, and a SIP status."""
        self._tell(channel_id, {"type": "ChannelHangupRequest", "cause": cause})
        self._end_channel(channel_id, cause, tech_cause)

    def presses(self, channel_id: str, digit: str) -> None:
        event = {"type": "ChannelDtmfReceived", "digit": digit, "duration_ms": 100}
        self._tell(channel_id, event)

    def playback_ends(self, playback_id: str, *, state: str = "done") -> None:
        """The media is played to its end, or `state="failed"`."""
        playback = self.playbacks.pop(playback_id) | {"state": state}
        channel_id = playback["target_uri"].removeprefix("channel:")
        self._tell(channel_id, {"type": "PlaybackFinished", "playback": playback})

    # Channels.

    def originate(self, p: Json) -> Json:
        channel_id = p["channelId"]
        if p["endpoint"].endswith("@acd-transport"):
            return self._does(p["endpoint"], p["variables"])
        if channel_id in self.channels:
            raise Refusal(409, "Channel with given unique ID already exists")
        if p["endpoint"] in self.unreachable:
            raise Refusal(500, "Allocation failed")
        channel = self._new_channel(channel_id, f"{p['endpoint']}-{channel_id}", "Down")
        channel["dialplan"]["app_data"] = ",".join(filter(None, [p["app"], p.get("appArgs")]))
        for name, value in p.get("variables", {}).items():
            self.variables[channel_id, name] = value
        self._told_of_end[channel_id] = p["app"]
        self._dial(channel_id, "")
        return channel

    def _does(self, endpoint: str, variables: Json) -> Json:
        """[acd-transport] of the dialplan, of which nothing is left when the answer is here."""
        if not self.changes_transports:
            return {}
        if endpoint == "Local/store@acd-transport":
            place = ("res_pjsip", "transport", variables["ACD_TRANSPORT"])
            self.stored[place] = json.loads(variables["ACD_FIELDS"])
        elif self.takes_stored:
            self.objects |= self.stored
        self.globals["ACD_DONE"] = variables["ACD_TOKEN"]
        return {}

    def create(self, p: Json) -> Json:
        channel_id = p["channelId"]
        if channel_id in self.channels:
            raise Refusal(409, "Channel with given unique ID already exists")
        channel = self._new_channel(channel_id, f"{p['endpoint']};1", "Down")
        self._enter(channel_id, p["app"], tuple(filter(None, [p.get("appArgs")])))
        return channel

    def get_variable(self, p: Json) -> Json:
        """The dialplan's PJSIP_DIAL_CONTACTS of `contacts`, else a variable that was set."""
        self.get_channel(p)
        asked = re.fullmatch(r"PJSIP_DIAL_CONTACTS\((.*)\)", p["variable"])
        if asked:
            return {"value": "&".join(self.contacts.get(asked[1], []))}
        return {"value": self.variables.get((p["channelId"], p["variable"]), "")}

    def answer(self, p: Json) -> None:
        if self._in_stasis(p)["state"] != "Up":
            self._change_state(p["channelId"], "Up")

    def accept(self, p: Json) -> None:
        """A command on a channel in Stasis that changes nothing we keep."""
        self._in_stasis(p)

    def start_moh(self, p: Json) -> None:
        self._in_stasis(p)
        self.music[p["channelId"]] = p.get("mohClass", "default")

    def stop_moh(self, p: Json) -> None:
        self._in_stasis(p)
        self.music.pop(p["channelId"], None)

    def set_variable(self, p: Json) -> None:
        self._in_stasis(p, also_ringing=True)
        self.variables[p["channelId"], p["variable"]] = p.get("value", "")

    def hangup(self, p: Json) -> None:
        self._channel(p)
        self._tell(p["channelId"], {"type": "ChannelHangupRequest", "cause": 32})
        cause = p.get("reason_code", CAUSES.get(p.get("reason", "normal"), 0))
        self._end_channel(p["channelId"], int(cause), None)

    def play(self, p: Json) -> Json:
        self._in_stasis(p)
        playback = {
            "id": p["playbackId"],
            "media_uri": p["media"][0],
            "target_uri": f"channel:{p['channelId']}",
            "language": p.get("lang", "en"),
            "state": "playing",
        }
        self.playbacks[p["playbackId"]] = playback
        self._tell(p["channelId"], {"type": "PlaybackStarted", "playback": dict(playback)})
        return playback | {"state": "queued"}

    def continue_in_dialplan(self, p: Json) -> None:
        self._in_stasis(p)
        self._leave_bridge(p["channelId"])
        self._leave(p["channelId"])

    def snoop(self, p: Json) -> Json:
        self._channel(p)
        if p["snoopId"] in self.channels:
            raise Refusal(500, "Snoop channel could not be created")
        args = p.get("appArgs", "").split(",") if p.get("appArgs") else []
        snoop = self._new_channel(p["snoopId"], f"Snoop/{p['channelId']}-{p['snoopId']}", "Up")
        snoop["dialplan"]["app_data"] = ",".join([p["app"], *args])
        self._enter(p["snoopId"], p["app"], args)
        return snoop

    def get_channel(self, p: Json) -> Json:
        return self._channel(p)

    def all_channels(self, p: Json) -> list[Json]:
        return list(self.channels.values())

    def rtp_statistics(self, p: Json) -> Json:
        channel = self._channel(p)
        if p["channelId"] not in self.rtp:
            raise Refusal(403, "Unsupported channel type")
        return {"channel_uniqueid": channel["id"], **self.rtp[p["channelId"]]}

    # Bridges.

    def create_bridge(self, p: Json) -> Json:
        if p["bridgeId"] in self.bridges:
            raise Refusal(409, f"Bridge with id '{p['bridgeId']}' already exists")
        kind = p.get("type", "mixing")
        bridge = {
            "id": p["bridgeId"],
            "technology": "holding_bridge" if "holding" in kind else "simple_bridge",
            "bridge_type": "holding" if "holding" in kind else "mixing",
            "bridge_class": "stasis",
            "creator": "Stasis",
            "name": p.get("name", ""),
            "channels": [],
            "creationtime": now(),
            "video_mode": "none",
        }
        self.bridges[p["bridgeId"]] = bridge
        return bridge

    def add_channel(self, p: Json) -> None:
        bridge = self._bridge(p)
        for channel_id in p["channel"]:
            if channel_id not in self.channels:
                raise Refusal(400, "Channel not found")
            if channel_id not in self.app_of:
                raise Refusal(422, "Channel not in Stasis application")
        for channel_id in p["channel"]:
            self._leave_bridge(channel_id)
            bridge["channels"].append(channel_id)
            self._apps_of_bridge.setdefault(bridge["id"], set()).add(self.app_of[channel_id])
            self._tell(channel_id, self._membership("ChannelEnteredBridge", bridge))

    def remove_channel(self, p: Json) -> None:
        bridge = self._bridge(p)
        if not set(p["channel"]) <= set(bridge["channels"]):
            raise Refusal(422, "Channel not in this bridge")
        for channel_id in p["channel"]:
            self._leave_bridge(channel_id)

    def destroy_bridge(self, p: Json) -> None:
        bridge = self._bridge(p)
        for channel_id in list(bridge["channels"]):
            self._leave_bridge(channel_id)
        del self.bridges[p["bridgeId"]]
        for app in sorted(self._apps_of_bridge.pop(p["bridgeId"], set())):
            self._emit(app, {"type": "BridgeDestroyed", "bridge": bridge})

    def record_bridge(self, p: Json) -> Json:
        self._bridge(p)
        target = f"bridge:{p['bridgeId']}"
        live = {"name": p["name"], "format": p["format"], "state": "queued", "target_uri": target}
        self.recordings[p["name"]] = live
        return live

    def get_bridge(self, p: Json) -> Json:
        return self._bridge(p)

    def all_bridges(self, p: Json) -> list[Json]:
        return list(self.bridges.values())

    # Playbacks, recordings, endpoints, the server.

    def get_playback(self, p: Json) -> Json:
        return found(self.playbacks, p["playbackId"], "Playback")

    def stop_playback(self, p: Json) -> None:
        found(self.playbacks, p["playbackId"], "Playback")
        self.playback_ends(p["playbackId"])

    def get_recording(self, p: Json) -> Json:
        return found(self.recordings, p["recordingName"], "Recording")

    def stop_recording(self, p: Json) -> None:
        found(self.recordings, p["recordingName"], "Recording")
        del self.recordings[p["recordingName"]]

    def endpoints_of(self, p: Json) -> list[Json]:
        among = [each for each in self.endpoints.values() if each["technology"] == p["tech"]]
        if not among:
            raise Refusal(404, "No Endpoints found")
        return among

    def get_endpoint(self, p: Json) -> Json:
        return found(self.endpoints, f"{p['tech']}/{p['resource']}", "Endpoint")

    def add_endpoint(self, name: str, *, state: str = "online") -> None:
        """An endpoint called like `PJSIP/100`."""
        technology, resource = name.split("/", 1)
        self.endpoints[name] = {
            "technology": technology,
            "resource": resource,
            "state": state,
            "channel_ids": [],
        }

    def info(self, p: Json) -> Json:
        status = {"startup_time": self.startup_time, "last_reload_time": self.startup_time}
        return {"status": status, "system": {"version": self.version, "entity_id": "fake"}}

    def ping(self, p: Json) -> Json:
        return {"asterisk_id": "fake", "ping": "pong", "timestamp": now()}

    def get_object(self, p: Json) -> list[Json]:
        fields = found(self.objects, self._object(p), "Object")
        return [{"attribute": name, "value": value} for name, value in fields.items()]

    def update_object(self, p: Json) -> list[Json]:
        """PUT merges, and keeps one value of a field that comes twice."""
        fields = {each["attribute"]: each["value"] for each in p.get("fields", [])}
        self.objects.setdefault(self._object(p), {}).update(fields)
        return self.get_object(p)

    def get_global(self, p: Json) -> Json:
        return {"value": self.globals.get(p["variable"], "")}

    def set_global(self, p: Json) -> None:
        self.globals[p["variable"]] = p.get("value", "")

    def delete_object(self, p: Json) -> None:
        found(self.objects, self._object(p), "Object")
        del self.objects[self._object(p)]

    def nothing(self, p: Json) -> None:
        """A command whose effect nobody sees."""

    # Inside.

    def _object(self, p: Json) -> tuple[str, str, str]:
        return p["configClass"], p["objectType"], p["id"]

    def _channel(self, p: Json) -> Json:
        return found(self.channels, p["channelId"], "Channel")

    def _bridge(self, p: Json) -> Json:
        return found(self.bridges, p["bridgeId"], "Bridge")

    def _in_stasis(self, p: Json, *, also_ringing: bool = False) -> Json:
        channel = self._channel(p)
        if p["channelId"] not in self.app_of:
            raise Refusal(409, "Channel not in Stasis application")
        if not also_ringing and channel["state"] in ("Down", "Ringing"):
            raise Refusal(412, "Channel in invalid state")
        return channel

    def _new_channel(self, channel_id: str, name: str, state: str) -> Json:
        channel = {
            "id": channel_id,
            "name": name,
            "state": state,
            "protocol_id": f"sip-{channel_id}",
            "caller": {"name": "", "number": ""},
            "connected": {"name": "", "number": ""},
            "accountcode": "",
            "dialplan": {
                "context": "default",
                "exten": "",
                "priority": 1,
                "app_name": "Stasis",
                "app_data": "",
            },
            "creationtime": now(),
            "language": "en",
        }
        self.channels[channel_id] = channel
        return channel

    def _enter(self, channel_id: str, app: str, args: Any) -> None:
        self.app_of[channel_id] = app
        self._tell(channel_id, {"type": "StasisStart", "args": list(args)})

    def _leave(self, channel_id: str) -> None:
        if channel_id in self.app_of:
            self._tell(channel_id, {"type": "StasisEnd"})
            del self.app_of[channel_id]

    def _change_state(self, channel_id: str, state: str) -> None:
        self.channels[channel_id]["state"] = state
        self._tell(channel_id, {"type": "ChannelStateChange"})

    def _end_channel(self, channel_id: str, cause: int, tech_cause: int | None) -> None:
        target = f"channel:{channel_id}"
        for each in [k for k, v in self.playbacks.items() if v["target_uri"] == target]:
            self.playback_ends(each)
        self._leave_bridge(channel_id)
        self._leave(channel_id)
        event = {"type": "ChannelDestroyed", "cause": cause, "cause_txt": f"cause {cause}"}
        if tech_cause is not None:
            event["tech_cause"] = tech_cause
        self._tell(channel_id, event)
        del self.channels[channel_id]
        self.music.pop(channel_id, None)
        self._told_of_end.pop(channel_id, None)

    def _dial(self, channel_id: str, status: str) -> None:
        """How the dialling of an originated channel goes on."""
        if channel_id in self._told_of_end:
            peer = dict(self.channels[channel_id])
            event = {"type": "Dial", "dialstatus": status, "dialstring": "", "forward": ""}
            self._emit(self._told_of_end[channel_id], event | {"peer": peer})

    def subscribe(self, app: str, source: str) -> None:
        kind, _, name = source.partition(":")
        if kind == "channel":
            if name not in self.channels:
                raise Refusal(422, "Event source does not exist")
            self._told_of_end[name] = app

    def _leave_bridge(self, channel_id: str) -> None:
        for bridge in self.bridges.values():
            if channel_id in bridge["channels"]:
                bridge["channels"].remove(channel_id)
                self._tell(channel_id, self._membership("ChannelLeftBridge", bridge))

    def _membership(self, kind: str, bridge: Json) -> Json:
        return {"type": kind, "bridge": bridge | {"channels": list(bridge["channels"])}}

    def _tell(self, channel_id: str, event: Json) -> None:
        """To the application the channel is in, else to the one that is subscribed to it."""
        app = self.app_of.get(channel_id) or self._told_of_end.get(channel_id)
        if app is None:
            return
        if not event["type"].startswith("Playback"):
            event = event | {"channel": dict(self.channels[channel_id])}
        self._emit(app, event)


def found(among: dict[Any, Json], key: Any, what: str) -> Json:
    if key not in among:
        raise Refusal(404, f"{what} not found")
    return among[key]


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
