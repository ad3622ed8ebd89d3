"""IF, after kernels/if.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel, Work, op_data, params
from estimator.ops._require import types
from estimator.ops._subgraphs import called, copied, inputs, operator_tensors, outputs, same_count
from estimator.ops._work import work

CONDITION = 0


def prepare(node: Node) -> None:
    """Checks the counts of the then branch alone; those of the other are met by Invoke."""
    node.ensure(len(node.op.inputs) > 0, "it has no condition")
    condition = node.temp_input(CONDITION)
    types(node, condition, (DType.BOOL,), "condition")
    node.ensure(
        condition.elements == 1, f"its condition has {condition.elements} elements, not 1",
        tensor=condition,
    )  # fmt: skip
    then_branch = called(node, "then_subgraph_index")
    called(node, "else_subgraph_index")
    same_count(node, len(node.op.inputs) - 1, len(then_branch.inputs), "inputs of the then branch")
    same_count(node, len(node.op.outputs), len(then_branch.outputs), "outputs of the then branch")


def invoke(node: Node) -> None:
    """Which branch runs is known at run time; either must fit."""
    given = operator_tensors(node, node.op.inputs)[1:]
    results = operator_tensors(node, node.op.outputs)
    for option in ("then_subgraph_index", "else_subgraph_index"):
        branch = called(node, option)
        name = option.split("_")[0]
        copied(node, given, inputs(branch), f"inputs of the {name} branch, when it is taken")
        if branch.outputs:
            what = f"outputs of the {name} branch, when it is taken"
            copied(node, outputs(branch), results, what)


def control_work(node: Node) -> Work:
    """The copies in and out; the branch's operators have work of their own."""
    return work(node, LayerKind.CONTROL)


OPERATORS = (
    OperatorModel(
        name="IF",
        resolver="AddIf",
        source="kernels/if.cc",
        parse=params("TfLiteIfParams"),
        reference=Kernel(init=op_data("if.cc:OpData"), prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=control_work,
    ),
)
