"""From the bytes of a .tflite file to a Graph; weights are neither read nor copied."""

from __future__ import annotations

import mmap
import os
from pathlib import Path

from estimator.errors import ModelError
from estimator.graph import (
    DType,
    Graph,
    Metadata,
    Op,
    OperatorCode,
    OptionValue,
    Quantization,
    Subgraph,
    Tensor,
)
from estimator.reading.schema import CUSTOM, OPERATOR_NAMES, custom_operator_name
from estimator.reading.verification import verify
from estimator.reading.view import File, View

MAPPED_BYTES = 1 << 20
"""Files from this size on are mapped."""
MAXIMUM_RANK = 32
"""Dimensions of a tensor; TFLM's kernels take 8 at most."""
_TYPES = {dtype.value: dtype for dtype in DType}


def open_model(path: Path) -> memoryview:
    """The bytes of a file; those of a large one are mapped, not read.

    A mapped file keeps a file descriptor, of which a process has about 1,000: not all are mapped.

    Raises:
        ModelError: it can't be opened or is empty.
    """
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size >= MAPPED_BYTES:
                return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
            data = file.read(MAPPED_BYTES)
    except OSError as error:
        raise ModelError(
            f"can't be read: {error.strerror or error}", where=str(path), fix="check the path"
        ) from error
    if not data:
        raise ModelError("is empty", where=str(path), fix="convert the model again")
    return memoryview(data)


def read(data: bytes | memoryview, name: str = "model") -> Graph:
    """Read a model.

    Args:
        data: the file's bytes or a view of them.
        name: what to call the model in errors, such as its path.

    Raises:
        ModelError: the bytes are no TFLite model, are truncated, point outside themselves or use
            a part of the schema that is not known here.
    """
    view = memoryview(data)
    verify(view, name)
    return _Reader(view, name).graph()


class _Reader:
    """Turns the tables of one verified model into a Graph."""

    def __init__(self, data: memoryview, name: str) -> None:
        self.name = name
        self.size_bytes = len(data)
        self.model = File(data).root()
        self.buffers = [buffer.content("data") or None for buffer in self.model.children("buffers")]
        self.codes = tuple(_code(table) for table in self.model.children("operator_codes"))

    def fail(self, message: str, path: str) -> ModelError:
        return ModelError(message, where=f"{self.name}: {path}", fix="convert the model again")

    def graph(self) -> Graph:
        subgraphs = self.model.children("subgraphs")
        if not subgraphs:
            raise self.fail("the model has no subgraph", "subgraphs")
        return Graph(
            subgraphs=tuple(self.subgraph(index, table) for index, table in enumerate(subgraphs)),
            operator_codes=self.codes,
            metadata=tuple(
                Metadata(
                    entry.text("name"), entry.number("buffer"),
                    self.buffer(entry.number("buffer"), f"metadata[{index}].buffer"),
                )
                for index, entry in enumerate(self.model.children("metadata"))
            ),
            description=self.model.text("description"),
            schema_version=self.model.number("version"),
            size_bytes=self.size_bytes,
            buffer_bytes=tuple(len(data) if data is not None else 0 for data in self.buffers),
        )  # fmt: skip

    def subgraph(self, index: int, table: View) -> Subgraph:
        path = f"subgraphs[{index}]"
        return Subgraph(
            index=index,
            name=table.text("name"),
            tensors=tuple(
                self.tensor(entry, i, path) for i, entry in enumerate(table.children("tensors"))
            ),
            inputs=table.numbers("inputs"),
            outputs=table.numbers("outputs"),
            operators=tuple(
                self.op(entry, i) for i, entry in enumerate(table.children("operators"))
            ),
        )

    def tensor(self, table: View, index: int, path: str) -> Tensor:
        dtype = _TYPES.get(table.number("type"))
        if dtype is None:
            raise self.fail(
                f"tensor type {table.number('type')} is not in the schema that mculint knows",
                f"{path}.tensors[{index}].type",
            )
        shape = table.numbers("shape")
        if len(shape) > MAXIMUM_RANK:
            raise self.fail(
                f"{len(shape)} dimensions are more than {MAXIMUM_RANK}",
                f"{path}.tensors[{index}].shape",
            )
        buffer = table.number("buffer")
        return Tensor(
            index=index,
            name=table.text("name"),
            shape=shape,
            dtype=dtype,
            quantization=_quantization(table.child("quantization")),
            data=self.buffer(buffer, f"{path}.tensors[{index}].buffer"),
            is_variable=bool(table.number("is_variable")),
            buffer=buffer,
            shape_signature=table.numbers("shape_signature"),
            sparse=table.has("sparsity"),
            external_buffer=table.number("external_buffer"),
        )

    def op(self, table: View, index: int) -> Op:
        opcode = table.number("opcode_index")
        code = self.codes[opcode]
        return Op(
            index=index,
            name=code.name,
            inputs=table.numbers("inputs"),
            outputs=table.numbers("outputs"),
            version=code.version,
            is_custom=code.is_custom,
            intermediates=table.numbers("intermediates"),
            options=_options(table),
            custom_options=table.content("custom_options"),
            opcode_index=opcode,
        )

    def buffer(self, index: int, path: str) -> memoryview | None:
        """The bytes of a buffer, None if it has none (as GetFlatbufferTensorBuffer of TFLM)."""
        if not 0 <= index < len(self.buffers):
            raise self.fail(f"{index} is no buffer (the model has {len(self.buffers)})", path)
        return self.buffers[index]


def _code(table: View) -> OperatorCode:
    extended = table.number("builtin_code")
    builtin = max(extended, table.number("deprecated_builtin_code"))
    version = table.number("version", 1)
    if builtin == CUSTOM:
        name = custom_operator_name(table.text("custom_code"))
        return OperatorCode(name, version, True, extended)
    known = 0 <= builtin < len(OPERATOR_NAMES)
    name = OPERATOR_NAMES[builtin] if known else f"BUILTIN_{builtin}"
    return OperatorCode(name, version, False, extended)


def _options(operator: View) -> dict[str, OptionValue] | None:
    """The builtin options' fields; None where the file has no table that the schema knows."""
    options = operator.member("builtin_options") or operator.member("builtin_options_2")
    return dict(options.plain_fields()) if options is not None else None


def _quantization(table: View | None) -> Quantization | None:
    if table is None:
        return None
    return Quantization(
        table.numbers("scale"), table.numbers("zero_point"), table.number("quantized_dimension")
    )
