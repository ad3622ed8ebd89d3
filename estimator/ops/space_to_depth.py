"""SPACE_TO_DEPTH, after kernels/space_to_depth.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.opmodel import Answer, Kernel, Node, OperatorModel, params
from estimator.ops._checks import create_writable_dims
from estimator.ops._depth_space import checked_tensors, invoke
from estimator.ops._work import data_movement


def prepare(node: Node) -> None:
    source, output = checked_tensors(node)
    block = node.option("block_size")
    node.ensure(block != 0, "its block size is 0: its kernel divides by zero", aborts=True)
    batch, height, width, channels = source.shape
    node.ensure(
        height % block == 0 and width % block == 0,
        f"its input of {height} x {width} is no multiple of the block size {block}",
        tensor=source,
    )
    shape = (batch, int(height / block), int(width / block), channels * block**2)
    create_writable_dims(node, output, shape)


OPERATORS = (
    OperatorModel(
        name="SPACE_TO_DEPTH",
        resolver="AddSpaceToDepth",
        source="kernels/space_to_depth.cc",
        parse=params("TfLiteSpaceToDepthParams"),
        reference=Kernel(init=Answer.NONE, prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=data_movement,
    ),
)
