"""Findings as JUnit XML: a suite per model and deployment, a case per rule."""

from __future__ import annotations

from xml.etree import ElementTree

from estimator.lint import CheckReport, Fault, Finding, Severity, Subject
from estimator.reports._escape import printable
from estimator.reports._format import Format, Style


def render(report: CheckReport, style: Style) -> str:
    """Errors and warnings are failures, advice is output, unreadable files are errors."""
    root = ElementTree.Element("testsuites", name="mculint")
    for subject in report.subjects:
        _suite(root, report, subject)
    rest = [f for f in report.findings if not any(_belongs(f, s) for s in report.subjects)]
    if rest:
        suite = ElementTree.SubElement(root, "testsuite", name="configuration")
        for finding in rest:
            _case(suite, f"{finding.code} {finding.rule}", finding.path, [finding])
        _count(suite)
    for fault in report.faults:
        _fault(root, fault)
    for attribute in ("tests", "failures", "errors"):
        root.set(attribute, str(sum(int(suite.get(attribute, "0")) for suite in root)))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=False) + "\n"


def _belongs(finding: Finding, subject: Subject) -> bool:
    return (finding.path, finding.deployment) == (subject.path, subject.deployment)


def _suite(root: ElementTree.Element, report: CheckReport, subject: Subject) -> None:
    name = printable(subject.path + (f" [{subject.deployment}]" if subject.deployment else ""))
    suite = ElementTree.SubElement(root, "testsuite", name=name)
    own = [finding for finding in report.findings if _belongs(finding, subject)]
    for rule in report.rules:
        found = [finding for finding in own if finding.code == rule.code]
        _case(suite, f"{rule.code} {rule.name}", name, found)
    _count(suite)


def _case(suite: ElementTree.Element, name: str, classname: str, findings: list[Finding]) -> None:
    case = ElementTree.SubElement(suite, "testcase", name=name, classname=printable(classname))
    text = "\n".join(_line(finding) for finding in findings)
    if not findings:
        return
    if findings[0].severity is Severity.ADVICE:
        ElementTree.SubElement(case, "system-out").text = text
        return
    failure = ElementTree.SubElement(case, "failure", type=findings[0].severity.value)
    failure.set("message", printable(findings[0].message))
    failure.text = text


def _line(finding: Finding) -> str:
    where = f"{finding.location}: " if str(finding.location) else ""
    return printable(f"{where}{finding.message}" + (f" ({finding.fix})" if finding.fix else ""))


def _fault(root: ElementTree.Element, fault: Fault) -> None:
    name = printable(fault.path)
    suite = ElementTree.SubElement(root, "testsuite", name=name)
    case = ElementTree.SubElement(suite, "testcase", name="readable", classname=name)
    error = ElementTree.SubElement(case, "error", message=printable(str(fault.error)))
    error.set("type", type(fault.error).__name__)
    _count(suite)


def _count(suite: ElementTree.Element) -> None:
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("errors", str(len(suite.findall("testcase/error"))))


FORMATS = (Format("junit", "JUnit XML", render),)
