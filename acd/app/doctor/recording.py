"""Whether a node can record. Only Asterisk can say: it is asked to record a beep."""

import asyncio
import time
from contextlib import suppress
from typing import Any

from acd.app.doctor.finding import Finding, fine, wrong
from acd.ari.errors import AriError, AriNotFound
from acd.ari.rest import RestClient

PROBE = "acd-doctor"
"""The bridge that is recorded, and the recording; neither is left behind."""
WITHIN_S = 1.0


async def recording(name: str, rest: RestClient) -> Finding:
    """Record a beep in a bridge of our own, where nobody hears it."""
    about = f"{name}: recordings"
    try:
        written = await _records(rest)
    finally:
        with suppress(AriError):
            await rest.bridges.destroy(PROBE)
        with suppress(AriError):
            await rest.call("recordings.deleteStored", recordingName=PROBE)
    if written:
        return fine(about, "can be written")
    remedy = "make Asterisk's spool folder `recording` and give it to the user asterisk"
    return wrong(about, "nothing can be recorded", remedy)


async def _records(rest: RestClient) -> bool:
    try:
        await rest.bridges.create(PROBE, kind="mixing")
        await rest.call("bridges.record", bridgeId=PROBE, name=PROBE, format="wav")
        await rest.call("bridges.play", bridgeId=PROBE, media=["sound:beep"])
        began = await _found(rest, "recordings.getLive", state="recording")
        if began:
            await rest.recordings.stop(PROBE)
        return began and await _found(rest, "recordings.getStored", name=PROBE)
    except AriError:
        return False


async def _found(rest: RestClient, asked: str, **wanted: Any) -> bool:
    """Wait until there is such a recording."""
    end = time.monotonic() + WITHIN_S
    while time.monotonic() < end:
        with suppress(AriNotFound):
            if wanted.items() <= (await rest.call(asked, recordingName=PROBE)).items():
                return True
        await asyncio.sleep(0.02)
    return False
