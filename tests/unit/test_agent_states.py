"""docs/agent-states.md shows the tables as they are."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def agent_states(*arguments: str) -> subprocess.CompletedProcess[str]:
    tool = str(ROOT / "tools" / "agent_states")
    return subprocess.run(
        [sys.executable, tool, *arguments], capture_output=True, text=True, check=False
    )


def test_the_drawing_in_docs_is_not_stale() -> None:
    checked = agent_states("--check")
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_a_stale_drawing_is_found_and_mended(tmp_path: Path) -> None:
    drawing = tmp_path / "states.md"
    right = (ROOT / "docs" / "agent-states.md").read_text(encoding="utf-8")
    drawing.write_text(right.replace("held --> talking: resume", "held --> acw: resume"))
    stale = agent_states("--check", str(drawing))
    assert stale.returncode == 1
    assert "+    held --> talking: resume" in stale.stdout
    assert "stale" in stale.stderr
    assert agent_states(str(drawing)).returncode == 0
    assert drawing.read_text(encoding="utf-8") == right
