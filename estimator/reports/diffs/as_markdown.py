"""Differences as Markdown, for the comment on a pull request."""

from __future__ import annotations

from collections.abc import Sequence

from estimator.reports._escape import markdown
from estimator.reports.diffs._format import DiffFormat
from estimator.snapshot import UNITS, Difference, amount


def render(differences: Sequence[Difference]) -> str:
    """A table per model: the number before and after, and the cause."""
    lines = ["### mculint diff", ""]
    for entry in differences:
        name = entry.name + (f" [{entry.deployment}]" if entry.deployment else "")
        state = "new" if entry.old is None else "removed" if entry.new is None else ""
        lines += [f"**{markdown(name)}**" + (f" ({state})" if state else ""), ""]
        lines += _table(entry)
    if not differences:
        lines.append("No model differs.")
    return "\n".join(lines).rstrip("\n") + "\n"


def _table(entry: Difference) -> list[str]:
    if entry.old is None or entry.new is None:
        only = entry.new or entry.old
        assert only is not None
        rows = [f"| {name} | {amount(only.numbers.get(name), unit)} |"
                for name, unit in UNITS.items()]  # fmt: skip
        return ["| | |", "|---|--:|", *rows, ""]
    if not entry.changes:
        return ["No number changed.", ""]
    rows = []
    for change in entry.changes:
        growth = "" if change.growth is None else f"{change.growth:+,.4g}"
        if change.unit in ("B", "ops") and change.growth is not None:
            growth = f"{change.growth:+,.0f}"
        rows.append(
            f"| {change.name} | {amount(change.old, change.unit)} "
            f"| {amount(change.new, change.unit)} | {growth} | {markdown(change.cause)} |"
        )
    return ["| | before | after | change | cause |", "|---|--:|--:|--:|---|", *rows, ""]


FORMATS = (DiffFormat("markdown", render),)
