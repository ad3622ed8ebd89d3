"""SignalEnergy, after signal/micro/kernels/energy.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel, Work
from estimator.ops._checks import eval_input, eval_output
from estimator.ops._flexbuffer import element_as_int32
from estimator.ops._require import arity, rank, types
from estimator.ops._signal import holds, params
from estimator.ops._work import work


def bounds(node: Node) -> tuple[int, int]:
    """(start, end) of the bins whose energy is computed."""
    end = element_as_int32(node, 0, "end_index")
    return element_as_int32(node, 1, "start_index"), end


def init(node: Node) -> None:
    node.allocate_persistent_struct(params("energy.cc", "TFLMSignalEnergyParams"))
    bounds(node)


def prepare(node: Node) -> None:
    arity(node, 1, 1)
    source = node.temp_input(0)
    output = node.temp_output(0)
    rank(node, source, 1, "input")
    rank(node, output, 1, "output")
    types(node, source, (DType.INT16,), "input")
    types(node, output, (DType.UINT32,), "output")


def invoke(node: Node) -> None:
    start, end = bounds(node)
    if start < end:
        node.ensure(start >= 0, f"its first bin is {start}", aborts=True)
        holds(node, eval_input(node, 0), 2 * end, "input")
        holds(node, eval_output(node, 0), end, "output")


def energy_work(node: Node) -> Work:
    """Per bin two products and a sum."""
    start, end = bounds(node)
    return work(node, LayerKind.SIGNAL, other_ops=3 * max(end - start, 0))


OPERATORS = (
    OperatorModel(
        name="SignalEnergy",
        resolver="AddEnergy",
        source="signal/micro/kernels/energy.cc",
        parse=Answer.NONE,
        reference=Kernel(init=init, prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=energy_work,
    ),
)
