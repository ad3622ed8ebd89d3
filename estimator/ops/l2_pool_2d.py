"""L2_POOL_2D, after kernels/l2_pool_2d.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.geometry import output_size
from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel, Work, params
from estimator.ops._checks import create_writable_dims
from estimator.ops._require import arity, rank, same_type, types
from estimator.ops._work import output_elements, work


def prepare(node: Node) -> None:
    arity(node, 1, 1)
    output = node.temp_output(0)
    source = node.temp_input(0)
    rank(node, source, 4, "input")
    rank(node, output, 4, "output")
    same_type(node, source, output)
    types(node, source, (DType.FLOAT32,), "input")
    batches, height, width, channels = source.shape
    option = node.option
    rows = output_size(option("padding"), height, option("filter_height"), option("stride_h"))
    columns = output_size(option("padding"), width, option("filter_width"), option("stride_w"))
    create_writable_dims(node, output, (batches, rows, columns, channels))


def l2_pool_work(node: Node) -> Work:
    """A square and an addition per element of the window, and a root per output element."""
    window = node.option("filter_height") * node.option("filter_width")
    return work(node, LayerKind.POOLING, other_ops=(2 * window + 1) * output_elements(node))


OPERATORS = (
    OperatorModel(
        name="L2_POOL_2D",
        resolver="AddL2Pool2D",
        source="kernels/l2_pool_2d.cc",
        parse=params("TfLitePoolParams"),
        reference=Kernel(init=Answer.NONE, prepare=prepare, invoke=Answer.NONE),
        cmsis_nn=Answer.FALLBACK,
        work=l2_pool_work,
    ),
)
