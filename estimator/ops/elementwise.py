"""ABS, SIN, COS, LOG, SQRT, RSQRT, SQUARE, LOGICAL_NOT, after kernels/elementwise.cc.

Prepare's check of the type never fails (it casts the type to a function pointer, which is not
null); so Invoke is where other types are refused (tflite-micro 90b983c2).
"""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel, Step, op_data
from estimator.ops._checks import switch_on_input, zero_point_is
from estimator.ops._quantization import REQUANTIZE
from estimator.ops._require import arity, same_type
from estimator.ops._work import per_element


def prepare_generic(node: Node) -> None:
    arity(node, 1, 1)
    same_type(node, node.temp_input(0), node.temp_output(0))


def prepare_abs_rsqrt(node: Node) -> None:
    arity(node, 1, 1)
    source, output = node.temp_input(0), node.temp_output(0)
    same_type(node, source, output)
    if source.dtype is not DType.INT8 and not (source.dtype is DType.INT16 and source.is_quantized):
        return
    for tensor, role in ((source, "input"), (output, "output")):
        node.ensure(
            tensor.is_quantized, f"its {role} has no quantization parameters",
            tensor=tensor, fix=REQUANTIZE,
        )  # fmt: skip
    if source.dtype is DType.INT16:
        zero_point_is(node, source, 0)
        zero_point_is(node, output, 0)


def _operator(name: str, *dtypes: DType, init: Step = Answer.NONE) -> OperatorModel:
    prepare = prepare_generic if init is Answer.NONE else prepare_abs_rsqrt
    return OperatorModel(
        name=name,
        resolver="Add" + name.title().replace("_", ""),
        source="kernels/elementwise.cc",
        parse=Answer.NONE,
        reference=Kernel(init=init, prepare=prepare, invoke=switch_on_input(*dtypes)),
        cmsis_nn=Answer.FALLBACK,
        work=per_element(LayerKind.ELEMENTWISE),
    )


_OP_DATA = op_data("elementwise.cc:OpDataAbsRsqrt")
OPERATORS = (
    _operator("ABS", DType.FLOAT32, DType.INT8, DType.INT16, init=_OP_DATA),
    _operator("SIN", DType.FLOAT32),
    _operator("COS", DType.FLOAT32),
    _operator("LOG", DType.FLOAT32),
    _operator("SQRT", DType.FLOAT32),
    _operator("RSQRT", DType.FLOAT32, DType.INT8, DType.INT16, init=_OP_DATA),
    _operator("SQUARE", DType.FLOAT32),
    _operator("LOGICAL_NOT", DType.BOOL),
)
