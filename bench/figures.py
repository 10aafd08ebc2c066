"""Figures: what a part of the bench gives, and how it is shown."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number. A goal is the largest value that meets it; without one it is only told."""

    part: str
    name: str
    value: float
    unit: str
    goal: float | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None where there is none."""
        return None if self.goal is None else self.value <= self.goal

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "met": self.met}


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest of the values that this share of them does not exceed. Raises ValueError if
    there are none."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -int(-share * len(ordered) // 1) - 1))]


def median(values: Iterable[float]) -> float:
    return statistics.median(values)


def table(figures: Iterable[Figure]) -> str:
    """The figures as a Markdown table that lines up in a terminal as well."""
    head = ("part", "figure", "measured", "goal", "met", "note")
    rows = [head, *(_row(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    rule = "| " + " | ".join("-" * width for width in widths) + " |"
    return "\n".join([lines[0], rule, *lines[1:]])


def _row(figure: Figure) -> tuple[str, str, str, str, str, str]:
    goal = "" if figure.goal is None else f"{_number(figure.goal)} {figure.unit}".strip()
    met = {None: "", True: "yes", False: "NO"}[figure.met]
    measured = f"{_number(figure.value)} {figure.unit}".strip()
    return (figure.part, figure.name, measured, goal, met, figure.note)


def _number(value: float) -> str:
    if value == int(value):
        return str(int(value))
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"
