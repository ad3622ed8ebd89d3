"""Declared custom operators: accepted, with their bytes in the arena."""

from __future__ import annotations

from estimator.api import estimate_graph
from estimator.settings.custom import CustomOperator
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
