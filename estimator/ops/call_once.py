"""CALL_ONCE, after kernels/call_once.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel, Work, op_data, params
from estimator.ops._require import arity
from estimator.ops._subgraphs import called
from estimator.ops._work import work


def prepare(node: Node) -> None:
    arity(node, 0, 0)
    called(node, "init_subgraph_index")


def control_work(node: Node) -> Work:
    """None of its own; it runs its subgraph at the first Invoke."""
    return work(node, LayerKind.CONTROL)


OPERATORS = (
    OperatorModel(
        name="CALL_ONCE",
        resolver="AddCallOnce",
        source="kernels/call_once.cc",
        parse=params("TfLiteCallOnceParams"),
        reference=Kernel(init=op_data("call_once.cc:OpData"), prepare=prepare, invoke=Answer.NONE),
        cmsis_nn=Answer.FALLBACK,
        work=control_work,
    ),
)
