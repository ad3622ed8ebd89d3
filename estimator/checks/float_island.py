"""A quantized model computes in float in between.

Why: DEQUANTIZE, the float operators and QUANTIZE each write a tensor of four bytes per element
into the arena, and run in reference kernels. Usually one layer that the converter couldn't
quantize is the cause.

How to fix: replace the layer by one with an int8 kernel, or move it to the end of the model, into
the application.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.checks._graph import computes_in_float, is_quantized_model
from estimator.graph import Op, Subgraph
from estimator.lint import Problem, Rule, Severity, Subject

_BORDERS = frozenset({"QUANTIZE", "DEQUANTIZE"})


def check(subject: Subject) -> Iterator[Problem]:
    graph = subject.estimate.graph
    if not is_quantized_model(graph):
        return
    for subgraph in graph.subgraphs:
        for island in _islands(subgraph):
            names = ", ".join(dict.fromkeys(op.name for op in island))
            yield Problem(
                f"{len(island)} operators compute in float inside a quantized model: {names}",
                "use layers that have int8 kernels", subgraph.index, island[0].index,
            )  # fmt: skip


def _islands(subgraph: Subgraph) -> Iterator[list[Op]]:
    """Runs of float operators in execution order."""
    island: list[Op] = []
    for op in subgraph.operators:
        if op.name not in _BORDERS and computes_in_float(subgraph, op):
            island.append(op)
        elif island and op.name not in _BORDERS:
            yield island
            island = []
    if island:
        yield island


RULES = (Rule("MCU402", "float-island", Severity.WARNING, check),)
