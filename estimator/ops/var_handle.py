"""VAR_HANDLE, after kernels/var_handle.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel, Work, op_data, params
from estimator.ops._checks import eval_output
from estimator.ops._require import CONVERT
from estimator.ops._variables import handle, variables_before
from estimator.ops._work import work


def prepare(node: Node) -> None:
    """The application's MicroResourceVariables are taken to exist and to have room."""
    node.ensure(
        isinstance(node.options.get("shared_name"), str),
        "it names no variable: TFLM compares with a null pointer", fix=CONVERT, aborts=True,
    )  # fmt: skip
    before = variables_before(node.graph, node.subgraph.index, node.op.index)
    node.ensure(
        not before.compares_null(*handle(node.op)),
        "it names a container, an earlier VAR_HANDLE names none: TFLM compares with a null pointer",
        fix="name a container in all of them, or in none", aborts=True,
    )  # fmt: skip
    node.owns(eval_output(node, 0), "resource id")


def control_work(node: Node) -> Work:
    """It sets a pointer."""
    return work(node, LayerKind.CONTROL)


OPERATORS = (
    OperatorModel(
        name="VAR_HANDLE",
        resolver="AddVarHandle",
        source="kernels/var_handle.cc",
        parse=params("TfLiteVarHandleParams"),
        reference=Kernel(init=op_data("var_handle.cc:OpData"), prepare=prepare, invoke=Answer.NONE),
        cmsis_nn=Answer.FALLBACK,
        work=control_work,
    ),
)
