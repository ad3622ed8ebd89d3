"""Requirements that many kernels state with TF_LITE_ENSURE (tflite-micro 90b983c2)."""

from __future__ import annotations

from collections.abc import Collection

from estimator.graph import DType, Tensor
from estimator.opmodel import Node

CONVERT = "convert the model again: it is malformed"


def arity(node: Node, inputs: int | None, outputs: int | None) -> None:
    """NumInputs and NumOutputs (omitted tensors count); None where the kernel doesn't look."""
    for found, wanted, role in (
        (len(node.op.inputs), inputs, "inputs"),
        (len(node.op.outputs), outputs, "outputs"),
    ):
        node.ensure(
            wanted is None or found == wanted, f"it has {found} {role}, not {wanted}", fix=CONVERT
        )


def rank(node: Node, tensor: Tensor, wanted: int, role: str) -> None:
    """NumDimensions(tensor) == wanted."""
    node.ensure(
        tensor.rank == wanted, f"its {role} has rank {tensor.rank}, not {wanted}", tensor=tensor
    )


def types(
    node: Node,
    tensor: Tensor,
    allowed: Collection[DType],
    role: str,
    *,
    fix: str = "",
    aborts: bool = False,
) -> None:
    """The tensor's type is one of those allowed."""
    node.ensure(
        tensor.dtype in allowed,
        f"its {role} is {tensor.dtype.name}, not {' or '.join(t.name for t in allowed)}",
        tensor=tensor, fix=fix, aborts=aborts,
    )  # fmt: skip


def same_type(node: Node, first: Tensor, second: Tensor) -> None:
    """TF_LITE_ENSURE_TYPES_EQ."""
    node.ensure(
        first.dtype is second.dtype,
        f"tensors {first.index} ({first.dtype.name}) and {second.index} ({second.dtype.name}) "
        "must have the same type",
        tensor=second,
    )


def values(node: Node, tensor: Tensor, role: str) -> tuple[int, ...]:
    """The elements of a constant integer tensor; a refusal where its buffer is too short."""
    try:
        return tensor.values()
    except ValueError as error:
        node.refuse(
            f"its {role} can't be read: {error}; TFLM reads beyond it", tensor=tensor, fix=CONVERT
        )
        raise AssertionError("refuse() ends the step") from error
