"""WHILE, after kernels/while.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel, Work, op_data, params
from estimator.ops._subgraphs import called, copied, inputs, operator_tensors, outputs, same_count
from estimator.ops._work import work


def prepare(node: Node) -> None:
    condition = called(node, "cond_subgraph_index")
    body = called(node, "body_subgraph_index")
    given, results = len(node.op.inputs), len(node.op.outputs)
    same_count(node, given, len(condition.inputs), "inputs of the condition")
    same_count(node, given, len(body.inputs), "inputs of the body")
    same_count(node, given, results, "inputs and outputs")
    same_count(node, results, len(body.outputs), "outputs of the body")


def invoke(node: Node) -> None:
    """The body runs if the condition holds at all; its copies must fit where it does."""
    given = operator_tensors(node, node.op.inputs)
    results = operator_tensors(node, node.op.outputs)
    condition = called(node, "cond_subgraph_index")
    body = called(node, "body_subgraph_index")
    copied(node, given, inputs(condition), "inputs of the condition")
    copied(node, given, results, "inputs and outputs")
    node.ensure(
        len(condition.outputs) > 0, "its condition has no output, which Invoke reads", aborts=True
    )
    copied(node, results, inputs(body), "inputs of the body")
    if body.outputs:
        copied(node, outputs(body), results, "outputs of the body")
    copied(node, results, inputs(condition), "inputs of the condition, after the body")


def control_work(node: Node) -> Work:
    """The copies in and out; the subgraphs' operators have work of their own."""
    return work(node, LayerKind.CONTROL)


OPERATORS = (
    OperatorModel(
        name="WHILE",
        resolver="AddWhile",
        source="kernels/while.cc",
        parse=params("TfLiteWhileParams"),
        reference=Kernel(init=op_data("while.cc:OpData"), prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=control_work,
    ),
)
