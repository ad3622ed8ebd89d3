"""TFLM_DECODE, after kernels/decode.cc and decode_state_{lut,prune,huffman}.cc (90b983c2).

The application is taken to give no decompression memory of its own (SetDecompressionMemory).
"""

from __future__ import annotations

from estimator.graph import DType, Tensor
from estimator.opmodel import Answer, Kernel, Node, OperatorModel
from estimator.ops._checks import eval_input, eval_output, is_constant
from estimator.ops._require import CONVERT, types
from estimator.ops._work import data_movement

LUT, HUFFMAN, PRUNE = 0, 1, 2
STATES = {LUT: "DecodeStateLut", PRUNE: "DecodeStatePrune", HUFFMAN: "DecodeStateHuffman"}
HEADER_BYTES = 16
TYPE_AT, VERSION_AT, STATE_VERSION_AT, PARAMETERS_AT = 0, 1, 4, 5
"""Offsets in the ancillary tensor (Decode Common Metadata)."""
DECODED = (
    DType.BOOL, DType.FLOAT32, DType.INT8, DType.INT16, DType.INT32, DType.INT64,
)  # fmt: skip


def header(node: Node, ancillary: Tensor) -> bytes:
    """The 16 bytes with which an ancillary tensor begins."""
    content = bytes(ancillary.data[:HEADER_BYTES]) if ancillary.data is not None else b""
    node.ensure(
        len(content) == HEADER_BYTES,
        f"its ancillary tensor has {len(content)} bytes, fewer than its header of {HEADER_BYTES}",
        tensor=ancillary, fix=CONVERT, aborts=True,
    )  # fmt: skip
    return content


def prepare(node: Node) -> None:
    inputs, outputs = len(node.op.inputs), len(node.op.outputs)
    node.ensure(outputs > 0, "it has no output")
    node.ensure(inputs == 2 * outputs, f"it has {inputs} inputs for {outputs} outputs")
    node.allocate_persistent_buffer(outputs * node.layout.pointer_bytes, "pointers to states")
    for position in range(outputs):
        source = node.temp_input(2 * position)
        ancillary = node.temp_input(2 * position + 1)
        output = node.temp_output(position)
        is_constant(node, source, "input")
        is_constant(node, ancillary, "ancillary tensor")
        metadata = header(node, ancillary)
        node.ensure(
            metadata[VERSION_AT] == 1, f"its metadata has version {metadata[VERSION_AT]}, not 1",
            tensor=ancillary,
        )  # fmt: skip
        kind = metadata[TYPE_AT]
        node.ensure(kind in STATES, f"decode type {kind} is not supported", tensor=ancillary)
        if kind == PRUNE:
            node.reads_zero_points()
        node.allocate_persistent_struct(STATES[kind])
        _set_up(node, kind, metadata, ancillary, output)


def _set_up(node: Node, kind: int, metadata: bytes, ancillary: Tensor, output: Tensor) -> None:
    """DecodeState::Setup of the three kinds."""
    version = metadata[STATE_VERSION_AT]
    node.ensure(version == 1, f"its decoder has version {version}, not 1", tensor=ancillary)
    if kind == HUFFMAN:
        if not metadata[PARAMETERS_AT] & 1:  # 16-bit tables
            types(node, output, (DType.INT8,), "output")
        return
    quantization = output.quantization
    if not output.is_quantized or quantization is None:
        return
    channels = len(quantization.scales)
    last = quantization.dimension == output.rank - 1 and channels > 1
    node.ensure(
        last or quantization.dimension == 0,
        f"its output is quantized along axis {quantization.dimension}: neither first nor last",
        tensor=output,
    )
    if kind == PRUNE:
        points = quantization.zero_points
        # Where their numbers differ TFLM takes the first zero point for every channel.
        _zero_points(node, output, channels, any(points if len(points) == channels else points[:1]))


def _zero_points(node: Node, output: Tensor, channels: int, any_not_zero: bool) -> None:
    """DecodeStatePrune keeps one zero point per channel, if any is not zero."""
    if output.dtype is not DType.INT8:
        node.ensure(
            not any_not_zero,
            f"its {output.dtype.name} output has zero points other than 0",
            tensor=output,
        )
    if channels > 1 and any_not_zero:
        node.allocate_persistent_buffer(channels, "zero points")


def invoke(node: Node) -> None:
    for position in range(len(node.op.outputs)):
        metadata = header(node, eval_input(node, 2 * position + 1))
        output = eval_output(node, position)
        huffman = metadata[TYPE_AT] == HUFFMAN
        types(node, output, (DType.INT8, DType.INT16) if huffman else DECODED, "output")
        if metadata[TYPE_AT] == LUT:
            node.ensure(
                metadata[PARAMETERS_AT] & 7 > 0, "its indices have 0 bits",
                tensor=output, aborts=True,
            )  # fmt: skip


OPERATORS = (
    OperatorModel(
        name="TFLM_DECODE",
        resolver="AddDecode",
        source="kernels/decode.cc",
        parse=Answer.NONE,
        reference=Kernel(init=Answer.NONE, prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=data_movement,
    ),
)
