"""ARG_MAX, ARG_MIN, after kernels/arg_min_max.cc, which has no Prepare (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType, Tensor
from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel, Work, params
from estimator.ops._checks import eval_input, eval_output, int32_values
from estimator.ops._require import CONVERT, types
from estimator.ops._work import work


def invoke(node: Node) -> None:
    source, axis, output = eval_input(node, 0), eval_input(node, 1), eval_output(node, 0)
    types(node, axis, (DType.INT32,), "axis")
    types(node, output, (DType.INT32,), "output", fix="ask for INT32 indices (output_type)")
    types(node, source, (DType.FLOAT32, DType.INT8), "input")
    if axis.is_constant:
        _check_output(node, source, int32_values(node, axis, 1)[0], output)


def _check_output(node: Node, source: Tensor, axis: int, output: Tensor) -> None:
    """reference_ops::ArgMinMax asserts that the output is the input without the axis."""
    axis = axis if axis >= 0 else axis + source.rank
    shape = source.shape[:axis] + source.shape[axis + 1 :]
    node.ensure(
        0 <= axis < source.rank and output.shape == shape,
        f"its output {list(output.shape)} is not its input {list(source.shape)} without axis "
        f"{axis} (TFLM keeps no dimension of size 1)",
        tensor=output, fix=CONVERT, aborts=True,
    )  # fmt: skip


def search_work(node: Node) -> Work:
    """One comparison per element of the input."""
    source = node.input(0)
    compared = source.elements if source is not None else 0
    return work(node, LayerKind.POOLING, other_ops=compared)


OPERATORS = tuple(
    OperatorModel(
        name=name,
        resolver=resolver,
        source="kernels/arg_min_max.cc",
        parse=params(struct),
        reference=Kernel(init=Answer.NONE, prepare=Answer.NONE, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=search_work,
    )
    for name, resolver, struct in (
        ("ARG_MAX", "AddArgMax", "TfLiteArgMaxParams"),
        ("ARG_MIN", "AddArgMin", "TfLiteArgMinParams"),
    )
)
