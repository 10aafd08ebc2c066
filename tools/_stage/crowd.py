"""The crowd of the demo: SIPp answers the agents' phones, and calls in."""

from pathlib import Path

from _stage.site import Site
from tests.parties.sipp import Job, SippFactory

TALK_MS = 12_000
"""So long agents talk; then they hang up."""
PATIENCE_MS = 60_000
"""So long callers stay on the line, waiting and talking."""
FOR_EVER_S = 10**6
CALLERS = {"700": (0.2, 6), "701": (0.1, 3)}
"""New calls a second, and the most at one time, by number dialled: more than the four can take."""
AT_ONCE = 3
"""Calls in the first seconds, so that there is something to see."""
ANSWER_MS = 2_500
"""So long a phone rings."""


async def enter(site: Site, folder: Path) -> SippFactory:
    """Register all phones, and begin to call. Raises NotSo.

    Asterisk keeps a registration for two hours; nothing renews these.
    """
    sipp = SippFactory(folder)
    extensions = site.configuration.file.extensions
    phones = [(phone.number, phone.password.get_secret_value()) for phone in extensions]
    try:
        await sipp.agents(
            phones,
            site.server,
            answer_ms=ANSWER_MS,
            talk_ms=TALK_MS,
            expires=7200,
            seconds=FOR_EVER_S,
        )
        await sipp.callers("700", site.server, calls=AT_ONCE, rate=1.0, hold_ms=PATIENCE_MS)
        for number in CALLERS:
            await _call(sipp, site, number)
    except BaseException:
        await sipp.close()
        raise
    return sipp


async def _call(sipp: SippFactory, site: Site, number: str) -> None:
    rate, at_once = CALLERS[number]
    await sipp.start(
        Job(
            scenario="caller",
            server=site.server,
            values={"hold_ms": PATIENCE_MS, "patience_ms": PATIENCE_MS},
            rows=[[f"+4989{number}{place:04}"] for place in range(1, 100)],
            number=number,
            rate=rate,
            at_once=at_once,
            seconds=FOR_EVER_S,
        )
    )
