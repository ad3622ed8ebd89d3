"""What a model asks TFLM for as a whole, and what the interpreter refuses beside the kernels."""

from __future__ import annotations

import struct

import pytest

from estimator.analysis.arena import ArenaOptions
from estimator.analysis.planner import Plan, plan_linear
from estimator.analysis.tracing import Traces, plan_refusals, trace_operators
from estimator.estimation import plan_arena
from estimator.facts.layout import load_layout
from estimator.facts.runtime import Core, Kernels, Runtime
from estimator.graph import DType, Graph
from estimator.opmodel import Stage
from estimator.ops import operators
from estimator.reading import read
from tests.oracle.builder import ModelSpec, OpSpec, SubgraphSpec, TensorSpec

RUNTIME = Runtime(Kernels.REFERENCE, Core("cortex-m4", dsp=True), load_layout("arm-none-eabi"))
FLOAT = DType.FLOAT32


def relu_model(*shape: int, **fields: object) -> ModelSpec:
    """t0 -> RELU -> t1."""
    tensors = [TensorSpec(shape, FLOAT), TensorSpec(shape, FLOAT)]
    return ModelSpec([SubgraphSpec(tensors, [OpSpec("RELU", [0], [1])], [0], [1])], **fields)


def traced(spec: ModelSpec) -> tuple[Graph, Traces]:
    graph = read(spec.to_bytes())
    return graph, trace_operators(graph, RUNTIME, operators())


def stops(spec: ModelSpec) -> list[tuple[Stage, str]]:
    graph, traces = traced(spec)
    _, planning = plan_arena(graph, RUNTIME, traces, ArenaOptions())
    return [(refusal.stage, refusal.reason) for refusal in traces.refusals + planning]


def offline(*offsets: int, count: int | None = None) -> dict[str, bytes]:
    words = (1, 0, len(offsets) if count is None else count, *offsets)
    return {"OfflineMemoryAllocation": struct.pack(f"<{len(words)}i", *words)}


def test_a_sound_model_is_accepted() -> None:
    _, traces = traced(relu_model(1, 4))
    assert traces.accepted is True
    assert not traces.refusals


def test_every_refusal_is_told_in_the_order_of_the_stages() -> None:
    spec = relu_model(1, 4)
    main = spec.subgraphs[0]
    main.ops.append(OpSpec("TOPK_V2", [0], [1]))
    main.ops.append(OpSpec("Mine", [0], [1], is_custom=True))
    main.add(TensorSpec((1,), DType.STRING))
    found = stops(spec)
    assert [stage for stage, _ in found] == [Stage.LOAD, Stage.LOAD, Stage.PLAN]
    assert ["TOPK_V2" in reason for _, reason in found] == [True, False, False]
    assert ["'Mine'" in reason for _, reason in found] == [False, True, False]


def test_a_builtin_operator_with_custom_options_is_refused() -> None:
    spec = relu_model(1, 4)
    spec.subgraphs[0].ops[0].custom = b"\1"
    assert stops(spec) == [(Stage.PARSE, "builtin operator RELU carries custom options")]


def test_a_dynamic_output_is_refused_after_prepare() -> None:
    (stage, reason), *_ = stops(relu_model(1, -1))
    assert stage is Stage.PREPARE
    assert "dynamic" in reason


@pytest.mark.parametrize(
    ("shape", "stage", "words"),
    [
        ((-1,), Stage.INVOKE, "plans no memory"),  # -4 bytes round up to 0
        ((-1, 100), Stage.PLAN, "head's size becomes negative"),
    ],
)
def test_a_negative_size_rounds_up_to_nothing_or_breaks_the_plan(
    shape: tuple[int, ...], stage: Stage, words: str
) -> None:
    spec = ModelSpec([SubgraphSpec([TensorSpec(shape, FLOAT)], [], [0], [0])])
    assert any(found is stage and words in reason for found, reason in stops(spec))


def test_the_next_operator_sees_the_shape_that_a_kernel_sets() -> None:
    """GATHER makes its output [2, 3]; the file says [9, 3], which RELU behind it would refuse."""
    spec = SubgraphSpec(
        [
            TensorSpec((4, 3), FLOAT), TensorSpec((2,), DType.INT32, data=bytes(8)),
            TensorSpec((9, 3), FLOAT), TensorSpec((2, 3), FLOAT),
        ],
        [OpSpec("GATHER", [0, 1], [2], {"axis": 0}), OpSpec("CEIL", [2], [3])], [0], [3],
    )  # fmt: skip
    graph, traces = traced(ModelSpec([spec]))
    assert traces.accepted is True
    assert traces.resized(graph) == {(0, 2): 24}


