"""Faults and oddities that a random model may get, so that TFLM refuses it (or must not)."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace
from random import Random

import flatbuffers

from estimator.graph import DType
from estimator.reading.compression import COMPRESSION_METADATA as COMPRESSION
from tests.oracle.builder import ModelSpec, OpSpec, SubgraphSpec, TensorSpec

Mutation = Callable[[Random, ModelSpec], None]
OFFLINE_PLAN = "OfflineMemoryAllocation"
_COMPRESSIBLE = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV")
_TYPES = (
    DType.FLOAT32, DType.INT8, DType.INT16, DType.INT32, DType.INT64, DType.BOOL, DType.UINT8,
    DType.UINT32, DType.FLOAT16, DType.INT4, DType.FLOAT64,
)  # fmt: skip


def _subgraph(rng: Random, model: ModelSpec) -> SubgraphSpec:
    return model.subgraphs[0] if rng.random() < 0.7 else rng.choice(model.subgraphs)


def _op(rng: Random, model: ModelSpec) -> tuple[SubgraphSpec, OpSpec] | None:
    focused = [op for op in model.subgraphs[0].ops if op.name == model.focus]
    if focused and rng.random() < 0.75:
        return model.subgraphs[0], focused[0]
    subgraph = _subgraph(rng, model)
    return (subgraph, rng.choice(subgraph.ops)) if subgraph.ops else None


def _tensor(rng: Random, model: ModelSpec) -> TensorSpec | None:
    """A tensor that an operator uses."""
    found = _op(rng, model)
    if found is None:
        return None
    subgraph, op = found
    used = [index for index in (*op.inputs, *op.outputs) if index >= 0]
    return subgraph.tensors[rng.choice(used)] if used else None


def _fit_data(tensor: TensorSpec) -> None:
    """Constant data must not be shorter than the tensor: kernels would read beyond it."""
    if tensor.data is not None:
        size = max(tensor.elements, 0) * (tensor.dtype.size_bytes or 1)
        tensor.data = (tensor.data + bytes(max(size - len(tensor.data), 0)))[:size] or None


def retype(rng: Random, model: ModelSpec) -> None:
    if tensor := _tensor(rng, model):
        tensor.dtype = rng.choice(_TYPES)
        _fit_data(tensor)


def unknown_type(rng: Random, model: ModelSpec) -> None:
    if tensor := _tensor(rng, model):
        tensor.dtype = rng.choice((DType.STRING, DType.VARIANT, DType.COMPLEX64, DType.UINT4))
        _fit_data(tensor)


def requantize(rng: Random, model: ModelSpec) -> None:
    if tensor := _tensor(rng, model):
        style = rng.choice(("none", "other", "channels", "zero point", "scales alone"))
        if style == "none":
            tensor.scales, tensor.zero_points = (), ()
        elif style == "other":
            tensor.scales, tensor.zero_points = (0.037,), (rng.choice((0, 0, 5, -128)),)
        elif style == "channels":
            count = rng.choice((2, 3, *tensor.shape))
            if count > 0:
                tensor.scales, tensor.zero_points = (0.01,) * count, (0,) * count
                tensor.dimension = rng.randrange(max(len(tensor.shape), 1))
        elif style == "zero point":
            tensor.zero_points = tuple(3 for _ in tensor.zero_points)
        else:
            tensor.scales, tensor.zero_points = (0.5,), ()


def reshape(rng: Random, model: ModelSpec) -> None:
    if tensor := _tensor(rng, model):
        shape = list(tensor.shape)
        style = rng.choice(("dim", "dim", "rank+", "rank-"))
        if style == "dim" and shape:
            axis = rng.randrange(len(shape))
            shape[axis] = max(1, shape[axis] + rng.choice((-1, 1, 2)))
        elif style == "rank+":
            shape.insert(rng.randint(0, len(shape)), rng.choice((1, 1, 2)))
        elif style == "rank-" and shape:
            shape.pop(rng.randrange(len(shape)))
        tensor.shape = tuple(shape)
        _fit_data(tensor)


def dynamic(rng: Random, model: ModelSpec) -> None:
    if (tensor := _tensor(rng, model)) and tensor.shape:
        shape = list(tensor.shape)
        shape[rng.randrange(len(shape))] = rng.choice((-1, -1, 0))
        tensor.shape = tuple(shape)
        if tensor.data is not None:
            tensor.data = None


def omit(rng: Random, model: ModelSpec) -> None:
    found = _op(rng, model)
    if found and found[1].inputs:
        found[1].inputs[rng.randrange(len(found[1].inputs))] = -1


def drop(rng: Random, model: ModelSpec) -> None:
    found = _op(rng, model)
    if found:
        role = rng.choice((found[1].inputs, found[1].inputs, found[1].outputs))
        if role:
            role.pop()


def repeat(rng: Random, model: ModelSpec) -> None:
    found = _op(rng, model)
    if found and found[1].inputs:
        found[1].inputs.append(rng.choice(found[1].inputs))


def compute_constant(rng: Random, model: ModelSpec) -> None:
    """A constant becomes an input of the graph."""
    subgraph = model.subgraphs[0]
    constants = [i for i, t in enumerate(subgraph.tensors) if t.data is not None]
    if constants:
        index = rng.choice(constants)
        subgraph.tensors[index].data = None
        subgraph.inputs.append(index)


def change_option(rng: Random, model: ModelSpec) -> None:
    found = _op(rng, model)
    if found and found[1].options:
        numbers = [k for k, v in found[1].options.items() if isinstance(v, (int, bool))]
        if numbers:
            found[1].options[rng.choice(numbers)] = rng.choice((0, 1, 2, 3, 4, 5))


def drop_options(rng: Random, model: ModelSpec) -> None:
    if found := _op(rng, model):
        found[1].options = None


def change_version(rng: Random, model: ModelSpec) -> None:
    if found := _op(rng, model):
        found[1].version = rng.randint(2, 7)


def make_variable(rng: Random, model: ModelSpec) -> None:
    if tensor := _tensor(rng, model):
        tensor.is_variable = not tensor.is_variable


def unknown_operator(rng: Random, model: ModelSpec) -> None:
    if found := _op(rng, model):
        found[1].name = rng.choice(("TOPK_V2", "ONE_HOT", "GELU", "CONV_3D", "STABLEHLO_ADD"))
        found[1].is_custom, found[1].custom, found[1].options = False, None, None


def unknown_custom(rng: Random, model: ModelSpec) -> None:
    """A custom code may be a builtin operator's name, and ends at a zero."""
    if found := _op(rng, model):
        name = found[1].name
        found[1].name = rng.choice(("FlexErf", "MyOp", name, f"{name}\0x"))
        found[1].is_custom = True


