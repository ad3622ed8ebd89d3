"""Grows one subgraph at random: recipes take tensors from a pool and add what they produce."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import prod
from random import Random
from typing import Any

from estimator.graph import DType
from tests.oracle.builder import ModelSpec, OpSpec, SubgraphSpec, TensorSpec

FLOAT32, INT8, INT16, INT32, INT64 = (
    DType.FLOAT32, DType.INT8, DType.INT16, DType.INT32, DType.INT64,
)  # fmt: skip
BOOL, UINT8, UINT32, UINT64, INT4 = DType.BOOL, DType.UINT8, DType.UINT32, DType.UINT64, DType.INT4
QUANTIZED = (INT8, INT16, UINT8, INT4)
PLAIN_SCALE = 1 / 128
REUSE = 0.6  # of sources that are taken from the pool where it has a fitting one
_FORMATS = {
    FLOAT32: "f", INT8: "b", UINT8: "B", INT16: "h", INT32: "i", UINT32: "I", INT64: "q",
    UINT64: "Q", BOOL: "?",
}  # fmt: skip


@dataclass(slots=True)
class Maker:
    """One subgraph that grows.

    Attributes:
        rng: the source of all choices.
        model, spec: what is being written.
        pool: tensors without constant data that further operators may take.
        depth: how many subgraphs call this one.
    """

    rng: Random
    model: ModelSpec
    spec: SubgraphSpec
    pool: list[int] = field(default_factory=list)
    depth: int = 0
    shapes: set[str] = field(default_factory=set)

    def __getitem__(self, tensor: int) -> TensorSpec:
        return self.spec.tensors[tensor]

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def dims(self, rank: int, high: int = 8) -> tuple[int, ...]:
        return tuple(self.rng.randint(1, high) for _ in range(rank))

    def feature_map(self) -> tuple[int, ...]:
        """Batch, height, width, channels."""
        batch = 1 if self.chance(0.8) else 2
        return (batch, *self.dims(2, 9), self.rng.choice((1, 2, 3, 4, 8, 16)))

    # ---- tensors ---------------------------------------------------------------------------

    def quantized(self, shape: Sequence[int], dtype: DType, **fields: Any) -> TensorSpec:
        """A tensor with plausible quantization where its type wants one."""
        spec = TensorSpec(tuple(shape), dtype, **fields)
        if dtype in QUANTIZED and not spec.scales:
            odd = self.chance(0.3)
            spec.scales = (self.rng.choice((0.5, 0.02, 0.0078125, 0.1)) if odd else PLAIN_SCALE,)
            spec.zero_points = (self.rng.randint(-9, 9) if odd and dtype is INT8 else 0,)
        return spec

    def source(
        self,
        dtypes: Sequence[DType],
        shape: Sequence[int] | Callable[[], Sequence[int]] | None = None,
        rank: int | None = None,
        fits: Callable[[TensorSpec], bool] = lambda spec: True,
        **fields: Any,
    ) -> int:
        """A tensor to read: one that is there, or a new input of the graph.

        ``shape`` (or ``rank``) is what it must have; a callable is only for the new one.
        """
        fixed = tuple(shape) if shape is not None and not callable(shape) else None
        if self.chance(REUSE):
            found = [
                index for index in self.pool
                if (spec := self[index]).dtype in dtypes
                and (fixed is None or spec.shape == fixed)
                and (rank is None or len(spec.shape) == rank) and fits(spec)
                and all(getattr(spec, name) == value for name, value in fields.items())
            ]  # fmt: skip
            if found:
                return self.rng.choice(found[-4:] if self.chance(0.7) else found)
        if callable(shape):
            fixed = tuple(shape())
        if fixed is None:
            fixed = self.dims(rank if rank is not None else self.rng.choice((1, 2, 2, 3, 4, 4)))
        index = self.spec.add(self.quantized(fixed, self.rng.choice(dtypes), **fields))
        if self.depth and self.spec.inputs:  # a callee's inputs are its caller's business
            self[index].data = bytes(self[index].elements * (self[index].dtype.size_bytes or 1))
        elif self.chance(0.03):
            self[index].is_variable = True
            self.pool.append(index)
        else:
            self.spec.inputs.append(index)
            self.pool.append(index)
        return index

    def constant(
        self, dtype: DType, values: Sequence[float] | None = None,
        shape: Sequence[int] | None = None, **fields: Any,
    ) -> int:  # fmt: skip
        """A constant tensor: of the values, or random bytes (zeros for float)."""
        if values is not None:
            code = _FORMATS[dtype]
            data = struct.pack(f"<{len(values)}{code}", *values)
            shape = (len(values),) if shape is None else shape
        else:
            assert shape is not None
            count = prod(shape)
            size = (count + 1) // 2 if dtype is INT4 else count * (dtype.size_bytes or 1)
            data = bytes(size) if dtype is FLOAT32 else self.rng.randbytes(size)
        return self.spec.add(TensorSpec(tuple(shape), dtype, data=data, **fields))

    def weights(self, dtype: DType, shape: Sequence[int], dimension: int, channels: int) -> int:
        """A constant filter, per channel or per tensor."""
        if dtype is FLOAT32:
            return self.constant(dtype, shape=shape)
        count = channels if self.chance(0.7) else 1
        return self.constant(
            dtype, shape=shape, scales=(0.01,) * count, zero_points=(0,) * count,
            dimension=dimension if count > 1 else 0,
        )  # fmt: skip

    def vector(self, values: Sequence[int], dtype: DType = INT32) -> int:
        """A constant vector, such as axes or paddings; sometimes computed (then an input)."""
        return self.constant(dtype, values)

    def scalar(self, value: float, dtype: DType = INT32) -> int:
        return self.constant(dtype, [value], shape=())

    def output(
        self, shape: Sequence[int], dtype: DType, like: int | None = None, **fields: Any
    ) -> int:
        """A tensor to write; ``like`` gives its quantization."""
        if like is not None and dtype is self[like].dtype:
            fields = {"scales": self[like].scales, "zero_points": self[like].zero_points, **fields}
        index = self.spec.add(self.quantized(shape, dtype, **fields))
        self.pool.append(index)
        return index

    def same(self, tensor: int, **fields: Any) -> int:
        """An output of the same shape, type and quantization."""
        return self.output(self[tensor].shape, self[tensor].dtype, like=tensor, **fields)

    # ---- operators -------------------------------------------------------------------------

    def op(
        self,
        name: str,
        inputs: Sequence[int],
        outputs: Sequence[int],
        *,
        custom: bytes | None = None,
        is_custom: bool = False,
        **options: Any,
    ) -> None:
        self.spec.ops.append(
            OpSpec(
                name, list(inputs), list(outputs), options or None, custom=custom,
                is_custom=is_custom or custom is not None,
            )
        )  # fmt: skip

    # ---- subgraphs -------------------------------------------------------------------------

    def callee(self, inputs: Sequence[TensorSpec]) -> tuple[int, Maker]:
        """A new subgraph with inputs like those. Returns its index and what grows it."""
        spec = SubgraphSpec()
        self.model.subgraphs.append(spec)
        for tensor in inputs:
            spec.inputs.append(
                spec.add(TensorSpec(tensor.shape, tensor.dtype, tensor.scales, tensor.zero_points))
            )
        maker = Maker(self.rng, self.model, spec, list(spec.inputs), self.depth + 1, self.shapes)
        return len(self.model.subgraphs) - 1, maker
