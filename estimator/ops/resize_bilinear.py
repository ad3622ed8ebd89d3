"""RESIZE_BILINEAR, after kernels/resize_bilinear.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel, params
from estimator.ops._checks import is_constant
from estimator.ops._resize import checked_size, invoke
from estimator.ops._work import per_element

OPS_PER_ELEMENT = 11
"""4 weights of one product each, 4 weighted neighbours, 3 sums."""


def prepare(node: Node) -> None:
    is_constant(node, checked_size(node), "size")
    node.ensure(
        not (node.option("half_pixel_centers") and node.option("align_corners")),
        "half_pixel_centers and align_corners exclude each other",
    )


OPERATORS = (
    OperatorModel(
        name="RESIZE_BILINEAR",
        resolver="AddResizeBilinear",
        source="kernels/resize_bilinear.cc",
        parse=params("TfLiteResizeBilinearParams"),
        reference=Kernel(
            init=Answer.NONE, prepare=prepare, invoke=invoke(DType.FLOAT32, DType.INT8)
        ),
        cmsis_nn=Answer.FALLBACK,
        work=per_element(LayerKind.ELEMENTWISE, OPS_PER_ELEMENT),
    ),
)
