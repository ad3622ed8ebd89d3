"""The model uses a custom operator that this build of TFLM doesn't have and that isn't declared.

Why: the interpreter stops unless the application registers it; and what it asks of the arena can't
be known from the file.

How to fix: declare it in the configuration, with the bytes that its Init and Prepare ask for:
`[custom-operators.NAME]` with `persistent_bytes`, `scratch_bytes` and, if you know them, `macs`.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.checks._refusals import is_custom, problems
from estimator.lint import Problem, Rule, Severity, Subject
from estimator.opmodel import Stage


def check(subject: Subject) -> Iterator[Problem]:
    return problems(subject, lambda r: r.stage is Stage.LOAD and is_custom(subject, r))


RULES = (Rule("MCU206", "unknown-custom-operator", Severity.ERROR, check),)
