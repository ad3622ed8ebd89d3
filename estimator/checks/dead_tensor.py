"""The file describes tensors that nothing uses.

Why: each tensor costs a TfLiteEvalTensor (12 bytes on 32-bit cores) at the tail of the arena,
used or not, and its description in Flash.

How to fix: convert again with a current converter, which removes them.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.lint import Problem, Rule, Severity, Subject, short


def check(subject: Subject) -> Iterator[Problem]:
    layout = subject.estimate.runtime.layout
    for subgraph in subject.estimate.graph.subgraphs:
        used = {*subgraph.inputs, *subgraph.outputs}
        for op in subgraph.operators:
            used.update(op.inputs, op.outputs, op.intermediates)
        dead = [tensor for tensor in subgraph.tensors if tensor.index not in used]
        if dead:
            cost = layout.size_of("TfLiteEvalTensor") * len(dead)
            yield Problem(
                f"{len(dead)} tensors that nothing uses cost {cost:,} B of the arena; the first "
                f"is {short(dead[0].name)!r}",
                "convert again with a current converter", subgraph.index, None, dead[0].index,
                subject="dead",
            )  # fmt: skip


RULES = (Rule("MCU703", "dead-tensor", Severity.ADVICE, check),)
