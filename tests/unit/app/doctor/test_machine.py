"""What the doctor thinks of a machine."""

from pathlib import Path

import pytest

from acd.app.doctor.database import commit
from acd.app.doctor.finding import Finding, Grade
from acd.app.doctor.machine import (
    GB,
    UNSYNCHRONISED,
    clock,
    disk,
    examine_machine,
    memory,
    open_files,
)

HERE = Path("/var/lib/acd")


@pytest.mark.parametrize(
    ("finding", "grade"),
    [
        (disk(HERE, 20 * GB), Grade.FINE),
        (disk(HERE, 1 * GB), Grade.WARNING),
        (disk(HERE, 0.1 * GB), Grade.WRONG),
        (clock(0), Grade.FINE),
        (clock(UNSYNCHRONISED), Grade.WARNING),
        (memory(4 * GB), Grade.FINE),
        (memory(0.1 * GB), Grade.WARNING),
        (open_files(65536), Grade.FINE),
        (open_files(-1), Grade.FINE),
        (open_files(1024), Grade.WARNING),
        (commit(0.004), Grade.FINE),
        (commit(0.2), Grade.WARNING),
    ],
    ids=lambda value: value.says if isinstance(value, Finding) else str(value),
)
def test_each_thing_is_judged(finding: Finding, grade: Grade) -> None:
    assert finding.grade is grade
    assert bool(finding.remedy) is (grade is not Grade.FINE)


def test_this_machine_can_be_looked_at(tmp_path: Path) -> None:
    found = {finding.about: finding for finding in examine_machine(tmp_path)}
    assert list(found) == ["disk", "clock", "memory", "open files"]
    assert str(tmp_path) in found["disk"].says
