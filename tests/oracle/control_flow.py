"""Recipes of operators that call subgraphs or keep state, and of TFLM's own custom operators."""

from __future__ import annotations

import struct
from typing import Any

from flatbuffers import flexbuffers

from estimator.graph import DType
from tests.oracle.builder import OpSpec, TensorSpec
from tests.oracle.maker import (
    BOOL,
    FLOAT32,
    INT8,
    INT16,
    INT32,
    UINT8,
    UINT32,
    UINT64,
    Maker,
)  # fmt: skip
from tests.oracle.recipes import RECIPES, recipe

MAXIMUM_DEPTH = 2
_INSIDE = ("ADD", "MUL", "ABS", "RESHAPE", "CONCATENATION", "MAXIMUM", "CONV_2D", "SOFTMAX", "PAD",
           "FULLY_CONNECTED", "STRIDED_SLICE", "IF", "WHILE", "SVDF", "LESS")  # fmt: skip


def carried(g: Maker) -> list[int]:
    """Tensors that control flow passes on."""
    return [
        g.source((FLOAT32, INT8, INT32), fits=lambda spec: spec.elements < 2000)
        for _ in range(g.rng.randint(1, 3))
    ]


def fill_body(g: Maker, results: list[TensorSpec]) -> None:
    """Grow a subgraph whose outputs are like ``results``: computed from an input, or passed on."""
    for _ in range(g.rng.randint(0, 3)):
        name = g.rng.choice(_INSIDE)
        if name not in ("IF", "WHILE") or g.depth < MAXIMUM_DEPTH:
            RECIPES[name](g, name)
    for spec, given in zip(results, list(g.spec.inputs)):
        if g.chance(0.2):
            g.spec.outputs.append(given)
            continue
        two = g.constant(spec.dtype, shape=spec.shape, scales=spec.scales,
                         zero_points=spec.zero_points)  # fmt: skip
        out = g.same(given)
        g.op("ADD", [given, two], [out])
        g.spec.outputs.append(out)


def copies(g: Maker, tensors: list[int]) -> list[int]:
    return [g.same(index) for index in tensors]


@recipe("IF")
def if_(g: Maker, name: str) -> None:
    g.shapes.add("IF")
    condition = g.source((BOOL,), shape=() if g.chance(0.3) else (1,))
    given = carried(g)
    specs = [g[index] for index in given]
    branches = []
    for _ in range(2):
        index, body = g.callee(specs)
        fill_body(body, specs)
        branches.append(index)
    outputs = copies(g, given)
    g.op(
        name, [condition, *given], outputs, then_subgraph_index=branches[0],
        else_subgraph_index=branches[1],
    )  # fmt: skip


@recipe("WHILE")
def while_(g: Maker, name: str) -> None:
    g.shapes.add("WHILE")
    counter = g.source((INT32,), shape=(1,))
    given = [counter, *carried(g)]
    specs = [g[index] for index in given]
    condition, body = g.callee(specs)
    out = body.output((1,), BOOL)
    body.op("LESS", [body.spec.inputs[0], body.constant(INT32, [g.rng.randint(-1, 1)])], [out])
    body.spec.outputs.append(out)
    loop, body = g.callee(specs)
    fill_body(body, specs)
    step = body.output((1,), INT32)  # TFLM's loop must end: the counter grows by one
    body.op("ADD", [body.spec.inputs[0], body.constant(INT32, [1])], [step])
    body.spec.outputs[0] = step
    outputs = copies(g, given)
    g.op(name, given, outputs, cond_subgraph_index=condition, body_subgraph_index=loop)


@recipe("CALL_ONCE")
def call_once(g: Maker, name: str) -> None:
    g.shapes.add("CALL_ONCE")
    index, body = g.callee([])
    if g.chance(0.7):
        assign(body, "ASSIGN_VARIABLE")
    g.op(name, [], [], init_subgraph_index=index)


@recipe("VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE")
def assign(g: Maker, name: str) -> None:
    g.shapes.add("resource variable")
    label = g.rng.choice("abc")
    # A variable has one shape: it follows from its name.
    kind = g.rng.choice((FLOAT32, INT8)) if g.chance(0.1) else FLOAT32
    shape = {"a": (3,), "b": (2, 5), "c": (1, 4, 4, 2)}[label]
    fields = {"shared_name": label}
    if g.chance(0.05):
        fields["container"] = "box"
    handle = g.spec.add(TensorSpec((1,), DType.RESOURCE))
    g.op("VAR_HANDLE", [], [handle], **fields)
    if name != "VAR_HANDLE":
        value = g.constant(kind, shape=shape) if g.depth else g.source((kind,), shape=shape)
        g.op("ASSIGN_VARIABLE", [handle, value], [])
    if name == "READ_VARIABLE" or g.chance(0.3 if name == "ASSIGN_VARIABLE" else 0.05):
        g.op("READ_VARIABLE", [handle], [g.output(shape, kind)])


