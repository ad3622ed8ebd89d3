"""The arena by hand: every allocation of a small model, and what the options change."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estimator.analysis.arena import ArenaMap, ArenaOptions, Region
from estimator.analysis.plan_check import plan_faults
from estimator.analysis.tracing import trace_operators
from estimator.estimation import plan_arena
from estimator.facts.layout import load_layout
from estimator.facts.runtime import Core, Kernels, Runtime
from estimator.graph import DType
from estimator.opmodel import OperatorModel
from estimator.ops import operators
from estimator.reading import read
from estimator.settings.custom import CustomOperator
from tests.oracle.builder import ModelSpec, OpSpec, SubgraphSpec, TensorSpec
from tests.oracle.generator import random_model

RUNTIME = Runtime(Kernels.REFERENCE, Core("cortex-m4", dsp=True), load_layout("arm-none-eabi"))
FLOAT = DType.FLOAT32
# arm-none-eabi (../shared/arena/RULES.md): the tail of the model below, from the end of the arena.
CONSTRUCTION = 36 + 44 + 36  # SingleArenaBufferAllocator, GreedyMemoryPlanner, MicroAllocator
MODEL = 8 + 8 + 2 * 12 + 32  # MicroBuiltinDataAllocator, SubgraphAllocations, tensors, node


def model(custom: bool = False) -> ModelSpec:
    """16 bytes -> FLOOR (which keeps nothing) or a custom operator -> 16 bytes."""
    op = OpSpec("Mine", [0], [1], is_custom=True) if custom else OpSpec("FLOOR", [0], [1])
    return ModelSpec(
        [SubgraphSpec([TensorSpec((4,), FLOAT), TensorSpec((4,), FLOAT)], [op], [0], [1])]
    )


def arena(
    spec: ModelSpec, options: ArenaOptions | None = None,
    models: dict[str, OperatorModel] | None = None, runtime: Runtime = RUNTIME,
) -> ArenaMap:  # fmt: skip
    graph = read(spec.to_bytes())
    traces = trace_operators(graph, runtime, {**operators(), **(models or {})})
    found, refusals = plan_arena(graph, runtime, traces, options or ArenaOptions())
    assert found is not None, (traces.refusals, refusals)
    return found


def down(value: int, alignment: int) -> int:
    return value // alignment * alignment


def interface(tail: int) -> int:
    """A pointer (aligned to 16) and a TfLiteTensor for the input, and for the output."""
    for _ in range(2):
        tail = down(tail - 4, 16) - 32
    return tail


def test_every_byte_of_a_small_model() -> None:
    found = arena(model())
    assert found.head_bytes == 32
    assert found.tail_bytes == -interface(-CONSTRUCTION - MODEL)
    assert found.used_bytes == found.head_bytes + found.tail_bytes


def test_a_declared_custom_operator_is_counted() -> None:
    declared = CustomOperator("Mine", persistent_bytes=(100, 3), scratch_bytes=(33, 0))
    found = arena(model(custom=True), models={"Mine": declared.model()})
    tail = -CONSTRUCTION - MODEL
    for size in declared.persistent_bytes:
        tail = down(tail - size, 16)
    tail -= 2 * 4  # ScratchBufferHandle
    assert found.tail_bytes == -interface(tail)
    assert found.head_bytes == 32 + 48  # both tensors and 33 bytes of scratch, all alive at step 1


def test_a_recording_interpreter_takes_more() -> None:
    plain, recording = arena(model()), arena(model(), ArenaOptions(recording=True))
    layout = RUNTIME.layout
    more = sum(
        layout.size_of(f"Recording{name}") - layout.size_of(name)
        for name in ("SingleArenaBufferAllocator", "MicroAllocator")
    )
    assert more > 0
    assert plain.head_bytes == recording.head_bytes
    assert 0 <= recording.tail_bytes - plain.tail_bytes - more < 16


def test_preserve_all_tensors_lays_them_side_by_side() -> None:
    spec = model()
    spec.subgraphs[0].ops.append(
        OpSpec("CEIL", [1], [spec.subgraphs[0].add(TensorSpec((4,), FLOAT))])
    )
    spec.subgraphs[0].outputs = [2]
    greedy, linear = arena(spec), arena(spec, ArenaOptions(preserve_all_tensors=True))
    assert greedy.head_bytes == 32
    assert linear.head_bytes == 48
    assert linear.plan.offsets == (0, 16, 32)


def test_resource_variables_are_in_the_tail() -> None:
    spec = model()
    none, three = arena(spec), arena(spec, ArenaOptions(resource_variables=3))
    before = -36 - 44 - 36
    after = down(down(before - 12, 16) - 60, 16)
    rest = -MODEL
    assert none.tail_bytes == -interface(before + rest)
    assert three.tail_bytes == -interface(after + rest)


@pytest.mark.parametrize("odd", range(16))
def test_an_end_that_is_not_aligned_costs_at_most_its_alignment(odd: int) -> None:
    aligned, shifted = arena(model()), arena(model(), ArenaOptions(misalignment_bytes=odd))
    # The tail starts at the end itself; where it meets a multiple of 16, it meets the same ones.
    assert 0 <= shifted.used_bytes - aligned.used_bytes < 16 + odd
    assert shifted.head_bytes == aligned.head_bytes
    assert shifted.minimum_bytes % 16 == 0


@given(st.integers(0, 5000), st.booleans(), st.integers(0, 15))
@settings(max_examples=60, deadline=None)
def test_parts_add_up_and_the_smallest_arena_holds_them(
    seed: int, recording: bool, odd: int
) -> None:
    graph = read(random_model(seed).data)
    traces = trace_operators(graph, RUNTIME, operators())
    options = ArenaOptions(recording=recording, misalignment_bytes=odd)
    found, _ = plan_arena(graph, RUNTIME, traces, options)
    if found is None:
        return
    assert sum(part.size_bytes for part in found.parts) == found.used_bytes
    tail = sum(part.size_bytes for part in found.parts if part.region is Region.TAIL)
    assert (found.head_bytes, found.tail_bytes) == (found.plan.size_bytes, tail)
    assert found.minimum_bytes + odd >= found.used_bytes
    if not traces.offline_offsets:
        assert not list(plan_faults(found.plan, found.head_bytes))
