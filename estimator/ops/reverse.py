"""REVERSE_V2, after kernels/reverse.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, Node, OperatorModel
from estimator.ops._checks import MAX_RANK, eval_input
from estimator.ops._require import arity, rank, same_type, types, values
from estimator.ops._work import data_movement

SUPPORTED = (
    DType.INT32, DType.FLOAT32, DType.UINT8, DType.INT8, DType.INT16, DType.INT64, DType.BOOL,
)  # fmt: skip


def prepare(node: Node) -> None:
    arity(node, 2, 1)
    source = node.temp_input(0)
    axis = node.temp_input(1)
    output = node.temp_output(0)
    rank(node, axis, 1, "axis")
    node.ensure(
        axis.elements <= source.rank <= MAX_RANK,
        f"its input has rank {source.rank}: at most {MAX_RANK}, and no fewer than its "
        f"{axis.elements} axes",
        tensor=source,
    )
    types(node, source, SUPPORTED, "input")
    types(node, axis, (DType.INT32,), "axis")
    same_type(node, source, output)


def invoke(node: Node) -> None:
    source, axis = eval_input(node, 0), eval_input(node, 1)
    if not axis.is_constant:
        return  # Invoke looks at values that only the running model has
    axes = values(node, axis, "axis")
    node.ensure(
        all(-source.rank <= index < source.rank for index in axes),
        f"its axes {list(axes)} are not all axes of an input of rank {source.rank}",
        tensor=axis,
    )
    ordered = sorted(index % source.rank for index in axes)
    node.ensure(
        ordered == list(range(ordered[0], ordered[0] + len(ordered))) if ordered else True,
        f"its axes {list(axes)} are not contiguous",
        tensor=axis, fix="reverse one axis after another, in two operators",
    )  # fmt: skip


OPERATORS = (
    OperatorModel(
        name="REVERSE_V2",
        resolver="AddReverseV2",
        source="kernels/reverse.cc",
        parse=Answer.NONE,
        reference=Kernel(init=Answer.NONE, prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=data_movement,
    ),
)
