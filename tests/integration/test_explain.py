"""`acd explain` tells what happened to a real call, from the database alone."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from acd.cli.explain import explained
from tests.integration.running import Acd, Site, Start, configuration, queue, until
from tests.parties.behaviour import Answer, Reject

pytestmark = pytest.mark.asterisk


def explain(config: Path, what: str, *options: str) -> subprocess.CompletedProcess[str]:
    acd = "from acd.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", acd, "explain", what, f"--config={config}", *options],
        capture_output=True,
        text=True,
        check=False,
    )


def says(told: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    assert told.returncode == 0, told.stderr
    lines: list[dict[str, Any]] = json.loads(told.stdout)
    return lines


async def second_of(acd: Acd) -> str:
    """The second call's id, once it is written down that it waits."""
    await until(lambda: len(acd.rows("entries", "id")) == 2)
    return str(sorted(acd.rows("interactions", "id"))[1][0])


async def why_nobody_is_rung(acd: Acd, waiting: str) -> None:
    """The other agent's phone, which is busy, is tried now and then: for a moment it rings."""
    lines: list[str] = []
    async with asyncio.timeout(20):
        while not any(line.startswith("  baris: talks in ") for line in lines):
            lines = await told(acd, waiting)
    place = next(n for n, line in enumerate(lines) if line.startswith("now: waits in sales for"))
    assert lines[place].endswith(", place 1 of 1")
    assert any(line.startswith("  ayse: ") for line in lines[place:]), lines
    assert (await told(acd, "sales"))[0] == "queue sales: 1 wait"


async def told(acd: Acd, what: str) -> list[str]:
    url = f"sqlite:///{acd.database}"
    return [line["says"] for line in await explained(url, what)]


async def test_the_life_of_a_call_is_told_in_order(
    start: Start, site: Site, tmp_path: Path
) -> None:
    sales = queue("sales", "700", "ayse", "baris", strategy="longest_idle")
    acd = await start(sales)
    busy = await acd.phone("ayse", Reject(status=486))
    await acd.idle("ayse")
    phone = await acd.phone("baris", Answer(after=0.2))
    call = await acd.caller().dial("700")
    await call.hears(phone.tone)
    waits = await acd.caller().dial("700")
    await why_nobody_is_rung(acd, await second_of(acd))
    await waits.hang_up()
    await call.hang_up()
    await acd.written("interactions", "outcome", ("answered",), ("abandoned",))
    config = tmp_path / "explain.yaml"
    config.write_text(yaml.safe_dump(configuration(site.facts, acd.database, sales)))
    [interaction, caller] = sorted(acd.rows("interactions", "id, caller"))[0]

    lines = [line["says"] for line in says(explain(config, interaction, "--json"))]
    expected = [
        f"{caller} calls 700 on node asterisk",
        "waits in sales (caller)",
        "is offered to ayse: longest_idle by ",
        "ayse's leg ends: busy (SIP 486, cause 17)",
        "the offer to ayse ends: busy after ",
        "is offered to baris: longest_idle by ",
        "baris's extension rings",
        "no longer waits in sales: answered after ",
        "the call is over: answered",
    ]
    places = [next(n for n, line in enumerate(lines) if line.startswith(e)) for e in expected]
    assert places == sorted(places), lines

    assert f"{interaction}: called 700, answered" in await told(acd, caller)
    [offer] = [line.rpartition("; offer ")[2] for line in lines if "is offered to baris" in line]
    why = await told(acd, offer)
    assert why[0] == f"offer {offer}: {interaction}, of queue sales, to baris"
    assert any(line.endswith("(longest_idle)") for line in why)
    agent = await told(acd, "baris")
    assert any(f"was offered {interaction} (answered)" in line for line in agent)
    assert busy.calls
    nobody = explain(config, "nobody")
    assert nobody.returncode == 1
    assert nobody.stderr == "acd: there is no call, offer, agent, queue or caller nobody\n"
