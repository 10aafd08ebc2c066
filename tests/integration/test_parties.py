"""The test parties against a real Asterisk whose own dialplan connects them."""

import base64
import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.parties.baresip import BaresipFactory
from tests.parties.behaviour import Answer, Behaviour, OnCancel, Reject, Ring
from tests.parties.fixtures import PartyFactory, baresip, party_factory, sipp
from tests.parties.party import Party
from tests.parties.sipp import SippFactory, first_invites
from tests.parties.tones import AGENTS, CALLERS, SOFTPHONE
from tests.parties.wire import Address

pytestmark = pytest.mark.asterisk

TOOL = Path(__file__).resolve().parents[2] / "tools/asterisk"
DIALPLAN = """
[from-phone]
exten => 600,1,Answer()
 same => n,Echo()
exten => 700,1,Dial(PJSIP/1002&PJSIP/1003,20)
exten => 701,1,Dial(PJSIP/1002,1)
exten => _1XXX,1,Dial(PJSIP/${EXTEN},20)
"""
NUMBERS = [str(1001 + place) for place in range(12)]
Facts = dict[str, Any]


@pytest.fixture(scope="module")
def asterisk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Facts]:
    """An Asterisk with the dialplan above and the phones 1001 to 1012."""
    config = tmp_path_factory.mktemp("config")
    (config / "extensions.conf").write_text(DIALPLAN)
    environment = {**os.environ, "ACD_RUN": str(tmp_path_factory.mktemp("run"))}

    def tool(*words: str) -> str:
        run = subprocess.run([TOOL, *words], env=environment, capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
        return run.stdout

    started = tool(
        "start", "--name=parties", "--identify-by=username", f"--config-dir={config}", "--json"
    )
    facts: Facts = json.loads(started)
    try:
        for number in NUMBERS:
            provision(facts, number)
        provision(facts, "trunk", auth="")
        put(facts, "identify", "trunk", endpoint="trunk", match="127.0.0.1")
        yield facts
    finally:
        tool("stop", "--name", "parties")


@pytest.fixture
def server(asterisk: Facts) -> Iterator[Address]:
    """Asterisk's SIP address; afterwards no channel is left."""
    yield asterisk["sip_address"], asterisk["sip_port"]
    end = time.monotonic() + 3.0
    while (left := get(asterisk, "channels")) and time.monotonic() < end:
        time.sleep(0.05)
    assert left == []


Phones = Callable[..., Party]


@pytest.fixture
def phone(server: Address, party_factory: PartyFactory) -> Phones:
    """Makes a phone by its number."""

    def make(number: str, tone: float, behaviour: Behaviour | None = None) -> Party:
        return party_factory(
            tone=tone,
            server=server,
            number=number,
            password=f"pw{number}",
            behaviour=behaviour or Ring(),
        )

    return make


async def test_a_phone_registers_renews_and_unregisters(phone: Phones, asterisk: Facts) -> None:
    agent = phone("1001", AGENTS[0])
    assert await agent.register(expires=60) == 200
    assert get(asterisk, "endpoints/PJSIP/1001")["state"] == "online"
    assert await agent.register(expires=60) == 200
    assert await agent.unregister() == 200
    assert get(asterisk, "endpoints/PJSIP/1001")["state"] == "offline"


async def test_a_wrong_password_is_refused(server: Address, party_factory: PartyFactory) -> None:
    stranger = party_factory(tone=CALLERS[0], server=server, number="1001", password="wrong")
    assert await stranger.register() == 401


async def test_two_phones_hear_each_other_and_nothing_else(phone: Phones) -> None:
    caller, agent = phone("1001", CALLERS[0]), phone("1002", AGENTS[0], Answer())
    assert (await caller.register(), await agent.register()) == (200, 200)
    call = await (await caller.dial("1002")).answered()
    await caller.hears(AGENTS[0])
    await agent.hears(CALLERS[0])
    start = time.monotonic()
    await call.send_digits("1#")
    assert await agent.ears.hears_digits("1#", 2.0)
    await agent.hears(CALLERS[0])
    assert caller.ears.hears_only({AGENTS[0]}, start)
    assert caller.ears.silence_gaps(AGENTS[0], start, longest=0.5) == []
    assert agent.current.caller_id[1] == "1001"
    await agent.hang_up()
    await call.ended()


async def test_the_phone_that_loses_the_race_is_told_why(phone: Phones) -> None:
    caller = phone("1001", CALLERS[0])
    winner, loser = phone("1002", AGENTS[0], Answer(after=0.3)), phone("1003", AGENTS[1])
    for party in (caller, winner, loser):
        assert await party.register() == 200
    call = await (await caller.dial("700")).answered()
    await (await loser.invited()).ended()
    assert loser.current.answered_elsewhere
    await caller.hears(AGENTS[0])
    await call.hang_up()


async def test_phones_refuse_ignore_and_cross_a_cancel(phone: Phones) -> None:
    caller, agent = phone("1001", CALLERS[0]), phone("1002", AGENTS[0], Reject(status=486))
    assert (await caller.register(), await agent.register()) == (200, 200)
    assert (await (await caller.dial("1002")).ended()).status == 486
    agent.behaviour, agent.on_cancel = Ring(), OnCancel.IGNORE
    await (await caller.dial("701")).ended(4.0)
    assert agent.current.cancelled_at is not None
    assert agent.current.ended_at is None
    agent.current.reject(486)
    agent.on_cancel = OnCancel.ANSWER
    await (await caller.dial("701")).ended(4.0)
    await agent.current.ended(4.0)
    assert agent.current.answered_at is not None


async def test_a_softphone_nobody_here_wrote_talks_to_a_party(
    phone: Phones, baresip: BaresipFactory, server: Address
) -> None:
    soft = await baresip(number="1004", password="pw1004", server=server)
    caller = phone("1001", CALLERS[0])
    call = await caller.dial("1004")
    await soft.happened("CALL_INCOMING")
    await soft.answer()
    await call.answered()
    await call.hears(SOFTPHONE)
    await soft.hears(CALLERS[0])
    await soft.hang_up()
    await call.ended()
    await soft.happened("CALL_CLOSED")
    assert not soft.heard().heard_since(0.0, SOFTPHONE)


async def test_sipp_brings_many_callers_and_agents(sipp: SippFactory, server: Address) -> None:
    users = [(number, f"pw{number}") for number in NUMBERS[4:]]
    phones = await sipp.agents(users, server, answer_ms=50)
    callers = await sipp.callers(users[0][0], server, calls=20, rate=40, hold_ms=300)
    counts = await callers.finished(10.0)
    assert (counts.succeeded, counts.failed) == (20, 0), callers.errors()
    called, rang = first_invites(callers.messages()), first_invites(phones.messages())
    assert len(called) == 20
    assert called.keys() == rang.keys()
    # SIPp stamps what it sent when it next runs: on a busy machine the agent seems to be first.
    assert all(abs(rang[who] - called[who]) < 5.0 for who in called)


def provision(facts: Facts, number: str, auth: str | None = None) -> None:
    """A phone with the password pw<number>."""
    if auth is None:
        auth = number
        put(facts, "auth", auth, auth_type="userpass", username=auth, password=f"pw{auth}")
    put(facts, "aor", number, max_contacts="1", remove_existing="yes")
    # Bound to an address RTP asks no name server for the machine's own.
    put(
        facts,
        "endpoint",
        number,
        auth=auth,
        aors=number,
        context="from-phone",
        allow="!all,ulaw,alaw",
        direct_media="no",
        media_address=facts["sip_address"],
        bind_rtp_to_media_address="yes",
    )


def put(facts: Facts, kind: str, name: str, **fields: str) -> None:
    """Create or change a PJSIP object."""
    told = [{"attribute": key, "value": value} for key, value in fields.items() if value != ""]
    ask(facts, "PUT", f"asterisk/config/dynamic/res_pjsip/{kind}/{name}", {"fields": told})


def get(facts: Facts, path: str) -> Any:
    """What ARI answers."""
    return ask(facts, "GET", path, None)


def ask(facts: Facts, method: str, path: str, body: Any) -> Any:
    """One ARI request. Raises HTTPError."""
    credentials = f"{facts['ari_user']}:{facts['ari_password']}".encode()
    request = urllib.request.Request(
        f"{facts['ari_url']}/{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Authorization": "Basic " + base64.b64encode(credentials).decode(),
            "Content-Type": "application/json",
        },
    )
    with urllib.request.urlopen(request, timeout=5.0) as response:
        text = response.read()
    return json.loads(text) if text else None


__all__ = ["baresip", "party_factory", "sipp"]