def stray_custom_options(rng: Random, model: ModelSpec) -> None:
    if found := _op(rng, model):
        found[1].custom = b"\1\2\3"


def intermediate(rng: Random, model: ModelSpec) -> None:
    if found := _op(rng, model):
        subgraph, op = found
        op.intermediates.append(subgraph.add(TensorSpec(rng.choice(((0,), (3,))), DType.INT16)))


FAULTS: tuple[Mutation, ...] = (
    retype, retype, requantize, requantize, reshape, reshape, dynamic, omit, drop, repeat,
    compute_constant, change_option, change_option, drop_options, make_variable, unknown_type,
    unknown_operator, unknown_custom, stray_custom_options, intermediate,
)  # fmt: skip


# ---- what TFLM takes ------------------------------------------------------------------------


def unused_tensor(rng: Random, model: ModelSpec) -> None:
    shape = rng.choice(((), (1,), (0,), (7,), (2, 3), (3, 0, 2)))
    spec = TensorSpec(
        shape, rng.choice((DType.INT8, DType.FLOAT32)), is_variable=rng.random() < 0.3
    )
    _subgraph(rng, model).add(spec)


def named_tensors(rng: Random, model: ModelSpec) -> None:
    for tensor in _subgraph(rng, model).tensors:
        tensor.name = "layer/" * rng.randint(0, 4) + "x"


def schema_v3(rng: Random, model: ModelSpec) -> None:
    """Not with control flow, in which the wheel, newer than the commit, finds the subgraphs."""
    model.old_codes = len(model.subgraphs) == 1


def extra_outputs(rng: Random, model: ModelSpec) -> None:
    main = model.subgraphs[0]
    main.outputs.append(rng.randrange(len(main.tensors)))


def fewer_outputs(rng: Random, model: ModelSpec) -> None:
    if len(model.subgraphs[0].outputs) > 1:
        model.subgraphs[0].outputs.pop()


def more_metadata(rng: Random, model: ModelSpec) -> None:
    model.metadata["min_runtime_version"] = b"2.14.0\0\0"


