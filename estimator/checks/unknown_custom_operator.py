"""The model uses a custom operator that TFLM doesn't have and that isn't declared.

Why: the interpreter stops unless the application registers it; and what it asks of the arena can't
be known from the file.

How to fix: declare it in the configuration, with the bytes that its Init and Prepare ask for:
`[custom-operators.NAME]` with `persistent_bytes`, `scratch_bytes` and, if you know them, `macs`.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.checks._graph import ops
from estimator.lint import Problem, Rule, Severity, Subject


def check(subject: Subject) -> Iterator[Problem]:
    for subgraph, op in ops(subject):
        if op.is_custom and op.name not in subject.operators:
            yield Problem(
                f"custom operator {op.name!r} is not in TFLM [micro_op_resolver.cc, load]",
                "declare it under [custom-operators] if the firmware registers it, else replace it",
                subgraph.index, op.index,
            )  # fmt: skip


RULES = (Rule("MCU206", "unknown-custom-operator", Severity.ERROR, check),)
