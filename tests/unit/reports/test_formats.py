"""Every format of findings: valid by a reader of its own, and hostile names do nothing in it."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import junitparser
import pytest
import sarif_pydantic

from estimator.checks import rules
from estimator.errors import ConfigError, ModelError
from estimator.lint import (
    CheckReport,
    Fault,
    Finding,
    Location,
    Problem,
    Rule,
    Severity,
    Subject,
    make_finding,
    to_finding,
)
from estimator.reports._format import Style
from estimator.reports.findings import formats
from tests.unit.checks.building import subject

NAME = 'w\x1b[31m\u202e\n::error::%0A<img src=x>|`@team`"]]>&,:\x00\ud800'
STYLE = Style(version="1.2.3")


def _model(tmp_path: Path, name: str = NAME) -> Subject:
    case = {"tensors": ["in: INT8 1x8 q", "out: INT8 1x8 q"], "operators": ["RELU in -> out"]}
    clean = subject(case, tmp_path)
    graph = clean.estimate.graph
    tensors = tuple(replace(tensor, name=name) for tensor in graph.main.tensors)
    graph = replace(graph, subgraphs=(replace(graph.main, tensors=tensors),))
    return replace(clean, estimate=replace(clean.estimate, graph=graph))


@pytest.fixture
def report(tmp_path: Path) -> CheckReport:
    model = _model(tmp_path)
    error = Rule("MCU101", "sram-over-budget", Severity.ERROR, lambda _: ())
    advice = Rule("MCU705", "missing-description", Severity.ADVICE, lambda _: ())
    findings = (
        to_finding(
            error, Problem(f"names {NAME} twice", f"fix {NAME}", 0, 0, start=8, end=24), model
        ),
        to_finding(advice, Problem("no description"), model),
        make_finding(error, "about the lock", "", "mculint.lock"),
    )
    fault = Fault("broken.tflite", ModelError(f"is {NAME}", where="broken.tflite"))
    return CheckReport((model,), findings, (fault,), 3, rules())


@pytest.mark.parametrize("name", sorted(formats()))
def test_no_format_lets_a_control_character_through(name: str, report: CheckReport) -> None:
    text = formats()[name].render(report, STYLE)
    assert text.endswith("\n")
    text.encode("utf-8")  # no lone surrogates
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202e]", text)


def test_text_reads_like_ruff(report: CheckReport) -> None:
    lines = formats()["text"].render(report, STYLE).splitlines()
    assert lines[0].startswith("error: broken.tflite: is w\\x1b[31m\\u202e\\x0a:\\x3aerror::")
    assert lines[1].startswith("model.tflite: subgraphs[0].operators[0] RELU: MCU101 error: names ")
    assert lines[-1] == (
        "Checked 1 model: 2 errors, 1 advice (3 suppressed); 1 file could not be read."
    )


def test_text_is_coloured_only_when_asked(report: CheckReport) -> None:
    assert "\x1b[1;31mMCU101\x1b[0m" in formats()["text"].render(report, Style(colour=True))


def test_quiet_text_has_no_advice(report: CheckReport) -> None:
    text = formats()["text"].render(report, Style(quiet=True))
    assert "MCU705" not in text and "Checked" not in text and "MCU101" in text


def test_json_is_complete(report: CheckReport) -> None:
    document = json.loads(formats()["json"].render(report, STYLE))
    assert document["summary"] == {
        "models": 1, "error": 2, "warning": 0, "advice": 1, "findings": 3, "suppressed": 3,
        "errors": 1,
    }  # fmt: skip
    first = document["findings"][0]
    assert first["location"]["tensor_name"] == NAME and first["location"]["end_byte"] == 24
    assert document["models"][0]["arena"]["basis"] == "exact"
    assert document["models"][0]["latency"]["best"] is None
    assert document["errors"][0]["path"] == "broken.tflite"


def _extras(value: Any, path: str = "") -> list[str]:
    """Properties that the SARIF standard doesn't have."""
    if isinstance(value, list):
        return [extra for item in value for extra in _extras(item, path)]
    if not hasattr(value, "model_fields_set"):
        return []
    found = [f"{path}.{key}" for key in value.model_extra or {}]
    for field in type(value).model_fields:
        if field != "properties":
            found += _extras(getattr(value, field), f"{path}.{field}")
    return found


