"""One row per operator of each model, for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from estimator.estimation import Estimate
from estimator.reports._escape import spreadsheet
from estimator.reports.as_text import by_cost

_COLUMNS = (
    "model", "target", "kernels", "operator", "index", "kind", "macs", "ops", "other_ops",
    "instructions", "latency_ms", "share", "persistent_bytes", "scratch_bytes", "tensors",
)  # fmt: skip


def render(estimates: Iterable[Estimate]) -> str:
    """The operators of the main subgraphs by cost; an empty cell is unknown."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for estimate in estimates:
        for operator, share in by_cost(estimate):
            work = operator.work
            writer.writerow(
                (
                    spreadsheet(estimate.name), estimate.board.name, estimate.runtime.kernels.value,
                    spreadsheet(operator.name), operator.index,
                    *((work.kind.value, work.macs, work.ops, work.other_ops) if work else [""] * 4),
                    _cell(operator.instructions), _cell(operator.latency_ms), _cell(share),
                    _cell(operator.persistent_bytes), _cell(operator.scratch_bytes),
                    spreadsheet(" ".join(operator.tensors)),
                )
            )  # fmt: skip
    return text.getvalue().rstrip("\n")


def _cell(number: float | None) -> str:
    return "" if number is None else f"{number:.10g}" if isinstance(number, float) else str(number)
