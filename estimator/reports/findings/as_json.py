"""Findings as JSON; docs/json.md describes every field."""

from __future__ import annotations

from typing import Any

from estimator.lint import CheckReport, Finding, Severity, Subject
from estimator.reports._escape import json_text
from estimator.reports._format import Format, Style
from estimator.reports._numbers import numbers

SCHEMA_VERSION = 1


def render(report: CheckReport, style: Style) -> str:
    """An object with ``findings``, ``models``, ``errors`` and ``summary``."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "mculint", "version": style.version},
        "summary": {
            "models": len({subject.path for subject in report.subjects}),
            **{severity.value: report.count(severity) for severity in Severity},
            "findings": len(report.findings),
            "suppressed": report.suppressed,
            "errors": len(report.faults),
        },
        "findings": [finding_entry(finding) for finding in report.findings],
        "models": [_subject(subject) for subject in report.subjects],
        "errors": [
            {"path": fault.path, "message": fault.error.message, "where": fault.error.where,
             "fix": fault.error.fix}
            for fault in report.faults
        ],
    }  # fmt: skip
    return json_text(document)


def finding_entry(finding: Finding) -> dict[str, Any]:
    """One finding."""
    place = finding.location
    return {
        "code": finding.code,
        "rule": finding.rule,
        "severity": finding.severity.value,
        "message": finding.message,
        "fix": finding.fix or None,
        "path": finding.path,
        "deployment": finding.deployment or None,
        "location": {
            "subgraph": place.subgraph,
            "operator": place.operator,
            "operator_name": place.operator_name or None,
            "tensor": place.tensor,
            "tensor_name": place.tensor_name or None,
            "start_byte": place.start,
            "end_byte": place.end,
        },
        "fingerprint": finding.fingerprint,
    }


def _subject(subject: Subject) -> dict[str, Any]:
    estimate = subject.estimate
    return {
        "path": subject.path,
        "deployment": subject.deployment or None,
        "sha256": subject.sha256,
        "target": estimate.board.name,
        "runtime": estimate.runtime.name,
        "accepted": estimate.accepted,
        **{
            number.name: {
                "unit": number.unit,
                "low": number.quantity.low,
                "best": number.quantity.best,
                "high": number.quantity.high,
                "basis": number.quantity.basis.value,
                "limit": number.limit,
                "capacity": number.capacity,
                "standing": number.standing.value if number.standing else None,
            }
            for number in numbers(subject)
        },
    }


FORMATS = (Format("json", "for programs", render),)
