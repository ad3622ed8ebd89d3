"""SQUEEZE, after kernels/squeeze.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType, Tensor
from estimator.opmodel import Answer, Kernel, Node, OperatorModel
from estimator.ops._checks import eval_input, eval_output
from estimator.ops._require import CONVERT, arity
from estimator.ops._work import data_movement

MAX_DIMS = 8
"""Of the input, and entries of TfLiteSqueezeParams::squeeze_dims."""


def _squeeze_dims(node: Node) -> tuple[int, ...]:
    dims = node.options.get("squeeze_dims")
    return dims if isinstance(dims, tuple) else ()


def parse(node: Node) -> None:
    node.allocate_builtin_data("TfLiteSqueezeParams")
    found = len(_squeeze_dims(node))
    node.ensure(
        found <= MAX_DIMS,
        f"its options name {found} dimensions: the parser takes {MAX_DIMS} at most",
    )


def prepare(node: Node) -> None:
    arity(node, 1, 1)
    source, output = node.temp_input(0), node.temp_output(0)
    node.ensure(
        source.rank <= MAX_DIMS,
        f"its input has {source.rank} dimensions: {MAX_DIMS} at most", tensor=source,
    )  # fmt: skip
    squeezed = _squeezed(node, source)
    kept = [size for axis, size in enumerate(source.shape) if axis not in squeezed]
    node.ensure(
        len(kept) <= output.rank and all(a >= b for a, b in zip(output.shape, kept)),
        f"its output {list(output.shape)} is smaller than the squeezed input {kept}",
        tensor=output, fix=CONVERT, aborts=True,
    )  # fmt: skip


def _squeezed(node: Node, source: Tensor) -> set[int]:
    """The axes that go: those of the options or, where there are none, all of size 1."""
    dims = _squeeze_dims(node)
    if not dims:
        return {axis for axis, size in enumerate(source.shape) if size == 1}
    for axis in dims:
        node.ensure(
            -source.rank <= axis < source.rank and source.shape[axis] == 1,
            f"dimension {axis} of its input {list(source.shape)} is not of size 1",
            tensor=source, fix=CONVERT,
        )  # fmt: skip
    return {axis % source.rank for axis in dims}


def invoke(node: Node) -> None:
    source, output = eval_input(node, 0), eval_output(node, 0)
    node.ensure(source.dtype is not DType.STRING, "its input holds strings", tensor=source)
    node.ensure(
        source.size_bytes == output.size_bytes,
        f"its input has {source.size_bytes} bytes, its output {output.size_bytes}", tensor=output,
    )  # fmt: skip


OPERATORS = (
    OperatorModel(
        name="SQUEEZE",
        resolver="AddSqueeze",
        source="kernels/squeeze.cc",
        parse=parse,
        reference=Kernel(init=Answer.NONE, prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=data_movement,
    ),
)
