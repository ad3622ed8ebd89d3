"""Each rule of estimator/checks/ fires on its case and stays silent on the other."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from estimator.checks import device_rules, model_rules, rules
from estimator.lint import Problem, Subject
from estimator.quantity import Quantity
from tests.unit.checks.building import subject

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CASES = Path(__file__).parents[2] / "cases" / "checks"
CHECKS = Path(__file__).parents[3] / "estimator" / "checks"
PLUGINS = (*model_rules(), *device_rules())
FIELDS = {
    "tensors", "operators", "outputs", "metadata", "offline", "description", "size_bytes",
    "target", "kernels", "budget", "thresholds", "ranges", "expect", "copies", "unknown",
}  # fmt: skip


def _module(rule: Any) -> str:
    return str(rule.check.__module__).rpartition(".")[2]


def _case(rule: Any, which: str) -> dict[str, Any]:
    path = CASES / f"{_module(rule)}.toml"
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    base = document.get("base", {})
    case: dict[str, Any] = {**base, **document[which]}
    assert not set(case) - FIELDS, f"unknown fields: {set(case) - FIELDS}"
    return case


def _run(rule: Any, case: dict[str, Any], folder: Path) -> list[Problem]:
    copies = case.get("copies", 1)
    subjects: tuple[Subject, ...] = tuple(
        subject(case, folder, f"model{i}.tflite") for i in range(copies)
    )
    if rule in device_rules():
        return list(rule.check(subjects[0].budget, subjects))
    return list(rule.check(subjects[0]))


@pytest.mark.parametrize("rule", PLUGINS, ids=_module)
def test_rule_fires(rule: Any, tmp_path: Path) -> None:
    case = _case(rule, "fires")
    problems = _run(rule, case, tmp_path)
    expect = case["expect"]
    assert len(problems) == expect.get("count", 1)
    first = problems[0]
    assert expect["contains"] in first.message
    for field in ("operator", "tensor"):
        if field in expect:
            assert getattr(first, field) == expect[field]


@pytest.mark.parametrize("rule", PLUGINS, ids=_module)
def test_rule_stays_silent(rule: Any, tmp_path: Path) -> None:
    assert _run(rule, _case(rule, "silent"), tmp_path) == []


def test_each_rule_has_a_file_a_case_and_documentation() -> None:
    files = {path.stem for path in CHECKS.glob("[!_]*.py")}
    assert files == {_module(rule) for rule in PLUGINS}
    assert {path.stem for path in CASES.glob("*.toml")} == files
    for rule in rules():
        text = rule.documentation
        assert "\n\nWhy: " in text and "\n\nHow to fix: " in text, rule.code
        assert rule.code.startswith("MCU") and len(rule.code) == 6
        assert rule.name == rule.name.lower() and " " not in rule.name


def test_the_known_part_of_an_unknown_sum_can_be_over_already(tmp_path: Path) -> None:
    rule = next(rule for rule in model_rules() if rule.code == "MCU108")
    case = {**_case(rule, "fires"), "target": "stm32f446re"}
    found = subject(case, tmp_path)
    unknown = Quantity.unknown("no code was measured")
    sram = replace(found.estimate.sram, total_bytes=unknown)
    blind = replace(found, estimate=replace(found.estimate, sram=sram))
    (problem,) = rule.check(blind)
    assert problem.message.startswith("needs at least 2,0")
    budget = replace(found.budget, sram_bytes=100_000)
    blind = replace(blind, budget=budget)
    over = next(rule for rule in model_rules() if rule.code == "MCU101")
    assert ["at least" in problem.message for problem in over.check(blind)] == [True]
    missing = next(rule for rule in model_rules() if rule.code == "MCU107")
    assert list(missing.check(blind)) == []