@pytest.mark.parametrize(
    ("metadata", "aborts"),
    [
        (offline(-1), False),  # announces 1 of 2 tensors
        (offline(-1, count=2), True),  # announces 2, holds 1: TFLM reads beyond
        ({"OfflineMemoryAllocation": b""}, True),
    ],
)
def test_an_offline_plan_of_wrong_length_is_refused(
    metadata: dict[str, bytes], aborts: bool
) -> None:
    _, traces = traced(relu_model(1, 4, metadata=metadata))
    (refusal,) = traces.refusals
    assert (refusal.stage, refusal.aborts) == (Stage.PLAN, aborts)
    assert "offline plan" in refusal.reason


def test_offline_offsets_are_read() -> None:
    _, traces = traced(relu_model(1, 4, metadata=offline(32, -1)))
    assert traces.offline_offsets == (32, -1)


def test_a_variable_tensor_between_two_subgraphs_offsets_gets_no_memory() -> None:
    variable = TensorSpec((4,), FLOAT, is_variable=True)
    spec = relu_model(1, 4, metadata=offline(0, 16, -1))
    spec.subgraphs.append(SubgraphSpec([variable]))
    _, traces = traced(spec)
    (refusal,) = traces.refusals
    assert (refusal.subgraph, refusal.tensor, refusal.aborts) == (1, 0, True)
    assert "gets no memory" in refusal.reason


def test_scratch_in_a_subgraph_that_nothing_calls_is_refused() -> None:
    spec = relu_model(1, 4)
    axes = TensorSpec((1,), DType.INT32, data=bytes(4))
    quantized = {"scales": (0.5,), "zero_points": (0,)}
    spec.subgraphs.append(
        SubgraphSpec(
            [TensorSpec((2, 4), DType.INT8, **quantized), axes,
             TensorSpec((4,), DType.INT8, scales=(0.25,), zero_points=(0,))],
            [OpSpec("MEAN", [0, 1], [2])], [0], [2],
        )
    )  # fmt: skip
    (found,) = stops(spec)
    assert found[0] is Stage.PLAN
    assert "no operator calls" in found[1]


def test_control_flow_to_a_subgraph_that_is_not_there_is_refused() -> None:
    spec = relu_model(1, 4)
    spec.subgraphs[0].ops.append(OpSpec("CALL_ONCE", [], [], {"init_subgraph_index": 7}))
    reasons = [reason for stage, reason in stops(spec) if stage is Stage.PREPARE]
    assert any("subgraph 7" in reason or "is 7" in reason for reason in reasons)


def test_the_linear_planner_takes_no_offline_plan_and_1024_buffers() -> None:
    graph, traces = traced(relu_model(1, 4, metadata=offline(32, -1)))
    _, (refusal,) = plan_arena(graph, RUNTIME, traces, ArenaOptions(preserve_all_tensors=True))
    assert "takes no offline plan" in refusal.reason
    tensors = [TensorSpec((4,), FLOAT) for _ in range(1025)]
    graph, traces = traced(ModelSpec([SubgraphSpec(tensors, [], [0], [0])]))
    _, (refusal,) = plan_arena(graph, RUNTIME, traces, ArenaOptions(preserve_all_tensors=True))
    assert "1025 buffers" in refusal.reason
    arena, none = plan_arena(graph, RUNTIME, traces, ArenaOptions())
    assert arena is not None
    assert not none


def test_a_sound_plan_is_not_refused() -> None:
    assert plan_refusals(plan_linear([]), linear=True) == ()
    assert plan_refusals(Plan((), ()), linear=False) == ()


def test_a_container_after_a_handle_without_one_is_refused() -> None:
    """FindId gives strcmp the null container of the earlier handle."""
    spec = relu_model(1, 4)
    main = spec.subgraphs[0]
    for options in ({"shared_name": "a"}, {"shared_name": "b", "container": "box"}):
        main.ops.append(
            OpSpec("VAR_HANDLE", [], [main.add(TensorSpec((1,), DType.RESOURCE))], options)
        )
    _, traces = traced(spec)
    (refusal,) = traces.refusals
    assert (refusal.operator, refusal.aborts) == (2, True)
    assert "container" in refusal.reason


def test_a_type_without_size_is_refused_where_prepare_meets_it() -> None:
    spec = relu_model(1, 4)
    spec.subgraphs[0].tensors[0].dtype = DType.STRING
    stage, reason = stops(spec)[0]
    assert stage is Stage.PREPARE
    assert "STRING" in reason