# ---- custom operators ----------------------------------------------------------------------


def options(**values: Any) -> bytes:
    """A FlexBuffer map; TFLM's kernels take its values by their position in key order."""
    return bytes(flexbuffers.Dumps(values))


def custom(g: Maker, name: str, inputs: list[int], outputs: list[int], **values: Any) -> None:
    g.op(name, inputs, outputs, custom=options(**values), is_custom=True)


@recipe("SignalWindow")
def signal_window(g: Maker, name: str) -> None:
    source = g.source((INT16,), rank=2, fits=lambda spec: True)
    size = g[source].shape[-1]
    custom(g, name, [source, g.constant(INT16, shape=(size,))], [g.same(source)],
           shift=g.rng.randint(0, 14))  # fmt: skip


@recipe("SignalDelay")
def signal_delay(g: Maker, name: str) -> None:
    source = g.source((INT16,), rank=g.rng.choice((1, 2, 3)))
    custom(g, name, [source], [g.same(source)], delay_length=g.rng.randint(0, 9))


@recipe("SignalEnergy")
def signal_energy(g: Maker, name: str) -> None:
    source = g.source((INT16,), rank=1)
    bins = g[source].shape[0] // 2
    custom(g, name, [source], [g.output((bins,), UINT32)], start_index=0, end_index=bins)


@recipe("SignalFftAutoScale")
def signal_fft_auto_scale(g: Maker, name: str) -> None:
    source = g.source((INT16,), rank=1)
    custom(g, name, [source], [g.same(source), g.output((), INT32)])


@recipe("SignalRfft", "SignalIrfft")
def signal_fft(g: Maker, name: str) -> None:
    dtype, code = g.rng.choice(((FLOAT32, 0), (INT16, 7), (INT32, 2)))
    length = g.rng.choice((4, 8, 16, 12, 20, 64))
    frames = g.dims(g.rng.randint(0, 2), 3)
    if name == "SignalRfft":
        shape, out = (*frames, g.rng.randint(1, length)), (*frames, length + 2)
    else:
        shape, out = (*frames, length + 2), (*frames, length)
    source = g.source((dtype,), shape=shape)
    custom(g, name, [source], [g.output(out, dtype)], T=code, fft_length=length)


@recipe("SignalFilterBank")
def signal_filter_bank(g: Maker, name: str) -> None:
    channels = g.rng.randint(1, 6)
    source = g.source((UINT32,), shape=(16,))
    weights = [g.constant(INT16, [1] * 8) for _ in range(2)]
    tables = [g.constant(INT16, [0] * (channels + 1)) for _ in range(3)]
    out = g.output((channels,), UINT64)
    custom(g, name, [source, *weights, *tables], [out], num_channels=channels)


@recipe("SignalFilterBankSquareRoot")
def signal_square_root(g: Maker, name: str) -> None:
    source = g.source((UINT64,), rank=1)
    bits = g.source((INT32,), shape=())
    custom(g, name, [source, bits], [g.output(g[source].shape, UINT32)])


@recipe("SignalFilterBankLog")
def signal_log(g: Maker, name: str) -> None:
    source = g.source((UINT32,), rank=1)
    custom(g, name, [source], [g.output(g[source].shape, INT16)], output_scale=1600,
           input_correction_bits=3)  # fmt: skip


@recipe("SignalFilterBankSpectralSubtraction")
def signal_spectral_subtraction(g: Maker, name: str) -> None:
    source = g.source((UINT32,), rank=1)
    shape = g[source].shape
    custom(
        g, name, [source], [g.output(shape, UINT32), g.output(shape, UINT32)],
        num_channels=shape[0], smoothing=1, one_minus_smoothing=2, alternate_smoothing=3,
        alternate_one_minus_smoothing=4, smoothing_bits=5, min_signal_remaining=6,
        clamping=g.chance(0.5), spectral_subtraction_bits=14,
    )  # fmt: skip


@recipe("SignalPCAN")
def signal_pcan(g: Maker, name: str) -> None:
    source = g.source((UINT32,), rank=1)
    noise = g.source((UINT32,), shape=g[source].shape)
    gain = g.constant(INT16, shape=(125,))
    custom(g, name, [source, noise, gain], [g.output(g[source].shape, UINT32)], snr_shift=6)


