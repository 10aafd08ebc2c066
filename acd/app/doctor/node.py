"""A node: whether its Asterisk can do all that a call will ask of it. Nothing there is changed."""

import time
from collections.abc import AsyncIterator
from typing import Any

from acd.app.doctor.finding import Finding, fine, warning, wrong
from acd.app.doctor.reading import Read, reading
from acd.app.doctor.recording import recording
from acd.app.nodes import NodeSettings
from acd.ari.errors import AriError, AriNotFound, AriSilent, AriUnauthorized
from acd.ari.events import ACD
from acd.ari.fitness import AriUnfit, refuse_unfit
from acd.ari.rest import RestClient
from acd.ivr.speaking import names
from acd.settings import Language

DRIFT_S = 2.0
SLOW_S = 0.05
FEW_SESSIONS = 200
"""Each command under way holds one: Asterisk's default of 100 is too few for a busy minute."""
USUAL_SESSIONS = 100
ANNOUNCEMENTS = (
    "copy sounds/en/acd and sounds/tr/acd of the ACD to where Asterisk has its sounds, as "
    "/usr/share/asterisk/sounds/en/acd and /usr/share/asterisk/sounds/tr/acd"
)
DIALPLAN = {
    "from-trunk,s,1": "callers enter the ACD, and wait for one while there is none",
    "from-trunk,T,1": "the dead-man's switch: a caller whom no ACD looks after is not forgotten",
    "from-phone,s,1": "the calls of phones enter the ACD",
    "acd-fallback,s,1": "where callers go when the ACD stays away",
    "acd-noforward,s,1": "a phone's forwarding is not followed",
    "acd-transport,store,1": "where SIP is spoken can be changed while phones speak",
}


async def examine_node(
    settings: NodeSettings, sounds: set[str], talks: int
) -> AsyncIterator[Finding]:
    """Look at the node; sounds: what will be played there, talks: how many at once there may be."""
    name = f"node {settings.node}"
    async with RestClient(settings.address) as rest:
        began = time.perf_counter()
        try:
            info = await rest.asterisk.get_info()
        except AriUnauthorized:
            remedy = "set ari_user and ari_password to those in its ari.conf"
            yield wrong(name, f"it refuses ARI user {settings.address.user!r}", remedy)
            return
        except AriError as error:
            remedy = "see that Asterisk runs there, http.conf has enabled = yes, and no firewall"
            yield wrong(name, f"{settings.address.url} does not answer ({error.reason})", remedy)
            return
        yield _speed(name, time.perf_counter() - began)
        yield _version(name, info.system.version if info.system else "of unknown version")
        yield await _connected(name, rest)
        async with reading(settings) as read:
            for look in (_clock, _sessions, _dialplan):
                yield await look(name, read)
            yield await _rtp_ports(name, read, talks)
            yield await sip(name, read)
        async for finding in _all_sounds(name, rest, sounds):
            yield finding
        yield await recording(name, rest)
        yield await _endpoints(f"{name}: phones", rest, [e.number for e in settings.extensions])
        yield await _endpoints(f"{name}: trunks", rest, [t.name for t in settings.trunks])


def _speed(name: str, took_s: float) -> Finding:
    says = f"answers in {took_s * 1000:.0f} ms"
    if took_s > SLOW_S:
        return warning(name, says, "each call is a dozen commands: put the ACD near its Asterisk")
    return fine(name, says)


def _version(name: str, version: str) -> Finding:
    about = f"{name}: version"
    try:
        refuse_unfit(version)
    except AriUnfit as error:
        return wrong(about, version, error.reason)
    return fine(about, version)


async def _clock(name: str, read: Read) -> Finding:
    about = f"{name}: clock"
    theirs = await _number(read, "EPOCH")
    drift = abs(theirs - time.time()) if theirs is not None else 0.0
    # EPOCH is in whole seconds.
    if drift > DRIFT_S:
        remedy = "run chrony or systemd-timesyncd on both"
        return warning(about, f"differs from ours by {drift:.0f} s", remedy)
    return fine(about, "as ours")


async def _sessions(name: str, read: Read) -> Finding:
    about = f"{name}: HTTP sessions"
    limit = int(await _number(read, "AST_CONFIG(http.conf,general,sessionlimit)") or USUAL_SESSIONS)
    if limit < FEW_SESSIONS:
        return warning(about, f"at most {limit}", "sessionlimit = 1000 in http.conf")
    return fine(about, f"at most {limit}")


