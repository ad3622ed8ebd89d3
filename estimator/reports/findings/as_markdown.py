"""Findings as Markdown, for the comment on a pull request."""

from __future__ import annotations

from estimator.budgets import Standing
from estimator.lint import CheckReport, Severity
from estimator.reports._escape import markdown
from estimator.reports._format import Format, Style
from estimator.reports._numbers import Number, numbers
from estimator.reports.findings.as_text import summary

_SIGNS = {Severity.ERROR: "❌", Severity.WARNING: "⚠️", Severity.ADVICE: "💡"}
_STANDINGS = {Standing.OVER: "❌", Standing.STRADDLES: "⚠️", Standing.UNKNOWN: "❔",
              Standing.WITHIN: "✅"}  # fmt: skip


def render(report: CheckReport, style: Style) -> str:
    """The numbers of each model, then the findings."""
    lines = ["### mculint", "", markdown(summary(report)), ""]
    if report.subjects:
        lines += [
            "| model | deployment | arena | SRAM | Flash | latency | energy |",
            "|---|---|--:|--:|--:|--:|--:|",
        ]
    for subject in report.subjects:
        cells = [markdown(subject.path), markdown(subject.deployment or subject.budget.target)]
        cells += [_cell(number) for number in numbers(subject)]
        lines.append(f"| {' | '.join(cells)} |")
    shown = [f for f in report.findings if not (style.quiet and f.severity is Severity.ADVICE)]
    if shown or report.faults:
        lines += ["", "| | code | where | what |", "|---|---|---|---|"]
    for fault in report.faults:
        lines.append(f"| ❌ | | {markdown(fault.path)} | {markdown(str(fault.error))} |")
    for finding in shown:
        where = " ".join(filter(None, (finding.path, str(finding.location))))
        what = finding.message + (f" - {finding.fix}" if finding.fix else "")
        lines.append(
            f"| {_SIGNS[finding.severity]} | {finding.code} {finding.rule} | {markdown(where)} "
            f"| {markdown(what)} |"
        )
    return "\n".join(lines) + "\n"


def _cell(number: Number) -> str:
    text = markdown(number.text())
    if number.standing is not None and number.limit is not None:
        text += f" {_STANDINGS[number.standing]}"
    return text


FORMATS = (Format("markdown", "for the comment on a pull request", render),)
