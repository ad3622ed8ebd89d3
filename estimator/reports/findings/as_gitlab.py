"""Findings as GitLab's Code Quality report."""

from __future__ import annotations

import hashlib
from os import fsencode

from estimator.lint import CheckReport, Severity
from estimator.reports._escape import json_text, printable
from estimator.reports._format import Format, Style

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.ADVICE: "info"}


def render(report: CheckReport, style: Style) -> str:
    """An array of issues; a model has no lines, so each stands at line 1."""
    issues = []
    for finding in report.findings:
        where = f"{finding.location}: " if str(finding.location) else ""
        deployment = f"[{finding.deployment}] " if finding.deployment else ""
        issues.append({
            "description": printable(f"{deployment}{where}{finding.message}"),
            "check_name": f"{finding.code} {finding.rule}",
            "fingerprint": finding.fingerprint,
            "severity": _SEVERITIES[finding.severity],
            "location": {"path": finding.path, "lines": {"begin": 1}},
        })  # fmt: skip
    for fault in report.faults:
        issues.append({
            "description": printable(str(fault.error)),
            "check_name": "unreadable",
            "fingerprint": hashlib.sha256(b"unreadable\0" + fsencode(fault.path)).hexdigest()[:32],
            "severity": "blocker",
            "location": {"path": fault.path, "lines": {"begin": 1}},
        })  # fmt: skip
    return json_text(issues)


FORMATS = (Format("gitlab", "GitLab Code Quality", render),)
