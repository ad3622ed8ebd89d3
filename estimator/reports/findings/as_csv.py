"""Findings as CSV."""

from __future__ import annotations

import csv
import io

from estimator.lint import CheckReport
from estimator.reports._escape import spreadsheet
from estimator.reports._format import Format, Style

HEADER = (
    "path", "deployment", "code", "rule", "severity", "subgraph", "operator", "operator_name",
    "tensor", "tensor_name", "start_byte", "end_byte", "message", "fix", "fingerprint",
)  # fmt: skip


def render(report: CheckReport, style: Style) -> str:
    """A header, then one row per finding; unreadable files have no code and severity error."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(HEADER)
    for fault in report.faults:
        row = [fault.path, "", "", "", "error", *[""] * 7, str(fault.error), fault.error.fix, ""]
        writer.writerow([_cell(value) for value in row])
    for f in report.findings:
        place = f.location
        entry: list[object] = [
            f.path, f.deployment, f.code, f.rule, f.severity.value, place.subgraph, place.operator,
            place.operator_name, place.tensor, place.tensor_name, place.start, place.end,
            f.message, f.fix, f.fingerprint,
        ]  # fmt: skip
        writer.writerow([_cell(value) for value in entry])
    return buffer.getvalue()


def _cell(value: object) -> object:
    return spreadsheet(value) if isinstance(value, str) else value


FORMATS = (Format("csv", "one row per finding", render),)
