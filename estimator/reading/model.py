"""From the bytes of a .tflite file to a Graph; weights are neither read nor copied."""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Any

import tflite
from tflite.utils import BUILTIN_OPCODE2NAME

from estimator.errors import ModelError
from estimator.graph import (
    DType,
    Graph,
    Metadata,
    Op,
    OperatorCode,
    Quantization,
    Subgraph,
    Tensor,
)
from estimator.reading.options import read_options

_CUSTOM = tflite.BuiltinOperator.CUSTOM
_EXTERNAL_BUFFER_SLOT = 24
"""vtable position of Tensor.external_buffer, which the tflite package (2.18) doesn't know yet."""


def open_model(path: Path) -> memoryview:
    """Map a file into memory. Raises ModelError if it can't be opened or is empty."""
    try:
        with path.open("rb") as file:
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except OSError as error:
        raise ModelError(
            f"can't be read: {error.strerror or error}", where=str(path), fix="check the path"
        ) from error
    except ValueError as error:  # mmap of an empty file
        raise ModelError("is empty", where=str(path), fix="convert the model again") from error


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
    return _Reader(view, name).graph()


class _Reader:
    """Turns the tables of one verified model into a Graph."""

    def __init__(self, data: memoryview, name: str) -> None:
        self.data = data
        self.name = name
        self.model = tflite.Model.GetRootAs(data, 0)
        self.buffers = self.model.BuffersLength()

    def fail(self, message: str, path: str, fix: str = "convert the model again") -> ModelError:
        return ModelError(message, where=f"{self.name}: {path}", fix=fix)

    def graph(self) -> Graph:
        if self.model.SubgraphsLength() == 0:
            raise self.fail("the model has no subgraph", "subgraphs")
        codes = tuple(self.code(index) for index in range(self.model.OperatorCodesLength()))
        return Graph(
            subgraphs=tuple(
                self.subgraph(index, codes) for index in range(self.model.SubgraphsLength())
            ),
            operator_codes=codes,
            metadata=tuple(self.metadata(index) for index in range(self.model.MetadataLength())),
            description=_text(self.model.Description()),
            schema_version=self.model.Version(),
            size_bytes=len(self.data),
            buffer_bytes=tuple(
                self.model.Buffers(index).DataLength() for index in range(self.buffers)
            ),
        )

    def code(self, index: int) -> OperatorCode:
        code = self.model.OperatorCodes(index)
        builtin = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        if builtin == _CUSTOM:
            name = _text(code.CustomCode()) if code.CustomCode() is not None else ""
            return OperatorCode(name, code.Version(), True, code.BuiltinCode())
        name = BUILTIN_OPCODE2NAME.get(builtin, f"BUILTIN_{builtin}")
        return OperatorCode(name, code.Version(), False, code.BuiltinCode())

    def metadata(self, index: int) -> Metadata:
        entry = self.model.Metadata(index)
        data = self.buffer(entry.Buffer(), f"metadata[{index}].buffer")
        return Metadata(_text(entry.Name()), entry.Buffer(), data)

    def subgraph(self, index: int, codes: tuple[OperatorCode, ...]) -> Subgraph:
        path = f"subgraphs[{index}]"
        table = self.model.Subgraphs(index)
        tensors = tuple(
            self.tensor(table.Tensors(i), i, f"{path}.tensors[{i}]")
            for i in range(table.TensorsLength())
        )
        return Subgraph(
            index=index,
            name=_text(table.Name()),
            tensors=tensors,
            inputs=self.indices(table.InputsAsNumpy(), len(tensors), f"{path}.inputs", 0),
            outputs=self.indices(table.OutputsAsNumpy(), len(tensors), f"{path}.outputs", 0),
            operators=tuple(
                self.op(table.Operators(i), i, codes, len(tensors), f"{path}.operators[{i}]")
                for i in range(table.OperatorsLength())
            ),
        )

    def tensor(self, table: Any, index: int, path: str) -> Tensor:
        try:
            dtype = DType(table.Type())
        except ValueError:
            raise self.fail(
                f"tensor type {table.Type()} is not in the schema that mculint knows", f"{path}.type"
            ) from None
        slot = table._tab.Offset(_EXTERNAL_BUFFER_SLOT)
        external = int.from_bytes(self.data[table._tab.Pos + slot :][:4], "little") if slot else 0
        return Tensor(
            index=index,
            name=_text(table.Name()),
            shape=_numbers(table.ShapeAsNumpy()),
            dtype=dtype,
            quantization=_quantization(table.Quantization()),
            data=self.buffer(table.Buffer(), f"{path}.buffer"),
            is_variable=bool(table.IsVariable()),
            buffer=table.Buffer(),
            shape_signature=_numbers(table.ShapeSignatureAsNumpy()),
            sparse=table.Sparsity() is not None,
            external_buffer=external,
        )

    def op(
        self, table: Any, index: int, codes: tuple[OperatorCode, ...], tensors: int, path: str
    ) -> Op:
        opcode = table.OpcodeIndex()
        if opcode >= len(codes):
            raise self.fail(
                f"{opcode} is no operator code (the model has {len(codes)})",
                f"{path}.opcode_index",
            )
        code = codes[opcode]
        return Op(
            index=index,
            name=code.name,
            inputs=self.indices(table.InputsAsNumpy(), tensors, f"{path}.inputs", -1),
            outputs=self.indices(table.OutputsAsNumpy(), tensors, f"{path}.outputs", 0),
            version=code.version,
            is_custom=code.is_custom,
            intermediates=self.indices(
                table.IntermediatesAsNumpy(), tensors, f"{path}.intermediates", 0
            ),
            options=read_options(table),
            custom_options=_bytes_view(table.CustomOptionsAsNumpy()),
            opcode_index=opcode,
        )

    def indices(self, vector: Any, tensors: int, path: str, lowest: int) -> tuple[int, ...]:
        """A vector of tensor indices, each at least ``lowest`` and below ``tensors``."""
        values = _numbers(vector)
        for position, value in enumerate(values):
            if not lowest <= value < tensors:
                raise self.fail(
                    f"{value} is no tensor (the subgraph has {tensors})", f"{path}[{position}]"
                )
        return values

    def buffer(self, index: int, path: str) -> memoryview | None:
        """The bytes of a buffer, None if it has none (as GetFlatbufferTensorBuffer of TFLM)."""
        if index >= self.buffers:
            raise self.fail(f"{index} is no buffer (the model has {self.buffers})", path)
        return _bytes_view(self.model.Buffers(index).DataAsNumpy())


def _bytes_view(vector: Any) -> memoryview | None:
    return memoryview(vector) if hasattr(vector, "size") and vector.size else None


def _numbers(vector: Any) -> tuple[Any, ...]:
    """A number vector of the tflite package (a numpy array, or 0 where absent) as a tuple."""
    return tuple(vector.tolist()) if hasattr(vector, "tolist") else ()


def _text(value: bytes | None) -> str:
    return value.decode(errors="backslashreplace") if value else ""


def _quantization(table: Any) -> Quantization | None:
    if table is None:
        return None
    return Quantization(
        _numbers(table.ScaleAsNumpy()),
        _numbers(table.ZeroPointAsNumpy()),
        table.QuantizedDimension(),
    )
