"""What one inference does: the operators' work, joined and summed by kind of layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from estimator.facts.runtime import Runtime
from estimator.graph import DType, Graph
from estimator.opmodel import LayerKind, Node, OperatorModel, Work, work_of
from estimator.transport import light

_NEARLY_ALL = 0.98


@light
@dataclass(frozen=True, slots=True)
class OperatorWork:
    """The work of one execution of one operator.

    Attributes:
        work: None where it is not modelled.
        is_int8: whether its activations are INT8.
    """

    subgraph: int
    operator: int
    name: str
    work: Work | None
    is_int8: bool = True


@dataclass(frozen=True, slots=True)
class ModelWork:
    """The work of the operators of the main subgraph, in execution order.

    Operators of other subgraphs run as often as the control flow of the main one decides, which
    a file doesn't say: they are listed in ``conditional`` and not part of the sums.

    Attributes:
        operators: of the main subgraph.
        conditional: of all other subgraphs.
        macs_by_kind: only kinds of layers with multiply-accumulates.
        int8_macs: those of operators on INT8 activations.
        unknown: names of the operators whose work is not modelled: where there are some, the
            sums are lower bounds.
    """

    operators: tuple[OperatorWork, ...]
    conditional: tuple[OperatorWork, ...]
    macs_by_kind: Mapping[LayerKind, int]
    total_macs: int
    int8_macs: int
    other_ops: int
    moved_bytes: int
    unknown: tuple[str, ...]

    @property
    def is_int8(self) -> bool:
        """Whether (nearly) all multiply-accumulates are on INT8 activations."""
        return self.int8_macs >= _NEARLY_ALL * self.total_macs

    @property
    def ops(self) -> int:
        """Operations, 1 MAC = 2 ops (arXiv 2010.11267, footnote 2)."""
        return 2 * self.total_macs


def model_work(
    graph: Graph, runtime: Runtime, models: Mapping[str, OperatorModel], *, refused: bool = False
) -> ModelWork:
    """Ask every operator for its work.

    Args:
        graph: the model.
        runtime: how TFLM is built.
        models: operator name -> what is known of it.
        refused: TFLM refuses the model.
    """
    main: list[OperatorWork] = []
    conditional: list[OperatorWork] = []
    for subgraph, op in graph.operators:
        model = models.get(op.name)
        work = None
        if model is not None:
            node = Node(graph, subgraph, op, runtime, model.source)
            work = work_of(model, node, refused=refused)
        is_int8 = any(subgraph.tensors[i].dtype is DType.INT8 for i in op.inputs[:1] if i >= 0)
        entry = OperatorWork(subgraph.index, op.index, op.name, work, is_int8)
        (main if subgraph.index == 0 else conditional).append(entry)
    return sum_work(tuple(main), tuple(conditional))


def sum_work(
    main: tuple[OperatorWork, ...], conditional: tuple[OperatorWork, ...] = ()
) -> ModelWork:
    """Join the work of the main subgraph's operators, and of those of all others."""
    known = [entry.work for entry in main if entry.work is not None]
    macs: dict[LayerKind, int] = {}
    for work in known:
        if work.macs:
            macs[work.kind] = macs.get(work.kind, 0) + work.macs
    # Which subgraphs run, and how often, is decided at run time.
    unknown = {entry.name for entry in main if entry.work is None}
    unknown |= {entry.name for entry in conditional if entry.work is None or entry.work.macs}
    return ModelWork(
        operators=main,
        conditional=conditional,
        macs_by_kind=macs,
        total_macs=sum(macs.values()),
        int8_macs=sum(entry.work.macs for entry in main if entry.work and entry.is_int8),
        other_ops=sum(work.other_ops for work in known),
        moved_bytes=sum(work.read_bytes + work.written_bytes for work in known),
        unknown=tuple(sorted(unknown)),
    )
