"""Loop bodies of the operators whose kernels pass once over their elements (tflite-micro 90b983c2).

What a pass costs differs by operator, by the types of input and output and by whether a shape is
broadcast; some also by the values (a branch per element), which fitted costs can only average.
"""

from __future__ import annotations

from functools import partial

from estimator.loops import Counts, OperatorLoops, merge, named
from estimator.opmodel import Answer, Node

_ONE_INPUT = (
    "ABS",
    "CEIL",
    "COS",
    "EXP",
    "FLOOR",
    "LOG",
    "LOGICAL_NOT",
    "NEG",
    "ROUND",
    "RSQRT",
    "SIN",
    "SQRT",
    "SQUARE",
    "ELU",
    "HARD_SWISH",
    "LEAKY_RELU",
    "LOGISTIC",
    "RELU",
    "RELU6",
    "TANH",
    "ZEROS_LIKE",
    "FILL",
    "CAST",
    "QUANTIZE",
    "DEQUANTIZE",
    "BROADCAST_TO",
    "BROADCAST_ARGS",
    "CUMSUM",
    "BATCH_TO_SPACE_ND",
    "SPACE_TO_BATCH_ND",
    "DEPTH_TO_SPACE",
    "SPACE_TO_DEPTH",
    "GATHER",
    "GATHER_ND",
    "EMBEDDING_LOOKUP",
    "DYNAMIC_UPDATE_SLICE",
    "MIRROR_PAD",
    "RESIZE_BILINEAR",
    "RESIZE_NEAREST_NEIGHBOR",
    "REVERSE_V2",
    "SLICE",
    "L2_NORMALIZATION",
    "LOG_SOFTMAX",
    "PACK",
    "UNPACK",
    "SPLIT",
    "SPLIT_V",
    "ADD_N",
    "SELECT_V2",
)
_TWO_INPUTS = (
    "SUB", "DIV", "SQUARED_DIFFERENCE", "FLOOR_DIV", "FLOOR_MOD", "EQUAL", "NOT_EQUAL", "GREATER",
    "GREATER_EQUAL", "LESS", "LESS_EQUAL", "LOGICAL_AND", "LOGICAL_OR", "PRELU",
)  # fmt: skip
_TWO_INPUTS_IN_CMSIS_NN = ("MAXIMUM", "MINIMUM", "MUL")
_SIGNAL = (
    "SignalWindow", "SignalFftAutoScale", "SignalRfft", "SignalEnergy", "SignalFilterBank",
    "SignalFilterBankSquareRoot", "SignalFilterBankSpectralSubtraction", "SignalPCAN",
    "SignalFilterBankLog",
)  # fmt: skip
_INPUT = ("ARG_MAX", "ARG_MIN", "SUM", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_ALL")


def _one_input(node: Node) -> Counts | None:
    outputs = [node.output(index) for index in range(len(node.op.outputs))]
    elements = sum(tensor.elements for tensor in outputs if tensor is not None)
    return merge(named("one pass", call=1), named(_name(node), element=elements))


def _over_input(node: Node) -> Counts | None:
    source = node.input(0)
    if source is None:
        return None
    return merge(named("one pass", call=1), named(_name(node), element=source.elements))


def _two_inputs(node: Node, library: str = "") -> Counts | None:
    """Where a shape is broadcast, nested loops over the output's dimensions."""
    first, second, output = node.input(0), node.input(1), node.output(0)
    if first is None or second is None or output is None:
        return None
    name = library + _name(node)
    if first.shape == second.shape:
        return merge(named("one pass", call=1), named(name, element=output.elements))
    rows = output.elements // max(output.shape[-1], 1) if output.rank else 1
    return merge(
        named("one pass", call=1),
        named(f"{name} broadcast", row=rows, element=output.elements),
    )


def _transpose(node: Node, library: str = "") -> Counts | None:
    """The order of the loops, and so their cost, follows the permutation."""
    axes, output = node.input(1), node.output(0)
    if axes is None or output is None or not axes.is_constant:
        return None
    order = "".join(str(axis) for axis in axes.values())
    return merge(
        named("one pass", call=1),
        named(f"{library}{_name(node)} by {order}", element=output.elements),
    )


def _shape(node: Node) -> Counts | None:
    source = node.input(0)
    return named("Shape", dimension=source.rank) if source is not None else None


def _name(node: Node) -> str:
    source, output = node.input(0), node.output(0)
    types = (tensor.dtype.name if tensor is not None else "none" for tensor in (source, output))
    return f"{node.op.name} {' to '.join(types)}"


_CMSIS_NN = "cmsis_nn "

LOOPS = (
    *(OperatorLoops(name, _one_input, Answer.FALLBACK) for name in (*_ONE_INPUT, *_SIGNAL)),
    *(OperatorLoops(name, _over_input, Answer.FALLBACK) for name in _INPUT),
    *(OperatorLoops(name, _two_inputs, Answer.FALLBACK) for name in _TWO_INPUTS),
    *(OperatorLoops(name, _two_inputs, partial(_two_inputs, library=_CMSIS_NN))
      for name in _TWO_INPUTS_IN_CMSIS_NN),
    OperatorLoops("TRANSPOSE", _transpose, partial(_transpose, library=_CMSIS_NN)),
    OperatorLoops("SHAPE", _shape, Answer.FALLBACK),
)  # fmt: skip
