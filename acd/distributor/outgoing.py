"""Outgoing: how a number outside is reached, and what is shown there."""

from dataclasses import dataclass

from acd.distributor.state import State
from acd.ids import TrunkName
from acd.routing.outbound import dial_string, route_of, written
from acd.settings import NumberFormat


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOut:
    """What to dial, and our own number that goes with it."""

    endpoint: str
    caller_id: str


def way_out(state: State, number: str) -> WayOut | None:
    """How the number is called; None where no route leads there."""
    route = route_of(number, state.settings.outbound_routes)
    if route is None:
        return None
    dialled = as_written(state, number, route.trunk)
    return WayOut(endpoint=dial_string(dialled, route.trunk), caller_id=route.caller_id)


def as_written(state: State, number: str, trunk: TrunkName) -> str:
    """The number as that carrier wants it."""
    settings = state.settings.trunks.get(trunk)
    form = settings.number_format if settings else NumberFormat.E164
    country = settings.country if settings else None
    return written(number, form, country or state.settings.country)
