"""L2_NORMALIZATION, after kernels/l2norm.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel, op_data, params
from estimator.ops._checks import eval_input, eval_output, same_shape
from estimator.ops._require import arity, same_type, types
from estimator.ops._work import per_element

MAX_RANK = 4


def prepare(node: Node) -> None:
    arity(node, 1, 1)
    source, output = node.temp_input(0), node.temp_output(0)
    node.ensure(
        source.rank <= MAX_RANK,
        f"its input has {source.rank} dimensions: {MAX_RANK} at most", tensor=source,
    )  # fmt: skip
    types(node, output, (DType.FLOAT32, DType.INT8), "output")
    same_type(node, source, output)
    node.ensure(
        node.option("fused_activation_function") == 0,
        "a fused activation is not supported", fix="apply the activation in a layer of its own",
    )  # fmt: skip


def invoke(node: Node) -> None:
    same_shape(node, eval_input(node, 0), eval_output(node, 0))


OPERATORS = (
    OperatorModel(
        name="L2_NORMALIZATION",
        resolver="AddL2Normalization",
        source="kernels/l2norm.cc",
        parse=params("TfLiteL2NormParams"),
        reference=Kernel(init=op_data("L2NormalizationParams"), prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=per_element(LayerKind.ELEMENTWISE, ops=3),  # square, add, scale
    ),
)
