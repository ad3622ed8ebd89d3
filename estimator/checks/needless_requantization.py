"""A tensor is dequantized only to be quantized again, or quantized twice.

Why: each of the operators takes time, code and a tensor in the arena, and rounding twice costs
accuracy.

How to fix: give both sides the same quantization parameters, or convert the model in one piece
rather than in parts that are joined afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.checks._graph import consumers, producers
from estimator.lint import Problem, Rule, Severity, Subject

_PAIRS = {
    ("DEQUANTIZE", "QUANTIZE"), ("QUANTIZE", "DEQUANTIZE"), ("QUANTIZE", "QUANTIZE"),
}  # fmt: skip


def check(subject: Subject) -> Iterator[Problem]:
    for subgraph in subject.estimate.graph.subgraphs:
        written, read = producers(subgraph), consumers(subgraph)
        for op in subgraph.operators:
            before = written.get(op.inputs[0]) if op.inputs else None
            if before is None or (before.name, op.name) not in _PAIRS:
                continue
            if len(read[op.inputs[0]]) == 1:
                yield Problem(
                    f"{before.name} (operator {before.index}) feeds only {op.name}",
                    "give both sides the same quantization parameters", subgraph.index, op.index,
                )  # fmt: skip


RULES = (Rule("MCU403", "needless-requantization", Severity.WARNING, check),)
