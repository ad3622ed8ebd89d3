"""Findings as workflow commands of GitHub Actions, which shows them as annotations."""

from __future__ import annotations

from estimator.lint import CheckReport, Severity
from estimator.reports._escape import printable
from estimator.reports._format import Format, Style

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "notice"}


def render(report: CheckReport, style: Style) -> str:
    """One command per line."""
    lines = [
        _command("error", fault.path, "unreadable", str(fault.error)) for fault in report.faults
    ]
    for finding in report.findings:
        if style.quiet and finding.severity is Severity.ADVICE:
            continue
        where = f"{finding.location}: " if str(finding.location) else ""
        deployment = f"[{finding.deployment}] " if finding.deployment else ""
        fix = f" ({finding.fix})" if finding.fix else ""
        title = f"{finding.code} {finding.rule}"
        text = f"{deployment}{where}{finding.message}{fix}"
        lines.append(_command(_COMMANDS[finding.severity], finding.path, title, text))
    return "".join(f"{line}\n" for line in lines)


def _command(level: str, path: str, title: str, text: str) -> str:
    return f"::{level} file={_property(path)},title={_property(title)}::{_data(text)}"


def _data(text: str) -> str:
    """printable() leaves no line break; a percent sign would start an escape."""
    return printable(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


FORMATS = (Format("github", "annotations of GitHub Actions", render),)
