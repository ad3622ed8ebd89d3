"""Declared custom operators: accepted, with their bytes in the arena."""

from __future__ import annotations

from estimator.api import estimate, estimate_graph
from estimator.graph import DType
from estimator.opmodel import Stage
from estimator.settings.custom import CustomOperator
from tests.oracle.builder import ModelSpec, OpSpec, SubgraphSpec, TensorSpec
from tests.unit.checks.building import graph

MODEL = graph({
    "tensors": ["in: INT8 1x8 q", "mid: INT8 1x8 q", "out: INT8 1x8 q"],
    "operators": ["custom:MyOperator in -> mid", "RELU mid -> out"],
})  # fmt: skip


def test_an_undeclared_one_is_refused() -> None:
    estimate = estimate_graph(MODEL)
    assert estimate.accepted is False and estimate.arena is None


def test_a_declared_one_brings_its_bytes() -> None:
    plain = estimate_graph(MODEL, custom={"MyOperator": CustomOperator("MyOperator").model()})
    declared = CustomOperator("MyOperator", (1000, 16), (512,), macs=64)
    estimate = estimate_graph(MODEL, custom={"MyOperator": declared.model()})
    assert plain.accepted and estimate.accepted
    assert plain.arena is not None and estimate.arena is not None
    handle = estimate.runtime.layout.size_of("ScratchBufferHandle")
    grown = estimate.arena.tail_bytes - plain.arena.tail_bytes
    assert 1000 + 16 + handle <= grown <= 1000 + 16 + handle + 48  # three alignments to 16
    assert estimate.arena.head_bytes == plain.arena.head_bytes + 512
    assert estimate.work.total_macs == 64 and plain.work.unknown == ("MyOperator",)


def named(code: str) -> bytes:
    tensors = [TensorSpec((1, 8), DType.INT8, (0.5,), (0,)) for _ in range(3)]
    ops = [OpSpec("RELU", [0], [1]), OpSpec(code, [1], [2], custom=b"", is_custom=True)]
    return ModelSpec([SubgraphSpec(tensors, ops, [0], [2])]).to_bytes()


def test_one_with_the_name_of_a_builtin_operator_is_another() -> None:
    refused = estimate(named("RELU"))
    assert [refusal.stage for refusal in refused.refusals] == [Stage.LOAD]
    declared = {"RELU": CustomOperator("RELU", (1000,)).model()}
    taken = estimate(named("RELU"), custom=declared)
    assert taken.accepted and taken.arena is not None
    both = [op.persistent_bytes or 0 for op in taken.operators]
    assert both[0] < 1000 <= both[1]


def test_a_custom_code_ends_at_a_zero() -> None:
    """TFLM compares it with strcmp."""
    declared = {"MyOperator": CustomOperator("MyOperator").model()}
    assert estimate(named("MyOperator\0x"), custom=declared).accepted
