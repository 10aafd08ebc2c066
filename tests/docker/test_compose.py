"""docker-compose.yml: calls with voice, in the midst of which the ACD's container is killed."""

import asyncio
import json
import time
from pathlib import PurePosixPath
from urllib.request import ProxyHandler, build_opener

import pytest

from acd.ivr.speaking import names
from acd.settings import Language
from tests.chaos.hearing import LONGEST_S
from tests.docker.engine import docker
from tests.docker.stack import Stack
from tests.parties.fixtures import PartyFactory
from tests.parties.tones import CALLERS

# The first time the images are built, some minutes.
pytestmark = pytest.mark.timeout(900)

ANYBODY = ("passwords", "postgres", "asterisk", "acd", "worker")
_open = build_opener(ProxyHandler({})).open


def test_nothing_runs_as_root_or_can_write_to_its_image(stack: Stack) -> None:
    for service in ANYBODY:
        (facts,) = json.loads(docker("inspect", stack.container(service)))
        assert facts["Config"]["User"] not in ("", "root", "0"), service
        assert facts["HostConfig"]["ReadonlyRootfs"], service
        assert facts["HostConfig"]["CapDrop"] == ["ALL"], service


def test_no_password_is_in_an_image_or_a_log(stack: Stack) -> None:
    secrets = list(stack.passwords().values())
    assert len(secrets) == 4
    assert all(len(secret) == 12 for secret in secrets)
    secrets += [stack.inside("acd", "cat", f"/secrets/{name}") for name in ("ari", "database")]
    told = stack.compose("logs", "--no-color")
    told += "".join(docker("inspect", stack.container(name)) for name in ANYBODY[1:])
    assert not [secret for secret in secrets if secret in told]


def test_asterisk_has_what_is_said(stack: Stack) -> None:
    for language in Language:
        place = f"/usr/share/asterisk/sounds/{language}/acd"
        there = set(stack.inside("asterisk", "ls", f"{place}/").split())
        ours = names(language)
        assert there == {
            f"{PurePosixPath(name).name}.{law}" for name in ours for law in ("ulaw", "alaw")
        }
        assert (
            stack.inside("asterisk", "sh", "-c", f"head -c 1 {place}/comfort.alaw | wc -c") == "1"
        )


async def test_a_call_does_not_notice_that_the_container_of_the_acd_is_killed(
    stack: Stack, party_factory: PartyFactory
) -> None:
    """A softphone of this machine talks with a SIPp agent, who sends back what is said; and a SIPp
    caller, who speaks a tone, with another one."""
    passwords = await asyncio.to_thread(stack.passwords)
    await asyncio.to_thread(stack.compose, "up", "--detach", "--no-deps", "agents")
    await stack.becomes(lambda: "registered" in stack.compose("logs", "agents"), "agents' phones")
    phone = party_factory(
        tone=CALLERS[0],
        server=stack.sip,
        number="1001",
        password=passwords["1001"],
        host=stack.gateway,
    )
    assert await phone.register() == 200
    await asyncio.to_thread(log_in, stack, "baris")
    call = await phone.dial("700")
    await call.hears(CALLERS[0], within=20)

    await asyncio.to_thread(log_in, stack, "cem")
    caller = ("callers", "700", "1", "10", "1", "600")
    await asyncio.to_thread(stack.compose, "run", "--detach", "--no-deps", "callers", *caller)
    await stack.becomes(lambda: doing(stack, "cem") == "talking", "the SIPp call is answered")
    await stack.becomes(lambda: has_voice(stack, "carrier", "1003"), "the SIPp call has voice")

    # In threads: who speaks here must not be held up.
    began, before = time.monotonic(), await asyncio.to_thread(stack.heard)
    await asyncio.to_thread(docker, "kill", stack.container("acd"))
    await stack.becomes(lambda: louder(stack, before), "both calls have voice without an ACD")
    await asyncio.to_thread(stack.compose, "up", "--detach", "--no-deps", "acd")
    await stack.becomes(lambda: stack.healthy("acd"), "the next container of the ACD")
    for agent in ("baris", "cem"):
        assert await asyncio.to_thread(doing, stack, agent) == "talking"
    assert call.is_up
    assert await asyncio.to_thread(louder, stack, before)
    assert call.ears.silence_gaps(CALLERS[0], began, longest=LONGEST_S) == []
    assert call.ears.strange({CALLERS[0]}, began) == []

    await call.hang_up()
    await stack.becomes(lambda: doing(stack, "baris") == "acw", "the next ACD ends the call")
    await asyncio.to_thread(stack.inside, "acd", "acd", "agent", "finish", "baris")
    await (again := await phone.dial("700")).hears(CALLERS[0], within=20)
    await again.hang_up()


def test_stopped_it_ends_in_good_order(stack: Stack) -> None:
    """Services that are told to stop do: none has to be killed after its time is over."""
    for service in ("worker", "acd", "asterisk", "postgres"):
        stack.compose("stop", service)
        state = json.loads(docker("inspect", "--format={{json .State}}", stack.container(service)))
        assert state["ExitCode"] == 0, (service, state)
    stack.compose("up", "--detach", "acd")


async def test_http_is_for_this_machine_alone(stack: Stack) -> None:
    await stack.becomes(lambda: stack.healthy("acd"), "up again")
    port = stack.environment["HTTP_PORT"]
    with _open(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
        assert json.load(answer)["ready"]
    assert docker("port", stack.container("acd"), "8080") == f"127.0.0.1:{port}"


def log_in(stack: Stack, agent: str) -> None:
    stack.inside("acd", "acd", "agent", "login", agent, "support")


def doing(stack: Stack, agent: str) -> str | None:
    phase: str | None = stack.agents()[agent]["phase"]
    return phase


def louder(stack: Stack, before: dict[str, tuple[int, int]]) -> bool:
    """Whether all who were there have said two seconds' worth since."""
    now = stack.heard()
    return now.keys() == before.keys() and all(
        now[name][0] > came + 100 for name, (came, _) in before.items()
    )


def has_voice(stack: Stack, *names: str) -> bool:
    heard = stack.heard()
    return all(heard.get(name, (0, 0))[0] > 50 for name in names)
