"""`mculint check` on all real models: no crash, and what real TFLM refuses is an error."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest

from estimator.budgets import Budget
from estimator.gate.checking import check
from estimator.lint import CheckReport, Severity
from estimator.reports._format import Style
from estimator.reports.findings import formats
from estimator.settings.config import Config
from estimator.validation.recordings import recordings

REFUSED = ("MCU201", "MCU202", "MCU203", "MCU204", "MCU206")


@lru_cache(maxsize=2)
def _report(models: Path, kernels: str) -> CheckReport:
    config = Config(root=models, default=Budget(target="cortex-m4", kernels=kernels))
    return check([str(models)], config)


def test_all_models_are_checked_and_reported(shared: Path) -> None:
    report = _report(shared / "models", "cmsis-nn")
    assert report.faults == ()
    fingerprints = [finding.fingerprint for finding in report.findings]
    assert len(set(fingerprints)) == len(fingerprints)
    files = list((shared / "models").rglob("*.tflite"))
    assert len(report.subjects) == len(files) > 400
    for name, form in formats().items():
        if not name.startswith("model-explorer") and name != "html":
            assert form.render(report, Style()).endswith("\n")


@pytest.mark.parametrize("kernels", ["cmsis-nn", "reference"])
def test_what_tflm_refuses_is_an_error_that_names_its_operator(shared: Path, kernels: str) -> None:
    report = _report(shared / "models", kernels)
    errors: dict[str, list[str]] = {}
    for finding in report.findings:
        if finding.code in REFUSED:
            assert finding.severity is Severity.ERROR
            path = str(Path(finding.path).resolve())
            errors.setdefault(path, []).append(finding.location.operator_name)
    refused = 0
    for stem in ("m4", "synthetic_m4"):
        file = shared / "arena" / f"{stem}_{kernels.replace('-', '_')}.json"
        for recording in recordings(file, shared / "models"):
            record = recording.record
            if record.get("allocate_status") == 0 and record.get("invoke_status", 0) == 0:
                continue
            refused += 1
            found = errors.get(str(recording.model.resolve()))
            assert found, f"{recording} is refused and no finding says so"
            if "log" in record and "Node " in str(record["log"]):
                assert any(name and name in str(record["log"]) for name in found), recording
    assert refused > 40
