"""The Stasis applications of the fake Asterisk: filters and subscriptions."""

from __future__ import annotations

from collections.abc import Callable

from tests.contract.fake_world import Json, Refusal, World


class Applications:
    """By name: `filters` as they were sent, and `subscriptions` to event sources.

    An application exists as long as an event socket has registered it.
    """

    def __init__(self, world: World, is_registered: Callable[[str], bool]) -> None:
        self._world = world
        self._is_registered = is_registered
        self.filters: dict[str, Json] = {}
        self.subscriptions: dict[str, list[str]] = {}

    def allows(self, name: str, kind: str) -> bool:
        """Whether events of this type pass the application's filter."""
        chosen = self.filters.get(name, {})
        allowed = {each["type"] for each in chosen.get("allowed", [])}
        disallowed = {each["type"] for each in chosen.get("disallowed", [])}
        return kind not in disallowed and (not allowed or kind in allowed)

    def get(self, p: Json) -> Json:
        name = p["applicationName"]
        if not self._is_registered(name):
            raise Refusal(404, "Application not found")
        chosen = self.filters.get(name, {})
        inside = [each for each, app in self._world.app_of.items() if app == name]
        bridges = self._world.bridges.values()
        return {
            "name": name,
            "channel_ids": inside,
            "bridge_ids": [each["id"] for each in bridges if set(each["channels"]) & set(inside)],
            "endpoint_ids": [],
            "device_names": [],
            "events_allowed": chosen.get("allowed", []),
            "events_disallowed": chosen.get("disallowed", []),
        }

    def filter(self, p: Json) -> Json:
        self.get(p)
        self.filters[p["applicationName"]] = p.get("filter", {})
        return self.get(p)

    def subscribe(self, p: Json) -> Json:
        self.get(p)
        for source in p["eventSource"]:
            self._world.subscribe(p["applicationName"], source)
            self.subscriptions.setdefault(p["applicationName"], []).append(source)
        return self.get(p)

    def unsubscribe(self, p: Json) -> Json:
        self.get(p)
        for source in p["eventSource"]:
            if source not in self.subscriptions.get(p["applicationName"], []):
                raise Refusal(422, "Event source was not subscribed to")
            self.subscriptions[p["applicationName"]].remove(source)
        return self.get(p)
