"""Small graphs, and their trace, for tests of operators that depend on other operators."""

from __future__ import annotations

from collections.abc import Sequence

from estimator.analysis.tracing import Traces, trace_operators
from estimator.facts.layout import load_layout
from estimator.facts.runtime import Core, Kernels, Runtime
from estimator.graph import DType, Graph, Op, OptionValue, Subgraph, Tensor
from estimator.opmodel import RequestKind
from estimator.ops import operators


def tensor(index: int, shape: tuple[int, ...], dtype: DType, data: bytes | None = None) -> Tensor:
    view = memoryview(data) if data is not None else None
    return Tensor(index, f"t{index}", shape, dtype, data=view, buffer=index + 1)


def op(
    index: int,
    name: str,
    inputs: tuple[int, ...],
    outputs: tuple[int, ...],
    **options: OptionValue,
) -> Op:
    return Op(index, name, inputs, outputs, options=options or None)


def subgraph(
    index: int,
    tensors: Sequence[Tensor],
    operators_: Sequence[Op],
    inputs: tuple[int, ...] = (),
    outputs: tuple[int, ...] = (),
) -> Subgraph:
    return Subgraph(index, f"g{index}", tuple(tensors), inputs, outputs, tuple(operators_))


def traced(graph: Graph, layout: str = "arm-none-eabi") -> Traces:
    """All operators under the reference kernels."""
    runtime = Runtime(Kernels.REFERENCE, Core("cortex-m4", dsp=True), load_layout(layout))
    return trace_operators(graph, runtime, operators())


def sizes(traces: Traces, kind: RequestKind) -> list[list[int]]:
    """Bytes that each operator's Prepare asks for, in order."""
    return [
        [request.size_bytes for request in steps.prepare if request.kind is kind]
        for steps in traces.operators
    ]