def unused_subgraph(rng: Random, model: ModelSpec) -> None:
    copy = model.subgraphs[0]
    model.subgraphs.append(
        SubgraphSpec(
            [replace(tensor) for tensor in copy.tensors],
            [replace(op, inputs=list(op.inputs), outputs=list(op.outputs)) for op in copy.ops],
            list(copy.inputs), list(copy.outputs),
        )
    )  # fmt: skip


def offline_plan(rng: Random, model: ModelSpec) -> None:
    """None, some or all tensors get an offset; the header or the length may be wrong."""
    tensors = sum(len(subgraph.tensors) for subgraph in model.subgraphs)
    share = rng.choice((0, 0.1, 0.5, 1))
    step = rng.choice((16, 16, 4, 1))
    offsets = [
        step * rng.randrange(2000 // step) if rng.random() < share else -1 for _ in range(tensors)
    ]
    count = tensors
    style = rng.choice(("right",) * 12 + ("count", "count", "short", "long", "empty"))
    if style == "count":
        count += rng.choice((-1, 1))
    elif style == "short":
        offsets.pop()
    elif style == "long":
        offsets.append(0)
    words = [rng.choice((0, 1)), 0, count, *offsets]
    content = b"" if style == "empty" else struct.pack(f"<{len(words)}i", *words)
    model.metadata[OFFLINE_PLAN] = content


def compression(rng: Random, model: ModelSpec) -> bool:
    """Filters become indices of 1 to 4 (or too many) bits into tables of values.

    Returns whether there was one. Nothing that adds a buffer may follow.
    """
    extra = model.first_extra_buffer + 1  # behind the metadata's own buffer
    entries: list[list[tuple[int, int, int]]] = []
    for subgraph in model.subgraphs[: rng.choice((1, len(model.subgraphs)))]:
        filters = {
            op.inputs[1] for op in subgraph.ops if op.name in _COMPRESSIBLE and len(op.inputs) > 1
        }
        picked = [i for i in sorted(filters) if i >= 0 and subgraph.tensors[i].data is not None]
        chosen: list[tuple[int, int, int]] = []
        for index in picked:
            if rng.random() < 0.1:
                continue
            tensor = subgraph.tensors[index]
            bits = rng.choice((1, 2, 3, 4, 4, 8) if rng.random() < 0.1 else (1, 2, 3, 4))
            tables = max(len(tensor.scales), 1) if tensor.dimension or len(tensor.scales) > 1 else 1
            size = tables * (1 << bits) * (tensor.dtype.size_bytes or 1)
            model.extra_buffers.append(bytes(size))
            tensor.data = bytes(tensor.elements * bits // 8 + 8)
            chosen.append((index, extra + len(model.extra_buffers) - 1, bits))
        entries.append(chosen)
    if any(entries):
        model.metadata[COMPRESSION] = compression_metadata(entries)
    return any(entries)


def compression_metadata(entries: list[list[tuple[int, int, int]]]) -> bytes:
    """The blob: per subgraph (tensor, buffer of values, bits of an index) of each table."""
    builder = flatbuffers.Builder(256)
    subgraphs = []
    for subgraph in entries:
        tensors = []
        for tensor, values, bits in subgraph:
            builder.StartObject(3)
            builder.PrependInt32Slot(0, tensor, -1)
            builder.PrependUint32Slot(1, values, 0)
            builder.PrependUint8Slot(2, bits, 0)
            tensors.append(builder.EndObject())
        vector = _offsets(builder, tensors)
        builder.StartObject(1)
        builder.PrependUOffsetTRelativeSlot(0, vector, 0)
        subgraphs.append(builder.EndObject())
    vector = _offsets(builder, subgraphs)
    builder.StartObject(2)
    builder.PrependUint32Slot(0, 1, 0)
    builder.PrependUOffsetTRelativeSlot(1, vector, 0)
    builder.Finish(builder.EndObject())
    return bytes(builder.Output())


def _offsets(builder: flatbuffers.Builder, items: list[int]) -> int:
    builder.StartVector(4, len(items), 4)
    for item in reversed(items):
        builder.PrependUOffsetTRelative(item)
    return int(builder.EndVector())


ODDITIES: tuple[Mutation, ...] = (
    unused_tensor, named_tensors, schema_v3, extra_outputs, fewer_outputs, more_metadata,
    unused_subgraph, offline_plan, offline_plan, change_version,
)  # fmt: skip
