"""Findings for people, in the way of ruff."""

from __future__ import annotations

from estimator.lint import CheckReport, Finding, Severity
from estimator.reports._escape import printable
from estimator.reports._format import Format, Style

_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.ADVICE: "36"}


def render(report: CheckReport, style: Style) -> str:
    """One block per finding, then a line with their numbers."""
    blocks = [_fault(str(fault.error), style) for fault in report.faults]
    shown = [f for f in report.findings if not (style.quiet and f.severity is Severity.ADVICE)]
    blocks += [_block(finding, style) for finding in shown]
    if not style.quiet:
        blocks.append(summary(report))
    return "\n".join(blocks) + ("\n" if blocks else "")


def summary(report: CheckReport) -> str:
    """Such as ``Checked 3 models: 1 error, 2 warnings, 4 pieces of advice.``"""
    models = len({subject.path for subject in report.subjects})
    text = f"Checked {_plural(models, 'model')}: "
    errors, warnings = report.count(Severity.ERROR), report.count(Severity.WARNING)
    advice = report.count(Severity.ADVICE)
    parts = [_plural(errors, "error")] if errors else []
    parts += [_plural(warnings, "warning")] if warnings else []
    parts += [f"{advice} advice"] if advice else []
    text += ", ".join(parts) or "no findings"
    if report.suppressed:
        text += f" ({report.suppressed} suppressed)"
    if report.faults:
        text += f"; {_plural(len(report.faults), 'file')} could not be read"
    return text + "."


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")


def _block(finding: Finding, style: Style) -> str:
    place = _paint(printable(finding.path), "1", style)
    if finding.deployment:
        place += f" [{printable(finding.deployment)}]"
    where = str(finding.location)
    if where:
        place += f": {printable(where)}"
    code = _paint(finding.code, f"1;{_COLOURS[finding.severity]}", style)
    lines = [f"{place}: {code} {finding.severity.value}: {printable(finding.message)}"]
    if finding.fix:
        lines.append(f"    {_paint('help:', '1;32', style)} {printable(finding.fix)}")
    return "\n".join(lines)


def _fault(text: str, style: Style) -> str:
    return f"{_paint('error:', '1;31', style)} {printable(text)}"


def _paint(text: str, codes: str, style: Style) -> str:
    return f"\x1b[{codes}m{text}\x1b[0m" if style.colour else text


FORMATS = (Format("text", "for people", render),)
