"""RESIZE_NEAREST_NEIGHBOR, after kernels/resize_nearest_neighbor.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, Node, OperatorModel, params
from estimator.ops._checks import is_constant
from estimator.ops._resize import checked_size, invoke
from estimator.ops._work import data_movement


def prepare(node: Node) -> None:
    size = checked_size(node)
    node.ensure(size.shape[0] == 2, f"its size has {size.shape[0]} elements, not 2", tensor=size)
    is_constant(node, size, "size")


OPERATORS = (
    OperatorModel(
        name="RESIZE_NEAREST_NEIGHBOR",
        resolver="AddResizeNearestNeighbor",
        source="kernels/resize_nearest_neighbor.cc",
        parse=params("TfLiteResizeNearestNeighborParams"),
        reference=Kernel(
            init=Answer.NONE,
            prepare=prepare,
            invoke=invoke(DType.FLOAT32, DType.INT8, DType.INT16),
        ),
        cmsis_nn=Answer.FALLBACK,
        work=data_movement,
    ),
)
