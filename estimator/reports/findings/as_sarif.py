"""Findings as SARIF 2.1.0 (OASIS Standard, 27 March 2020): code scanning of GitHub and others."""

from __future__ import annotations

import os
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from estimator.lint import AnyRule, CheckReport, Fault, Finding, Severity
from estimator.reports._escape import json_text, printable
from estimator.reports._format import Format, Style

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "note"}
_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def render(report: CheckReport, style: Style) -> str:
    """One run; a result per finding, with logical locations and byte regions."""
    index = {rule.code: position for position, rule in enumerate(report.rules)}
    driver: dict[str, Any] = {"name": "mculint", "rules": [_rule(rule) for rule in report.rules]}
    if style.version:
        driver["semanticVersion"] = style.version
        driver["version"] = style.version
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": not report.faults,
                "toolExecutionNotifications": [_notification(fault) for fault in report.faults],
            }
        ],
        "results": [_result(finding, index) for finding in report.findings],
    }
    return json_text({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(rule: AnyRule) -> dict[str, Any]:
    text = rule.documentation
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": text.splitlines()[0]},
        "fullDescription": {"text": text},
        "help": {"text": text, "markdown": text},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": ["tinyml"], "precision": "very-high"},
    }


def _result(finding: Finding, index: dict[str, int]) -> dict[str, Any]:
    message = finding.message + (f" Help: {finding.fix}." if finding.fix else "")
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "level": _LEVELS[finding.severity],
        "message": {"text": _plain(message)},
        "partialFingerprints": {"mculint/v1": finding.fingerprint},
        "locations": [_location(finding)],
    }
    if finding.code in index:
        result["ruleIndex"] = index[finding.code]
    if finding.deployment:
        result["properties"] = {"deployment": printable(finding.deployment)}
    return result


def _plain(text: str) -> str:
    """Text in which a viewer sees no embedded link, ``[text](target)`` (section 3.11.6)."""
    return printable(text).replace("](", "] (")


def _location(finding: Finding) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": artifact(finding.path)}
    place = finding.location
    if place.start is not None and place.end is not None:
        physical["region"] = {"byteOffset": place.start, "byteLength": place.end - place.start}
    location: dict[str, Any] = {"physicalLocation": physical}
    where = str(place)
    if where:
        logical = {"fullyQualifiedName": printable(where), "kind": "object"}
        name = place.tensor_name or place.operator_name
        if name:
            logical["name"] = printable(name)
        location["logicalLocations"] = [logical]
    return location


def artifact(path: str) -> dict[str, str]:
    """An artifactLocation: a relative path from the root of the sources, or an absolute one."""
    if PurePosixPath(path).is_absolute():
        return {"uri": "file://" + quote(os.fsencode(path))}
    return {"uri": quote(os.fsencode(path)), "uriBaseId": "%SRCROOT%"}


def _notification(fault: Fault) -> dict[str, Any]:
    return {
        "level": "error",
        "message": {"text": _plain(str(fault.error))},
        "locations": [{"physicalLocation": {"artifactLocation": artifact(fault.path)}}],
    }


FORMATS = (Format("sarif", "SARIF 2.1.0, for code scanning", render),)
