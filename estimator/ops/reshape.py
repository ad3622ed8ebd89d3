"""RESHAPE, after kernels/reshape.cc and reshape_common.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from math import prod

from estimator.graph import Tensor
from estimator.opmodel import Answer, Kernel, Node, OperatorModel
from estimator.ops._checks import create_writable_dims
from estimator.ops._require import CONVERT, arity, same_type
from estimator.ops._work import data_movement

MAX_OPTION_DIMS = 8
"""Entries of TfLiteReshapeParams::shape (core/c/builtin_op_data.h)."""


def parse(node: Node) -> None:
    node.allocate_builtin_data("TfLiteReshapeParams")
    new_shape = node.options.get("new_shape")
    found = len(new_shape) if isinstance(new_shape, tuple) else 0
    node.ensure(
        found <= MAX_OPTION_DIMS,
        f"its options give {found} dimensions: the parser takes {MAX_OPTION_DIMS} at most",
    )


def prepare(node: Node) -> None:
    inputs = len(node.op.inputs)
    node.ensure(inputs in (1, 2), f"it has {inputs} inputs, not 1 or 2", fix=CONVERT)
    arity(node, None, 1)
    source, output = node.temp_input(0), node.temp_output(0)
    shape = _output_shape(node, source, output)
    same_type(node, source, output)
    node.ensure(
        source.elements == prod(shape),
        f"its input has {source.elements} elements, its output {list(shape)} has {prod(shape)}",
        tensor=output, fix="fix the batch size and convert the model with a static shape",
    )  # fmt: skip


def _output_shape(node: Node, source: Tensor, output: Tensor) -> tuple[int, ...]:
    """The output's shape in the file, of which one dimension may be -1, for the rest."""
    if len(node.op.inputs) == 1 and output.shape == (0,):
        node.resizes(output, ())  # the old way to say "scalar"
        return ()
    stretched = output.shape.count(-1)
    node.ensure(
        stretched <= 1, f"its output {list(output.shape)} has {stretched} unknown dimensions",
        tensor=output,
    )  # fmt: skip
    if not stretched:
        return output.shape
    known = prod(size for size in output.shape if size != -1)
    node.ensure(
        known != 0, "its output has an unknown and an empty dimension: TFLM divides by zero",
        tensor=output, aborts=True,
    )  # fmt: skip
    rest = int(source.elements / known)
    shape = tuple(rest if size == -1 else size for size in output.shape)
    create_writable_dims(node, output, shape)
    return shape


OPERATORS = (
    OperatorModel(
        name="RESHAPE",
        resolver="AddReshape",
        source="kernels/reshape.cc",
        parse=parse,
        reference=Kernel(init=Answer.NONE, prepare=prepare, invoke=Answer.NONE),
        cmsis_nn=Answer.FALLBACK,
        work=data_movement,
    ),
)
