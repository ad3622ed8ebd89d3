"""Executed instructions of a model: how often loop bodies run x what a pass of them costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from estimator.analysis.work import ModelWork
from estimator.facts.calibration import InstructionCosts
from estimator.facts.runtime import Kernels, Runtime
from estimator.graph import Graph, Op, Subgraph
from estimator.loops import OperatorLoops
from estimator.opmodel import Answer, LayerKind, Node
from estimator.quantity import Basis, Quantity

MAXIMUM_IMAGE_SIDE = 1 << 14
"""Windows are counted position by position; no larger image fits a microcontroller."""


@dataclass(frozen=True, slots=True)
class ModelInstructions:
    """Executed instructions of one inference.

    Attributes:
        operators: per operator of the main subgraph, None where they can't be told.
        by_kind: by kind of layer; None unless all operators are known.
        total: 90 % interval.
    """

    operators: tuple[float | None, ...]
    by_kind: Mapping[LayerKind, float] | None
    total: Quantity


def model_instructions(
    graph: Graph,
    runtime: Runtime,
    work: ModelWork,
    loops: Mapping[str, OperatorLoops],
    costs: InstructionCosts | None,
) -> ModelInstructions:
    """Count the instructions of every operator of the main subgraph.

    Args:
        graph: the model.
        runtime: how TFLM is built.
        work: of the model, for the kinds of its layers.
        loops: operator name -> how often its loop bodies run.
        costs: of the core and kernel library; None where none were fitted.
    """
    if costs is None:
        reason = f"no instruction counts of {runtime.core.name} with {runtime.kernels.value}"
        return ModelInstructions(
            (None,) * len(graph.main.operators), None, Quantity.unknown(reason)
        )
    counts = tuple(
        operator_instructions(graph, graph.main, op, runtime, loops, costs)
        for op in graph.main.operators
    )
    return sum_instructions(work, counts, costs)


def sum_instructions(
    work: ModelWork, counts: tuple[float | None, ...], costs: InstructionCosts
) -> ModelInstructions:
    """Join the counts of all operators of the main subgraph."""
    unknown = sorted({entry.name for entry, n in zip(work.operators, counts) if n is None})
    if unknown:
        reason = f"the instructions of {', '.join(unknown)} are not modelled for these shapes"
        return ModelInstructions(counts, None, Quantity.unknown(reason))
    by_kind: dict[LayerKind, float] = {}
    for entry, count in zip(work.operators, counts):
        kind = entry.work.kind if entry.work is not None else LayerKind.DATA_MOVEMENT
        by_kind[kind] = by_kind.get(kind, 0.0) + (count or 0.0)
    best = sum(by_kind.values())
    low, high = costs.ratio
    total = Quantity(
        float(round(best * low)), float(round(best)), float(round(best * high)),
        Basis.CALIBRATED, costs.source,
    )  # fmt: skip
    return ModelInstructions(counts, by_kind, total)


def operator_instructions(
    graph: Graph,
    subgraph: Subgraph,
    op: Op,
    runtime: Runtime,
    loops: Mapping[str, OperatorLoops],
    costs: InstructionCosts,
) -> float | None:
    """Executed instructions of one operator; None where a loop body or its cost is not known."""
    counts = operator_counts(graph, subgraph, op, runtime, loops)
    if counts is None or any(body not in costs.costs for body in counts):
        return None
    return sum(costs.costs[body] * passes for body, passes in counts.items())


def operator_counts(
    graph: Graph,
    subgraph: Subgraph,
    op: Op,
    runtime: Runtime,
    loops: Mapping[str, OperatorLoops],
) -> Mapping[str, float] | None:
    """How often each loop body of an operator's kernel runs; None where that isn't described."""
    model = loops.get(op.name)
    if model is None or _huge(subgraph, op):
        return None
    describe = model.reference
    if runtime.kernels is Kernels.CMSIS_NN and not isinstance(model.cmsis_nn, Answer):
        describe = model.cmsis_nn
    try:
        return describe(Node(graph, subgraph, op, runtime, ""))
    except ValueError:  # Tensor.values(): a constant of a type that the kernel doesn't look at
        return None


def _huge(subgraph: Subgraph, op: Op) -> bool:
    shapes = (subgraph.tensors[index].shape for index in (*op.inputs, *op.outputs) if index >= 0)
    return any(len(shape) == 4 and max(shape[1:3]) > MAXIMUM_IMAGE_SIDE for shape in shapes)
