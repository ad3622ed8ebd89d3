"""What fuzzing found, one named case per defect."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from estimator import estimate
from estimator.graph import DType
from fuzz import target
from tests.oracle.builder import ModelSpec, OpSpec, SubgraphSpec, TensorSpec

NAN = float("nan")


def model(name: str, *tensors: TensorSpec, custom: bytes | None = None, **options: int) -> bytes:
    """One operator; the last tensor is its output."""
    inputs, output = list(range(len(tensors) - 1)), len(tensors) - 1
    op = OpSpec(
        name, inputs, [output], options or None, custom=custom, is_custom=custom is not None
    )
    return ModelSpec([SubgraphSpec(list(tensors), [op], inputs[:1], [output])]).to_bytes()


def int8(*shape: int) -> TensorSpec:
    return TensorSpec(shape, DType.INT8, (0.5,), (0,))


def concatenation_of_a_scalar() -> bytes:
    return model("CONCATENATION", int8(2), int8(), int8(2), axis=0)


def svdf_with_scalar_weights() -> bytes:
    return model("SVDF", int8(1, 4), int8(), int8(1, 4), int8(1), int8(1, 4), int8(1, 1), rank=1)


def rfft_of_a_scalar() -> bytes:
    return model(
        "SignalRfft", TensorSpec((), DType.INT16), TensorSpec((4,), DType.INT16), custom=b"x"
    )


def tanh_with_a_scale_that_is_no_number() -> bytes:
    scale = TensorSpec((1, 4), DType.INT16, (NAN,), (0,))
    return model("TANH", scale, TensorSpec((1, 4), DType.INT16, (NAN,), (0,)))


def transpose_by_an_order_of_another_type() -> bytes:
    order = TensorSpec((2,), DType.FLOAT16, data=bytes(8))
    return model("TRANSPOSE", int8(2, 2), order, int8(2, 2))


def transpose_by_a_negative_number_of_axes() -> bytes:
    order = TensorSpec((-1,), DType.INT32, data=bytes(8))
    return model("TRANSPOSE", int8(2, 2), order, int8(2, 2))


def pad_of_negative_size() -> bytes:
    paddings = TensorSpec((-2, 2), DType.INT32, data=bytes(16))
    return model("PAD", int8(2, 2), paddings, int8(2, 2))


def variable_of_negative_size() -> bytes:
    handle = TensorSpec((1,), DType.RESOURCE)
    value = TensorSpec((2, -(2**31)), DType.FLOAT32)
    ops = [
        OpSpec("VAR_HANDLE", [], [0], {"shared_name": "v"}),
        OpSpec("ASSIGN_VARIABLE", [0, 1], []),
    ]
    return ModelSpec([SubgraphSpec([handle, value], ops, [1], [0])]).to_bytes()


def no_operators() -> bytes:
    """Charts over no step and over no latency."""
    return ModelSpec([SubgraphSpec([int8(1)], [], [0], [0])]).to_bytes()


@pytest.mark.parametrize(
    "build",
    [concatenation_of_a_scalar, svdf_with_scalar_weights, rfft_of_a_scalar,
     tanh_with_a_scale_that_is_no_number, transpose_by_an_order_of_another_type,
     transpose_by_a_negative_number_of_axes, pad_of_negative_size, variable_of_negative_size,
     no_operators],
    ids=lambda build: build.__name__,
)  # fmt: skip
def test_found(build: Callable[[], bytes]) -> None:
    data = build()
    for choice in range(4):
        result = target.estimated(data, choice)
        target.reported(result, data)
    target.checked(data)
    assert estimate(data).accepted is not None


def test_negative_variables_are_refused() -> None:
    result = estimate(variable_of_negative_size())
    assert any("dynamic shape" in refusal.reason for refusal in result.refusals)
