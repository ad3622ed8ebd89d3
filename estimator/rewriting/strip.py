"""Write a model without what TFLM never reads; tensors, operators and results stay the same.

What TFLM reads of a file: tensorflow/lite/micro/micro_allocator.cc, micro_allocation_info.cc,
micro_interpreter_graph.cc and tensorflow/lite/core/api/flatbuffer_conversions.cc of tflite-micro
90b983c2. It reads no names of tensors and subgraphs, no calibration ranges, no signatures, and of
the metadata only two entries.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import Enum
from struct import pack

from estimator.reading.tree import Node, decode, encode
from estimator.reading.verification import verify

NEEDED_METADATA = frozenset({b"OfflineMemoryAllocation", b"COMPRESSION_METADATA"})
"""The metadata that TFLM reads; both count tensors or buffers by their positions."""


class Removal(str, Enum):
    """What can be left out of a model file."""

    NAMES = "names"
    MIN_MAX = "min and max"
    SIGNATURES = "signatures"
    METADATA = "metadata"
    UNUSED_TENSORS = "constants that no operator reads"
    UNUSED_BUFFERS = "unused buffers"
    DUPLICATE_BUFFERS = "duplicate buffers"
    EQUAL_CHANNELS = "per-channel parameters that are all alike"


MAX_DETAILED_TABLES = 10_000
"""Writing a file takes time in proportion to its tables, and there is a file per removal."""


@dataclass(frozen=True, slots=True)
class Saving:
    """What leaving something out saves.

    Attributes:
        what: a Removal's value, or "writing the file anew" (vectors and vtables that are alike
            are written once, and padding is as small as it can be).
        bytes: by how much the file shrinks if just that is left out.
    """

    what: str
    bytes: int


def strip(
    data: memoryview, name: str = "model", removals: Collection[Removal] = tuple(Removal)
) -> bytes:
    """The bytes of the smaller model.

    Args:
        data: the file's bytes; not changed.
        name: what to call the file in errors.
        removals: what to leave out; in the end the file is written anew in any case.

    Raises:
        ModelError: the file is broken, or newer than the schema that mculint knows.
    """
    verify(data, name)
    model = decode(data, name)
    for removal in Removal:  # in this order: what removes users of buffers comes first
        if removal in removals:
            _STEPS[removal](model)
    return encode(model)


def savings(data: memoryview, name: str = "model") -> tuple[Saving, ...]:
    """What each removal alone would save, computed by writing the file; those of 0 are left out.

    A model of more than MAX_DETAILED_TABLES tables gets one line for all of them.

    Raises:
        ModelError: as :func:`strip`.
    """
    verify(data, name)
    if _tables(decode(data, name)) > MAX_DETAILED_TABLES:
        whole = Saving("all that TFLM never reads", len(data) - len(strip(data, name)))
        return (whole,) if whole.bytes > 0 else ()
    anew = len(strip(data, name, ()))
    found = [Saving("writing the file anew", len(data) - anew)]
    for removal in Removal:
        removals = {removal} | _CONSEQUENCES.get(removal, set())
        found.append(Saving(removal.value, anew - len(strip(data, name, removals))))
    return tuple(sorted((s for s in found if s.bytes > 0), key=lambda saving: -saving.bytes))


def _tables(model: Node) -> int:
    """Number of tensors, operators and buffers."""
    subgraphs = model.nodes("subgraphs")
    operators = sum(len(subgraph.nodes("operators")) for subgraph in subgraphs)
    return len(_tensors(model)) + operators + len(model.nodes("buffers"))


_CONSEQUENCES = {
    Removal.METADATA: {Removal.UNUSED_BUFFERS},
    Removal.UNUSED_TENSORS: {Removal.UNUSED_BUFFERS},
    Removal.DUPLICATE_BUFFERS: {Removal.UNUSED_BUFFERS},
}


def _tensors(model: Node) -> list[Node]:
    return [tensor for subgraph in model.nodes("subgraphs") for tensor in subgraph.nodes("tensors")]


def _names(model: Node) -> None:
    model.fields.pop("description", None)
    for node in (*model.nodes("subgraphs"), *_tensors(model)):
        node.fields.pop("name", None)


def _min_max(model: Node) -> None:
    for tensor in _tensors(model):
        quantization = tensor.fields.get("quantization")
        if quantization is None:
            continue
        for field in ("min", "max"):
            quantization.fields.pop(field, None)
        used = ("scale", "zero_point", "details")
        if not any(len(quantization.fields.get(field, b"")) for field in used[:2]) and (
            "details" not in quantization.fields
        ):
            del tensor.fields["quantization"]


def _signatures(model: Node) -> None:
    model.fields.pop("signature_defs", None)


def _metadata(model: Node) -> None:
    kept = [
        entry
        for entry in model.nodes("metadata")
        if bytes(entry.fields.get("name", b"")) in NEEDED_METADATA
    ]
    model.fields.pop("metadata_buffer", None)
    model.fields.pop("metadata", None)
    if kept:
        model.fields["metadata"] = kept


def _counts_positions(model: Node) -> bool:
    """Whether the model holds data that count tensors or buffers in ways not followed here."""
    names = {bytes(entry.fields.get("name", b"")) for entry in model.nodes("metadata")}
    return bool(names & NEEDED_METADATA)


_TENSOR_LISTS = ("inputs", "outputs", "intermediates")


def _unused_tensors(model: Node) -> None:
    """Drop constants without a reader, such as float weights that a quantized copy replaces."""
    if _counts_positions(model):
        return
    buffers = model.nodes("buffers")
    for subgraph in model.nodes("subgraphs"):
        lists = [subgraph, *subgraph.nodes("operators")]
        used = {index for node in lists for key in _TENSOR_LISTS for index in node.numbers(key)}
        kept = [
            index
            for index, tensor in enumerate(subgraph.nodes("tensors"))
            if index in used or not _has_data(buffers, tensor)
        ]
        if len(kept) == len(subgraph.nodes("tensors")):
            continue
        position = {-1: -1, **{old: new for new, old in enumerate(kept)}}
        tensors = subgraph.nodes("tensors")
        subgraph.fields["tensors"] = [tensors[index] for index in kept]
        for node in lists:
            for key in _TENSOR_LISTS:
                if key in node.fields:
                    node.fields[key] = _ints(position[index] for index in node.numbers(key))
        _renumber_signatures(model, subgraph, position)


def _renumber_signatures(model: Node, subgraph: Node, position: dict[int, int]) -> None:
    subgraphs = model.nodes("subgraphs")
    for signature in model.nodes("signature_defs"):
        if subgraphs[signature.number("subgraph_index")] is subgraph:
            for entry in (*signature.nodes("inputs"), *signature.nodes("outputs")):
                new = position.get(entry.number("tensor_index"), 0)
                entry.fields["tensor_index"] = pack("<I", new)


def _has_data(buffers: list[Node], tensor: Node) -> bool:
    return len(buffers[tensor.number("buffer")].fields.get("data", b"")) > 0


def _ints(values: object) -> bytes:
    numbers = list(values)  # type: ignore[call-overload]
    return pack(f"<{len(numbers)}i", *numbers)


def _duplicate_buffers(model: Node) -> None:
    if _counts_positions(model):
        return
    first: dict[bytes, int] = {}
    twin = {}
    for index, buffer in enumerate(model.nodes("buffers")):
        if set(buffer.fields) == {"data"} and len(buffer.fields["data"]):
            twin[index] = first.setdefault(bytes(buffer.fields["data"]), index)
    _renumber_buffers(model, lambda index: twin.get(index, index))


def _unused_buffers(model: Node) -> None:
    """Drop buffers that nothing refers to; the first one stays, as it means "no data"."""
    if _counts_positions(model):
        return
    users = (*_tensors(model), *model.nodes("metadata"))
    used = {0, *(node.number("buffer") for node in users), *model.numbers("metadata_buffer")}
    buffers = model.nodes("buffers")
    kept = [index for index in range(len(buffers)) if index in used]
    model.fields["buffers"] = [buffers[index] for index in kept]
    position = {old: new for new, old in enumerate(kept)}
    _renumber_buffers(model, position.__getitem__)


def _renumber_buffers(model: Node, new: Callable[[int], int]) -> None:
    for node in (*_tensors(model), *model.nodes("metadata")):
        if "buffer" in node.fields:
            node.fields["buffer"] = pack("<I", new(node.number("buffer")))
    if "metadata_buffer" in model.fields:
        numbers = model.numbers("metadata_buffer")
        model.fields["metadata_buffer"] = _ints(new(index) for index in numbers)


def _equal_channels(model: Node) -> None:
    """One scale and zero point for a convolution's weights where all channels have the same.

    The kernels use the first scale for every channel where there is one
    (PopulateConvolutionQuantizationParams in tensorflow/lite/kernels/kernel_util.cc).
    """
    codes = [_builtin(code) for code in model.nodes("operator_codes")]
    for subgraph in model.nodes("subgraphs"):
        tensors = subgraph.nodes("tensors")
        only_weights: dict[int, bool] = {}
        for op in subgraph.nodes("operators"):
            is_convolution = codes[op.number("opcode_index")] in _CONVOLUTIONS
            for place, index in enumerate(op.numbers("inputs")):
                fits = is_convolution and place == 1
                only_weights[index] = only_weights.get(index, True) and fits
        for index, fits in only_weights.items():
            quantization = tensors[index].fields.get("quantization") if index >= 0 else None
            if fits and quantization is not None:
                _collapse(quantization)


_CONVOLUTIONS = frozenset({3, 4})
"""CONV_2D and DEPTHWISE_CONV_2D."""


def _builtin(code: Node) -> int:
    return max(code.number("builtin_code"), code.number("deprecated_builtin_code"))


def _collapse(quantization: Node) -> None:
    scales = quantization.numbers("scale", "f")
    zero_points = quantization.numbers("zero_point", "q")
    alike = len(set(scales)) == 1 and len(set(zero_points)) == 1
    if alike and len(scales) == len(zero_points) > 1:
        quantization.fields["scale"] = bytes(quantization.fields["scale"][:4])
        quantization.fields["zero_point"] = bytes(quantization.fields["zero_point"][:8])


_STEPS: dict[Removal, Callable[[Node], None]] = {
    Removal.NAMES: _names,
    Removal.MIN_MAX: _min_max,
    Removal.SIGNATURES: _signatures,
    Removal.METADATA: _metadata,
    Removal.UNUSED_TENSORS: _unused_tensors,
    Removal.UNUSED_BUFFERS: _unused_buffers,
    Removal.DUPLICATE_BUFFERS: _duplicate_buffers,
    Removal.EQUAL_CHANNELS: _equal_channels,
}
