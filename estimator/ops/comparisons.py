"""EQUAL, NOT_EQUAL, GREATER, GREATER_EQUAL, LESS, LESS_EQUAL, after kernels/comparisons.cc.

tflite-micro 90b983c2.
"""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel, op_data
from estimator.ops._quantization import REQUANTIZE
from estimator.ops._require import types
from estimator.ops._two_inputs import both_inputs, walkable
from estimator.ops._work import per_element

ORDERED = (DType.FLOAT32, DType.INT32, DType.INT64, DType.INT8)


def prepare(node: Node) -> None:
    first, second = node.temp_input(0), node.temp_input(1)
    if first.dtype is DType.INT8:
        for tensor in (first, second):
            node.ensure(  # QuantizeMultiplierSmallerThanOneExp
                0 < tensor.scale < 1,
                f"INT8 inputs need scales between 0 and 1: tensor {tensor.index} has "
                f"{tensor.scale:g}",
                tensor=tensor, fix=REQUANTIZE, aborts=True,
            )  # fmt: skip


def _comparison(name: str, *dtypes: DType) -> OperatorModel:
    def invoke(node: Node) -> None:
        types(node, both_inputs(node)[0], dtypes, "input")
        walkable(node)

    return OperatorModel(
        name=name,
        resolver="Add" + name.title().replace("_", ""),
        source="kernels/comparisons.cc",
        parse=Answer.NONE,
        reference=Kernel(init=op_data("comparisons.cc:OpData"), prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=per_element(LayerKind.ELEMENTWISE),
    )


OPERATORS = (
    _comparison("EQUAL", *ORDERED, DType.BOOL),
    _comparison("NOT_EQUAL", *ORDERED, DType.BOOL),
    _comparison("GREATER", *ORDERED, DType.INT16),
    _comparison("GREATER_EQUAL", *ORDERED),
    _comparison("LESS", *ORDERED),
    _comparison("LESS_EQUAL", *ORDERED),
)