def test_sarif_is_valid_and_locates(report: CheckReport) -> None:
    text = formats()["sarif"].render(report, STYLE)
    log = sarif_pydantic.Sarif.model_validate(json.loads(text))
    # Two properties of the standard that sarif-pydantic 0.6 does not know.
    assert set(_extras(log)) <= {".runs.columnKind", ".runs.invocations.toolExecutionNotifications"}
    (run,) = json.loads(text)["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [r.code for r in rules()]
    result = run["results"][0]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "MCU101"
    (location,) = result["locations"]
    assert location["physicalLocation"]["region"] == {"byteOffset": 8, "byteLength": 16}
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "subgraphs[0].operators[0] RELU"
    assert result["partialFingerprints"]["mculint/v1"] == report.findings[0].fingerprint
    assert not run["invocations"][0]["executionSuccessful"]


def test_sarif_follows_the_official_schema(report: CheckReport) -> None:
    path = os.environ.get("MCULINT_SARIF_SCHEMA")
    if not path:
        pytest.skip("MCULINT_SARIF_SCHEMA names no copy of OASIS's sarif-schema-2.1.0.json")
    import jsonschema

    schema = json.loads(Path(path).read_text(encoding="utf-8"))
    jsonschema.validate(json.loads(formats()["sarif"].render(report, STYLE)), schema)


def test_fingerprints_outlive_numbers_and_tell_places_apart(tmp_path: Path) -> None:
    rule = Rule("MCU501", "odd-channels", Severity.ADVICE, lambda _: ())
    model = _model(tmp_path, "conv")
    before = to_finding(rule, Problem("6 channels", "", 0, 0), model)
    after = to_finding(rule, Problem("7 channels", "", 0, 0), model)
    elsewhere = to_finding(rule, Problem("6 channels", "", 0, None, 0), model)
    assert before.fingerprint == after.fingerprint != elsewhere.fingerprint


def test_junit_is_read_by_a_junit_reader(report: CheckReport) -> None:
    suites = junitparser.JUnitXml.fromstring(formats()["junit"].render(report, STYLE))
    assert (suites.failures, suites.errors) == (2, 1)
    model, configuration, unreadable = list(suites)
    assert model.name == "model.tflite" and model.tests == len(rules())
    failed = [
        case.name
        for case in model
        if case.result and case.result[0].__class__.__name__ == "Failure"
    ]
    assert failed == ["MCU101 sram-over-budget"]
    assert [case.classname for case in configuration] == ["mculint.lock"]
    assert unreadable.errors == 1


def test_github_annotations_are_one_command_per_line(report: CheckReport) -> None:
    lines = formats()["github"].render(report, STYLE).splitlines()
    assert len(lines) == 4
    for line in lines:
        assert re.fullmatch(r"::(error|warning|notice) file=[^,:]+,title=[^:,]+::.+", line)
    assert "%250A" in lines[1]


def test_gitlab_issues_have_what_gitlab_needs(report: CheckReport) -> None:
    issues = json.loads(formats()["gitlab"].render(report, STYLE))
    for issue in issues:
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert issue["location"]["lines"]["begin"] == 1
    assert len({issue["fingerprint"] for issue in issues}) == len(issues) == 4


def test_markdown_formats_nothing_of_a_name(report: CheckReport) -> None:
    text = formats()["markdown"].render(report, STYLE)
    row = next(line for line in text.splitlines() if "MCU101" in line and "twice" in line)
    assert row.count("|") == 5  # five separators of four cells
    assert "<img" not in text and "@team" not in text and "`" not in row


def test_csv_is_read_back(report: CheckReport) -> None:
    rows = list(csv.DictReader(io.StringIO(formats()["csv"].render(report, STYLE))))
    assert len(rows) == 4
    assert rows[1]["code"] == "MCU101" and rows[1]["start_byte"] == "8"


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@SUM(A1)"])
def test_csv_has_no_formulas(value: str, tmp_path: Path) -> None:
    model = _model(tmp_path)
    finding = Finding("MCU101", "r", Severity.ERROR, value, value, "m", "", Location(), "f")
    text = formats()["csv"].render(CheckReport((model,), (finding,)), STYLE)
    row = next(iter(csv.DictReader(io.StringIO(text))))
    assert row["message"] == f"'{value}"


def test_model_explorer_keys_nodes_by_operator(report: CheckReport) -> None:
    document = json.loads(formats()["model-explorer"].render(report, STYLE))
    assert list(document) == ["main"]
    value = document["main"]["results"]["0"]["value"]
    assert value.startswith("32 B live; MCU101 names w\\x1b")
    live = json.loads(formats()["model-explorer-live"].render(report, STYLE))
    assert live["main"]["results"] == {"0": {"value": 32}}
    assert live["main"]["gradient"][0]["stop"] == 0


def test_model_explorer_takes_one_model(report: CheckReport) -> None:
    two = replace(report, subjects=report.subjects * 2)
    with pytest.raises(ConfigError, match="one model in one deployment, not 2"):
        formats()["model-explorer"].render(two, STYLE)