async def _connected(name: str, rest: RestClient) -> Finding:
    about = f"{name}: application"
    try:
        await rest.applications.get(ACD.name)
    except AriNotFound:
        says = "no ACD is connected: callers hear music and then the fallback"
        return warning(about, says, "start `acd run`")
    return fine(about, "an ACD is connected")


async def _rtp_ports(name: str, read: Read, talks: int) -> Finding:
    """Each leg takes two ports, each talk two legs."""
    about = f"{name}: RTP ports"
    first = await _number(read, "AST_CONFIG(rtp.conf,general,rtpstart)")
    last = await _number(read, "AST_CONFIG(rtp.conf,general,rtpend)")
    if first is None or last is None:
        return warning(about, "rtp.conf cannot be read", "load = func_config.so in modules.conf")
    legs = int(last - first + 1) // 2
    says = f"{first:.0f} to {last:.0f}: {legs} legs"
    if legs < 2 * talks:
        return wrong(
            about, says, f"{talks} agents may talk at once: make the range in rtp.conf wider"
        )
    return fine(about, says)


async def sip(name: str, read: Read) -> Finding:
    """Whether the threads of SIP's work; Asterisk may answer all else while they stand still."""
    about = f"{name}: SIP"
    try:
        await read("PJSIP_PARSE_URI(sip:doctor@127.0.0.1,host)")
    except AriSilent as error:
        remedy = "restart Asterisk; docs/asterisk.md says what may have stopped it"
        return wrong(about, f"stands still ({error.reason})", remedy)
    return fine(about, "works")


async def _dialplan(name: str, read: Read) -> Finding:
    about = f"{name}: dialplan"
    found = {place: await read(f"DIALPLAN_EXISTS({place})") for place in DIALPLAN}
    if not all(found.values()):
        return warning(about, "cannot be looked at", "load = func_dialplan.so in modules.conf")
    missing = [f"{place} ({what})" for place, what in DIALPLAN.items() if found[place] == "0"]
    if missing:
        remedy = "take extensions.conf from asterisk-config/"
        return wrong(about, f"there is no {'; no '.join(missing)}", remedy)
    return fine(about, "complete")


async def _all_sounds(name: str, rest: RestClient, sounds: set[str]) -> AsyncIterator[Finding]:
    try:
        listed = await rest.call("sounds.list")
    except AriError as error:
        remedy = "see that no link in Asterisk's folder of sounds leads nowhere"
        yield wrong(f"{name}: sounds", f"cannot be listed ({error.reason})", remedy)
        return
    yield _sounds(name, listed, sounds)
    yield _announcements(name, listed)


def _sounds(name: str, listed: list[dict[str, Any]], sounds: set[str]) -> Finding:
    about = f"{name}: sounds"
    found = {each["id"] for each in listed}
    missing = sorted(sound for sound in sounds if sound not in found and not sound.startswith("/"))
    if missing:
        remedy = "install asterisk-core-sounds-en-wav, or put your own into Asterisk's sounds"
        return wrong(about, f"not there: {', '.join(missing)}", remedy)
    return fine(about, f"{len(found)} there, with the {len(sounds)} that are played")


def _announcements(name: str, listed: list[dict[str, Any]]) -> Finding:
    """Whether all that we say ourselves is there, in every language."""
    about = f"{name}: announcements"
    found = {(each["id"], one["language"]) for each in listed for one in each["formats"]}
    ours = {(sound, str(language)) for language in Language for sound in names(language)}
    missing = sorted(ours - found)
    if missing:
        [first, language], more = missing[0], len(missing) - 1
        says = f"not there: {first} in {language}{f' and {more} more' if more else ''}"
        return wrong(about, says, ANNOUNCEMENTS)
    return fine(about, f"{len(ours)} recorded parts, in {' and '.join(Language)}")


async def _endpoints(about: str, rest: RestClient, names: list[Any]) -> Finding:
    """Whether those that are configured can be reached."""
    try:
        found = {each.resource: each.state for each in await rest.endpoints.all()}
    except AriNotFound:
        found = {}
    absent = sorted(name for name in names if name not in found)
    offline = sorted(name for name in names if found.get(name) == "offline")
    if absent:
        says = f"Asterisk does not know {', '.join(absent)}"
        return wrong(about, says, "`acd run` provisions them; its log says what Asterisk refused")
    if offline:
        remedy = "see that they are on, have this address, user and password, and no firewall"
        return warning(about, f"not reachable: {', '.join(offline)}", remedy)
    return fine(about, f"all {len(names)} can be reached")


async def _number(read: Read, variable: str) -> float | None:
    value = await read(variable)
    return float(value) if value.replace(".", "", 1).isdigit() else None
