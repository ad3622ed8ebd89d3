"""What is fuzzed: a file is read and estimated or refused with a ModelError, nothing else."""

from __future__ import annotations

import time
import zlib
from pathlib import Path

from estimator.api import ArenaOptions, Estimate, estimate
from estimator.checks import model_rules
from estimator.errors import ModelError
from estimator.gate.checking import Selection, examine
from estimator.lint import CheckReport, to_finding
from estimator.reports import as_json
from estimator.reports._format import Style
from estimator.reports.findings import formats
from estimator.settings.config import Config

SECONDS = 10.0
"""CPU time in which any file must be done (issue limit; files here are small)."""
_SETTINGS = (
    {"target": "cortex-m4", "kernels": "cmsis-nn"},
    {"target": "cortex-m55", "kernels": "cmsis-nn"},
    {"target": "cortex-m4", "kernels": "reference", "abi": "x86-64"},
    {"target": "stm32f746zg", "options": ArenaOptions(preserve_all_tensors=True)},
)
_ALL_EVERY = 16
_CONFIG = Config(root=Path.cwd())


class TooSlow(Exception):
    """A file took longer than any may take."""


def run(data: bytes) -> bool:
    """Read and estimate one file; some are labelled, checked and reported in all formats too.

    Returns:
        Whether the file was readable.

    Raises:
        Exception: a defect; ModelErrors are not.
    """
    start = time.process_time()
    choice = zlib.crc32(data)
    try:
        result = estimated(data, choice)
        if choice // 16 % _ALL_EVERY == 0:
            reported(result, data)
            checked(data)
        readable = True
    except ModelError as error:
        assert error.message and error.where, "an error must say what is wrong, and where"
        readable = False
    seconds = time.process_time() - start
    if seconds > SECONDS:
        raise TooSlow(f"{seconds:.1f} s for {len(data)} bytes")
    return readable


def estimated(data: bytes, choice: int) -> Estimate:
    result = estimate(data, **_SETTINGS[choice % len(_SETTINGS)])  # type: ignore[arg-type]
    arena = result.arena
    if arena is not None:
        assert arena.used_bytes >= 0, "a negative arena"
        assert sum(part.size_bytes for part in arena.parts) == arena.used_bytes
        assert arena.minimum_bytes % 16 == 0
    if not result.accepted:
        assert result.accepted is None or result.refusals, "refused without a reason"
    return result


def reported(result: Estimate, data: bytes) -> None:
    assert sum(result.flash.model_parts.values()) == len(data), "the labels are no partition"
    as_json.render([as_json.entry(result, "")])


def checked(data: bytes) -> None:
    subjects = tuple(examine(Path("model.tflite"), _CONFIG, Selection(), data=data))
    findings = tuple(
        to_finding(rule, problem, subject)
        for subject in subjects
        for rule in model_rules()
        for problem in rule.check(subject)
    )
    report = CheckReport(subjects, findings, (), 0, model_rules())
    for chosen in formats().values():
        chosen.render(report, Style())
