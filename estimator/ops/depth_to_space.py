"""DEPTH_TO_SPACE, after kernels/depth_to_space.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.opmodel import Answer, Kernel, Node, OperatorModel, params
from estimator.ops._checks import create_writable_dims
from estimator.ops._depth_space import checked_tensors, invoke
from estimator.ops._work import data_movement


def prepare(node: Node) -> None:
    source, output = checked_tensors(node)
    block = node.option("block_size")
    node.ensure(block > 0, f"its block size is {block}; it must be positive")
    batch, height, width, channels = source.shape
    node.ensure(
        channels % (block * block) == 0,
        f"its {channels} input channels are no multiple of {block} x {block}",
        tensor=source,
    )
    create_writable_dims(node, output, (batch, height * block, width * block, channels // block**2))


OPERATORS = (
    OperatorModel(
        name="DEPTH_TO_SPACE",
        resolver="AddDepthToSpace",
        source="kernels/depth_to_space.cc",
        parse=params("TfLiteDepthToSpaceParams"),
        reference=Kernel(init=Answer.NONE, prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=data_movement,
    ),
)
