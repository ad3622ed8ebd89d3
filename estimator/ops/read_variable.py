"""READ_VARIABLE, after kernels/read_variable.cc and micro_resource_variable.cc (90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, Node, OperatorModel
from estimator.ops._checks import eval_input, eval_output
from estimator.ops._require import types
from estimator.ops._variables import variables_after_prepare
from estimator.ops._work import data_movement


def prepare(node: Node) -> None:
    given, results = len(node.op.inputs), len(node.op.outputs)
    node.ensure(
        (given, results) == (1, 1),
        f"it has {given} inputs and {results} outputs, not 1 and 1", aborts=True,
    )  # fmt: skip
    handle = node.temp_input(0)
    types(node, handle, (DType.RESOURCE,), "handle", aborts=True)
    node.ensure(handle.elements == 1, f"its handle has {handle.elements} elements", aborts=True)


def invoke(node: Node) -> None:
    """A handle that comes from another subgraph is known at run time only."""
    value = eval_output(node, 0)
    variables = variables_after_prepare(node.graph)
    index = variables.id_of(node.subgraph, eval_input(node, 0))
    if index is None:
        return
    node.ensure(
        0 <= index < len(variables.handles), f"there is no resource variable {index}",
        fix="create it with a VAR_HANDLE",
    )  # fmt: skip
    size = variables.sizes_bytes.get(index)
    node.ensure(
        size is not None,
        "the variable that it reads has no memory: no ASSIGN_VARIABLE follows its VAR_HANDLE in "
        "the same subgraph",
        aborts=True,
    )
    node.ensure(
        size == value.size_bytes,
        f"it reads {value.size_bytes} bytes from a variable of {size}",
        tensor=value, aborts=True,
    )  # fmt: skip


OPERATORS = (
    OperatorModel(
        name="READ_VARIABLE",
        resolver="AddReadVariable",
        source="kernels/read_variable.cc",
        parse=Answer.NONE,
        reference=Kernel(init=Answer.NONE, prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=data_movement,
    ),
)
