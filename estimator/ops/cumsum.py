"""CUMSUM, after kernels/cumsum.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel, params
from estimator.ops._checks import eval_input, int32_values
from estimator.ops._quantization import multiplier_below_one, ratio
from estimator.ops._require import arity, same_type, types
from estimator.ops._work import per_element

INTEGER_SHIFT = 20


def prepare(node: Node) -> None:
    arity(node, 2, 1)
    source, axis = node.temp_input(0), node.temp_input(1)
    types(node, source, (DType.FLOAT32, DType.INT8), "input")
    types(node, axis, (DType.INT32,), "axis")
    node.ensure(axis.elements == 1, f"its axis has {axis.elements} elements, not 1", tensor=axis)
    node.ensure(source.rank >= 1, "its input is a scalar", tensor=source)
    output = node.temp_output(0)
    same_type(node, source, output)
    node.ensure(
        source.shape == output.shape,
        f"its input {list(source.shape)} and output {list(output.shape)} differ in shape",
        tensor=output,
    )
    if output.dtype is DType.INT8:
        node.allocate_persistent_struct("cumsum.cc:OpData")
        doubled = 2 * source.scale
        multiplier = ratio(source.scale, doubled)
        multiplier_below_one(node, multiplier, "the input's multiplier", source)
        multiplier = ratio(doubled, (1 << INTEGER_SHIFT) * output.scale)
        multiplier_below_one(node, multiplier, "the output's multiplier", output)


def invoke(node: Node) -> None:
    source, axis = eval_input(node, 0), eval_input(node, 1)
    if axis.is_constant:
        value = int32_values(node, axis, 1)[0]
        node.ensure(
            -source.rank <= value < source.rank,
            f"its axis {value} is not in an input of rank {source.rank}", tensor=axis,
        )  # fmt: skip


OPERATORS = (
    OperatorModel(
        name="CUMSUM",
        resolver="AddCumSum",
        source="kernels/cumsum.cc",
        parse=params("TfLiteCumsumParams"),
        reference=Kernel(init=Answer.NONE, prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=per_element(LayerKind.ELEMENTWISE),
    ),
)
