"""ASSIGN_VARIABLE, after kernels/assign_variable.cc and micro_resource_variable.cc (90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel, Work
from estimator.ops._checks import eval_input
from estimator.ops._compression import allocate_decompression_scratch_buffer
from estimator.ops._require import arity, types
from estimator.ops._variables import variables_after_prepare, variables_before
from estimator.ops._work import work

HANDLE, VALUE = 0, 1


def init(node: Node) -> None:
    """OpData is there only in builds with compression."""
    if node.layout.compression:
        node.allocate_persistent_struct("assign_variable.cc:OpData")


def prepare(node: Node) -> None:
    arity(node, 2, 0)
    handle = eval_input(node, HANDLE)
    types(node, handle, (DType.RESOURCE, DType.INT32), "handle")
    node.ensure(
        handle.elements == 1, f"its handle has {handle.elements} elements, not 1", tensor=handle
    )
    value = node.temp_input(VALUE)
    variables = variables_before(node.graph, node.subgraph.index, node.op.index)
    index = variables.id_of(node.subgraph, handle)
    if index is not None:
        node.ensure(
            0 <= index < len(variables.handles), f"there is no resource variable {index}",
            fix="create it with a VAR_HANDLE before",
        )  # fmt: skip
        node.ensure(
            value.size_bytes >= 0, f"its value has the dynamic shape {list(value.shape)}",
            tensor=value, fix="give the model's inputs fixed shapes before converting it",
        )  # fmt: skip
        if index not in variables.sizes_bytes:
            node.allocate_persistent_buffer(value.size_bytes, "resource variable")
    allocate_decompression_scratch_buffer(node, VALUE)


def invoke(node: Node) -> None:
    """A handle that comes from another subgraph is known at run time only."""
    value = eval_input(node, VALUE)
    variables = variables_after_prepare(node.graph)
    index = variables.id_of(node.subgraph, eval_input(node, HANDLE))
    size = variables.sizes_bytes.get(index) if index is not None else None
    node.ensure(
        size in (None, value.size_bytes),
        f"it assigns {value.size_bytes} bytes to a variable of {size}",
        tensor=value, aborts=True,
    )  # fmt: skip


def copy_work(node: Node) -> Work:
    """It copies its value into the variable, which is no tensor."""
    moved = work(node, LayerKind.DATA_MOVEMENT)
    value = node.input(VALUE)
    size = value.size_bytes if value is not None else 0
    return moved._replace(read_bytes=size, written_bytes=size)


OPERATORS = (
    OperatorModel(
        name="ASSIGN_VARIABLE",
        resolver="AddAssignVariable",
        source="kernels/assign_variable.cc",
        parse=Answer.NONE,
        reference=Kernel(init=init, prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=copy_work,
    ),
)