@recipe("SignalFramer")
def signal_framer(g: Maker, name: str) -> None:
    step, frames = g.rng.randint(1, 4), g.rng.randint(1, 4)
    size = step * g.rng.randint(1, 3) + g.rng.choice((0, 0, 1))
    outer = g.dims(g.rng.randint(0, 1), 3)
    source = g.source((INT16,), shape=(*outer, step * frames))
    outputs = [g.output((*outer, frames, size), INT16), g.output((), BOOL)]
    custom(g, name, [source], outputs, frame_size=size, frame_step=step, prefill=g.chance(0.5))


@recipe("SignalOverlapAdd")
def signal_overlap_add(g: Maker, name: str) -> None:
    dtype, code = g.rng.choice(((FLOAT32, 0), (INT16, 7)))
    step, frames = g.rng.randint(1, 5), g.rng.randint(1, 4)
    outer = g.dims(g.rng.randint(0, 1), 3)
    source = g.source((dtype,), shape=(*outer, frames, step + g.rng.randint(0, 4)))
    custom(g, name, [source], [g.output((*outer, frames * step), dtype)], T=code, frame_step=step)


@recipe("SignalStacker")
def signal_stacker(g: Maker, name: str) -> None:
    channels, left, right = g.rng.randint(1, 5), g.rng.randint(0, 3), g.rng.randint(0, 3)
    source = g.source((INT16,), shape=(channels,))
    outputs = [g.output((channels * (left + right + 1),), INT16), g.output((), BOOL)]
    custom(
        g, name, [source], outputs, num_channels=channels, stacker_left_context=left,
        stacker_right_context=right, stacker_step=g.rng.randint(1, 3),
    )  # fmt: skip


@recipe("CIRCULAR_BUFFER")
def circular_buffer(g: Maker, name: str) -> None:
    depth, slots = g.rng.randint(1, 8), g.rng.randint(1, 5)
    source = g.source((INT8,), shape=(1, 1, g.rng.randint(1, 3), depth))
    _, _, width, _ = g[source].shape
    out = g.output((1, slots, width, depth), INT8, like=source)
    if g.chance(0.5):
        custom(g, name, [source], [out], cycles_max=g.rng.randint(1, 4))
    else:
        g.op(name, [source], [out], is_custom=True)


@recipe("TFLite_Detection_PostProcess")
def detection(g: Maker, name: str) -> None:
    boxes, classes = g.rng.randint(1, 12), g.rng.randint(1, 4)
    detections = g.rng.randint(1, 5)
    inputs = [
        g.source((FLOAT32,), shape=(1, boxes, 4)),
        g.source((FLOAT32,), shape=(1, boxes, classes + g.rng.randint(0, 1))),
        g.constant(FLOAT32, [1.0] * (boxes * 4), (boxes, 4)),
    ]
    outputs = [
        g.output((1, detections, 4), FLOAT32), g.output((1, detections), FLOAT32),
        g.output((1, detections), FLOAT32), g.output((1,), FLOAT32),
    ]  # fmt: skip
    custom(
        g, name, inputs, outputs, max_detections=detections, max_classes_per_detection=1,
        detections_per_class=g.rng.randint(1, 5), use_regular_nms=g.chance(0.5),
        nms_score_threshold=0.0, nms_iou_threshold=0.5, num_classes=classes, y_scale=10.0,
        x_scale=10.0, h_scale=5.0, w_scale=5.0,
    )  # fmt: skip


@recipe("TFLM_DECODE")
def decode(g: Maker, name: str) -> None:
    inputs, outputs = [], []
    for _ in range(g.rng.randint(1, 3)):
        kind = g.rng.choice((0, 0, 2, 1))  # look-up table, pruning, Huffman
        bits, channels = g.rng.randint(1, 4), g.rng.randint(1, 3)
        elements = channels * g.rng.choice((4, 8, 16))
        strides = struct.pack("<BBBB", 1, bits, 1 << bits, 0)
        header = bytes([kind, 1, 0, 0]) + strides + bytes(8)
        dtype = INT8 if kind == 1 or g.chance(0.7) else INT16
        inputs.append(g.constant(UINT8, shape=(elements,)))
        # 0x80 is a symbol found, where the table is Huffman's.
        table = header + b"\x80" * (channels * (1 << bits) * (dtype.size_bytes or 1) + 256)
        inputs.append(g.constant(UINT8, list(table)))
        count = channels if g.chance(0.5) else 1
        outputs.append(
            g.output((channels, elements // channels), dtype, scales=(0.1,) * count,
                     zero_points=(g.rng.choice((0, 0, 3)) if dtype is INT8 else 0,) * count)
        )  # fmt: skip
    g.op(name, inputs, outputs, is_custom=True)


@recipe("ethos-u")
def ethos_u(g: Maker, name: str) -> None:
    source = g.source((INT8,))
    g.spec.ops.append(OpSpec(name, [source], [g.same(source)], custom=b"\1", is_custom=True))
