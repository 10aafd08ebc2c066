"""`acd explain` tells what happened to a real call, from the database alone."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.running import Site, Start, configuration, queue
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
    await call.hang_up()
    await acd.written("interactions", "outcome", ("answered",))
    config = tmp_path / "explain.yaml"
    config.write_text(yaml.safe_dump(configuration(site.facts, acd.database, sales)))
    [(interaction, caller)] = acd.rows("interactions", "id, caller")

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

    [mine] = says(explain(config, caller, "--json"))
    assert mine["interaction"] == interaction
    agent = [line["says"] for line in says(explain(config, "baris", "--json"))]
    assert any(f"was offered {interaction} (answered)" in line for line in agent)
    assert busy.calls
    nobody = explain(config, "nobody")
    assert nobody.returncode == 1
    assert nobody.stderr == "acd: there is no agent, no call, no offer and no caller nobody\n"
