"""SignalWindow, after signal/micro/kernels/window.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, Node, OperatorModel
from estimator.ops._checks import eval_input, eval_output
from estimator.ops._flexbuffer import element_as_int32
from estimator.ops._require import arity, rank, types
from estimator.ops._signal import holds, params, signal_work

INPUT, WEIGHTS, OUTPUT = 0, 1, 0


def init(node: Node) -> None:
    node.allocate_persistent_struct(params("window.cc", "TFLMSignalWindowParams"))
    element_as_int32(node, 0, "shift")


def prepare(node: Node) -> None:
    arity(node, 2, 1)
    source = node.temp_input(INPUT)
    weights = node.temp_input(WEIGHTS)
    output = node.temp_output(OUTPUT)
    node.ensure(source.rank >= 1, "its input is a scalar", tensor=source)
    rank(node, weights, 1, "weights")
    rank(node, output, source.rank, "output")
    for tensor, role in ((source, "input"), (weights, "weights"), (output, "output")):
        types(node, tensor, (DType.INT16,), role)


def invoke(node: Node) -> None:
    source, weights = eval_input(node, INPUT), eval_input(node, WEIGHTS)
    node.ensure(
        source.elements % max(weights.elements, 1) == 0,
        f"its input of {source.elements} elements is no multiple of its window of "
        f"{weights.elements}",
        tensor=source, aborts=True,
    )  # fmt: skip
    holds(node, eval_output(node, OUTPUT), source.elements, "output")


OPERATORS = (
    OperatorModel(
        name="SignalWindow",
        resolver="AddWindow",
        source="signal/micro/kernels/window.cc",
        parse=Answer.NONE,
        reference=Kernel(init=init, prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=signal_work(4),  # product, shift, two limits
    ),
)
