"""The steps that BATCH_TO_SPACE_ND and SPACE_TO_BATCH_ND share.

Mirrors kernels/batch_to_space_nd.cc, space_to_batch_nd.cc and the assertions of their reference
loops in tensorflow/lite/kernels/internal/reference (tflite-micro 90b983c2).
"""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Node
from estimator.ops._checks import eval_input, eval_output, int32_values
from estimator.ops._require import arity, same_type, types


def prepare(node: Node) -> None:
    arity(node, 3, 1)
    source = node.temp_input(0)
    output = node.temp_output(0)
    for tensor, role in ((source, "input"), (output, "output")):
        node.ensure(
            3 <= tensor.rank <= 4,
            f"its {role} has rank {tensor.rank}; only 3 and 4 are supported",
            tensor=tensor,
        )
    same_type(node, source, output)


def invoke(node: Node) -> None:
    source, output = eval_input(node, 0), eval_output(node, 0)
    spatial = source.rank - 2
    for position, count, role in ((1, spatial, "block shape"), (2, 2 * spatial, "paddings")):
        tensor = eval_input(node, position)
        node.ensure(
            tensor.elements >= count,
            f"its kernel reads {count} elements of its {role}, which has {tensor.elements}",
            tensor=tensor, aborts=True,
        )  # fmt: skip
        if tensor.is_constant:
            values = int32_values(node, tensor, count)
            node.ensure(
                position == 2 or spatial == 1 or values[1] != 0,
                f"its block shape is {list(values)}: its kernel divides by the width",
                tensor=tensor, aborts=True,
            )  # fmt: skip
    types(node, source, (DType.FLOAT32, DType.INT8), "input")
    node.ensure(
        source.rank == output.rank,
        f"its input has rank {source.rank}, its output {output.rank}",
        tensor=output, aborts=True,
    )  # fmt: skip
