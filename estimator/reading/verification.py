"""Refuse what is no sound .tflite file, before anything reads it.

Stricter than flatbuffers::Verifier in that no two objects may overlap and positions (buffers,
tensors, operator codes, subgraphs) must exist; alignment is left to the rules.
"""

from __future__ import annotations

from itertools import pairwise
from struct import unpack_from

from estimator.errors import ModelError
from estimator.reading.walk import FIX, Reference, Walk, Walker, path

IDENTIFIER = b"TFL3"
_OTHER_FORMATS = (
    (b"PK\x03\x04", "a zip archive (a .keras file, perhaps)", "unpack or convert it first"),
    (b"\x1f\x8b", "gzip-compressed", "unpack it first"),
    (b"\x89HDF", "an HDF5 file", "convert it with tf.lite.TFLiteConverter"),
    (b"version https://git-lfs", "a Git LFS pointer", "fetch the file with `git lfs pull`"),
    (b"<", "a web page", "download the file itself"),
    (b"\x08", "an ONNX or TensorFlow protobuf file, perhaps", "convert it to .tflite first"),
)


def verify(data: memoryview, name: str = "model") -> None:
    """Check a file's structure; cheap enough for every read.

    Args:
        data: the file's bytes.
        name: what to call the file in errors.

    Raises:
        ModelError: with the path to the fault and what to do.
    """
    sound_walk(data, name)


def sound_walk(data: memoryview, name: str) -> Walk:
    """Walk a file and check that nothing overlaps and every index exists. Raises ModelError."""
    check_identifier(data, name)
    walk = Walker(data, name).walk()
    _check_overlaps(walk, name)
    _check_indices(data, walk, name)
    return walk


def check_identifier(data: memoryview, name: str) -> None:
    """Refuse other formats. Raises ModelError."""
    if len(data) == 0:
        raise ModelError("is empty", where=name, fix=FIX)
    if len(data) >= 8 and data[4:8] == IDENTIFIER:
        return
    start = bytes(data[:32])
    for magic, what, fix in _OTHER_FORMATS:
        if start.startswith(magic):
            raise ModelError(f"is {what}, not a .tflite file", where=name, fix=fix)
    raise ModelError(
        "is not a .tflite file: bytes 4 to 7 are not the identifier TFL3", where=name, fix=FIX
    )


def _check_overlaps(walk: Walk, name: str) -> None:
    spans = walk.spans
    spans.sort()
    for before, after in pairwise(spans):
        if before[1] > after[0]:
            raise ModelError(
                f"bytes {after.start} to {before.end} also belong to "
                f"{path(before.owner, before.field)}",
                where=f"{name}: {path(after.owner, after.field)}",
                fix=FIX,
            )


def _check_indices(data: memoryview, walk: Walk, name: str) -> None:
    limits: dict[tuple[int, str], int] = {}
    signatures = _signature_subgraphs(walk)
    for reference in walk.references:
        target = reference.field.index_of
        subgraph = -1
        if target.startswith("tensors"):
            top = _top(reference.owner)
            subgraph = signatures.get(top[2], 0) if top[1] == "signature_defs" else top[2]
        limit = limits.get((subgraph, target))
        if limit is None:
            place = f"subgraphs[{subgraph}].tensors" if subgraph >= 0 else target
            limit = limits[subgraph, target] = walk.lengths.get(place, 0)
        _check_reference(data, reference, limit, name)


def _check_reference(data: memoryview, reference: Reference, limit: int, name: str) -> None:
    value = reference.value
    if isinstance(value, int):
        low = high = value
    elif value[0] == value[1]:
        return
    else:
        values = unpack_from(f"<{(value[1] - value[0]) // 4}i", data, value[0])
        low, high = min(values), max(values)
    lowest = -1 if reference.field.index_of.endswith("?") else 0
    if low < lowest or high >= limit:
        target = reference.field.index_of.rstrip("?").replace("_", " ")
        raise ModelError(
            f"{low if low < lowest else high} is out of range: there are {limit} {target}",
            where=f"{name}: {path(reference.owner, reference.field.name)}",
            fix=FIX,
        )


def _top(owner: tuple) -> tuple:  # type: ignore[type-arg]
    """The outermost step of a chain: which subgraph or signature an object belongs to."""
    while owner[0] is not None:
        owner = owner[0]
    return owner


def _signature_subgraphs(walk: Walk) -> dict[int, int]:
    return {
        reference.owner[2]: reference.value
        for reference in walk.references
        if reference.table == "SignatureDef" and isinstance(reference.value, int)
    }
