"""Differences for people."""

from __future__ import annotations

from collections.abc import Sequence

from estimator.reports._escape import printable
from estimator.reports.diffs._format import DiffFormat
from estimator.snapshot import Difference, describe


def render(differences: Sequence[Difference]) -> str:
    """A line per model, and one per number that changed."""
    lines = []
    for entry in differences:
        name = entry.name + (f" [{entry.deployment}]" if entry.deployment else "")
        lines.append(f"{printable(name)}{_state(entry)}")
        lines += [f"  {printable(describe(change))}" for change in entry.changes]
    return "".join(f"{line}\n" for line in lines) or "no model differs\n"


def _state(entry: Difference) -> str:
    if entry.old is None:
        return ": new"
    if entry.new is None:
        return ": removed"
    return ":" if entry.changes else ": no number changed"


FORMATS = (DiffFormat("text", render),)
