"""Runs every operator's steps and collects what TFLM is asked for, and all that it would refuse."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from estimator.analysis.arena import MAXIMUM_SCRATCH_PER_OPERATOR
from estimator.analysis.lifetimes import NEVER, ONLINE, Scratch, called_subgraphs
from estimator.analysis.planner import LINEAR_PLANNER_BUFFERS, Plan
from estimator.facts.runtime import Runtime
from estimator.graph import Graph, Op, Subgraph, Tensor
from estimator.opmodel import (
    Node,
    OperatorModel,
    Refusal,
    RequestKind,
    Stage,
    Trace,
    trace,
)
from estimator.ops._compression import allocate_compressed_tensors_list

OFFLINE_PLAN = "OfflineMemoryAllocation"
_ORDER = {stage: position for position, stage in enumerate(Stage)}


@dataclass(frozen=True, slots=True)
class Traces:
    """What all operators ask for, in the order of ``graph.operators``, and what TFLM refuses.

    Attributes:
        operators: one trace per operator.
        refusals: in the order in which TFLM meets them.
        unknown: (operator name, step) of what is not modelled; where there are some, the arena
            and the answer on acceptance are unknown.
        offline_offsets: the model's offline plan, () if it has none.
    """

    operators: tuple[Trace, ...]
    refusals: tuple[Refusal, ...]
    unknown: tuple[tuple[str, Stage], ...]
    offline_offsets: tuple[int, ...]

    @property
    def accepted(self) -> bool | None:
        """Whether AllocateTensors() and Invoke() succeed in a large enough arena."""
        if self.refusals:
            return False
        return None if self.unknown else True

    def scratch(self, graph: Graph) -> tuple[Scratch, ...]:
        """All scratch buffers in the order of their requests."""
        return tuple(
            Scratch(subgraph.index, op.index, request.what, request.size_bytes)
            for (subgraph, op), steps in zip(graph.operators, self.operators)
            for request in steps.prepare
            if request.kind is RequestKind.SCRATCH
        )

    def owned(self, graph: Graph) -> frozenset[tuple[int, int]]:
        """(subgraph, tensor) of the tensors whose data pointer a kernel sets."""
        return frozenset(
            (subgraph.index, request.tensor)
            for (subgraph, _), steps in zip(graph.operators, self.operators)
            for request in (*steps.init, *steps.prepare)
            if request.kind is RequestKind.OWNED and request.tensor is not None
        )

    def resized(self, graph: Graph) -> dict[tuple[int, int], int]:
        """(subgraph, tensor) -> bytes of the tensors whose shape a kernel changes."""
        return {
            (subgraph.index, request.tensor): request.size_bytes
            for (subgraph, _), steps in zip(graph.operators, self.operators)
            for request in steps.prepare
            if request.kind is RequestKind.RESIZED and request.tensor is not None
        }


def trace_operators(graph: Graph, runtime: Runtime, models: Mapping[str, OperatorModel]) -> Traces:
    """Trace a whole model.

    Args:
        graph: the model.
        runtime: how TFLM is built.
        models: operator name -> what is known of it: TFLM's own, and custom ones that the
            application registers.
    """
    traces: list[Trace] = []
    refusals: list[Refusal] = []
    refusals += allocate_compressed_tensors_list(graph, runtime.layout).refusals
    unknown: list[tuple[str, Stage]] = []
    scratch = 0
    shaped = graph  # with the shapes that kernels have set so far, which the next ones see
    for subgraph, op in graph.operators:
        model = models.get(op.name)
        refused = _load(subgraph, op, model)
        if refused is not None or model is None:
            traces.append(Trace((), (), (), ()))
            refusals += [refused] if refused is not None else []
            continue
        node = Node(
            shaped, shaped.subgraphs[subgraph.index], op, runtime,
            model.kernel_file(runtime.kernels),
        )  # fmt: skip
        node.earlier_scratch = scratch
        steps = trace(model, node)
        shaped = _reshape(shaped, subgraph.index, steps)
        traces.append(steps)
        scratch += sum(request.kind is RequestKind.SCRATCH for request in steps.prepare)
        refusals += steps.refusals
        refusals += _after_prepare(subgraph, op, steps)
        unknown += [(op.name, stage) for stage in steps.unknown]
    refusals += _unknown_sizes(shaped)
    offsets, faults = _offline_offsets(graph)
    refusals += faults
    refusals += _variables_without_memory(graph, offsets)
    refusals += _control_flow(graph)
    refusals.sort(key=lambda refusal: _ORDER[refusal.stage])
    return Traces(tuple(traces), tuple(refusals), tuple(unknown), offsets)


def _reshape(graph: Graph, subgraph: int, steps: Trace) -> Graph:
    """The graph with the shapes that a kernel has given to tensors of its subgraph."""
    shapes = {r.tensor: r.shape for r in steps.prepare if r.kind is RequestKind.RESIZED}
    if not shapes:
        return graph
    old = graph.subgraphs[subgraph]
    tensors = tuple(
        replace(tensor, shape=shapes[tensor.index]) if tensor.index in shapes else tensor
        for tensor in old.tensors
    )
    subgraphs = list(graph.subgraphs)
    subgraphs[subgraph] = replace(old, tensors=tensors)
    return replace(graph, subgraphs=tuple(subgraphs))


def _refusal(
    stage: Stage, reason: str, fix: str, source: str, subgraph: Subgraph, op: Op,
    tensor: int | None = None,
) -> Refusal:  # fmt: skip
    return Refusal(stage, reason, fix, source, subgraph.index, op.index, op.name, tensor)


def _load(subgraph: Subgraph, op: Op, model: OperatorModel | None) -> Refusal | None:
    """What stops the interpreter before the operator's kernel is asked anything."""
    if model is None and op.is_custom:
        return _refusal(
            Stage.LOAD, f"custom operator {op.name!r} is not in TFLM",
            "register it in the firmware and declare it in the configuration, or replace it",
            "micro_op_resolver.cc", subgraph, op,
        )  # fmt: skip
    if model is None:
        return _refusal(
            Stage.LOAD, f"operator {op.name} is not in TFLM",
            "replace it by operators that TFLM has", "micro_mutable_op_resolver.h", subgraph, op,
        )  # fmt: skip
    if not op.is_custom and op.custom_options is not None:
        return _refusal(
            Stage.PARSE, f"builtin operator {op.name} carries custom options",
            "convert the model again", "micro_interpreter.cc", subgraph, op,
        )  # fmt: skip
    return None


def _after_prepare(subgraph: Subgraph, op: Op, steps: Trace) -> Iterator[Refusal]:
    shapes = {r.tensor: r.shape for r in steps.prepare if r.kind is RequestKind.RESIZED}
    for index in op.outputs:
        if index < 0:
            continue
        shape = shapes.get(index, subgraph.tensors[index].shape)
        if shape != (0,) and any(size <= 0 for size in shape):
            yield _refusal(
                Stage.PREPARE, f"output tensor {index} has the dynamic shape {list(shape)}",
                "give the model's inputs fixed shapes before converting it",
                "micro_interpreter_graph.cc", subgraph, op, index,
            )  # fmt: skip
    count = sum(request.kind is RequestKind.SCRATCH for request in steps.prepare)
    if count > MAXIMUM_SCRATCH_PER_OPERATOR:
        yield _refusal(
            Stage.PREPARE, f"asks for {count} scratch buffers, more than 12",
            "split the operator", "micro_allocator.cc", subgraph, op,
        )  # fmt: skip
    for index in op.intermediates:
        tensor = subgraph.tensors[index]
        if tensor.size_bytes:
            yield _refusal(
                Stage.PLAN, f"intermediate tensor {index} has {tensor.size_bytes} bytes, not 0",
                "convert the model again", "micro_allocation_info.cc", subgraph, op, index,
            )  # fmt: skip


def _unknown_sizes(graph: Graph) -> Iterator[Refusal]:
    """TfLiteEvalTensorByteLength fails for any tensor, used or not, of a type without a size.

    It lets a negative size pass, which rounds up to 0 or makes the planner fail; see
    :func:`plan_refusals`.
    """
    for subgraph in graph.subgraphs:
        for tensor in subgraph.tensors:
            stage, reason = _size_fault(tensor)
            if reason:
                yield Refusal(
                    stage, f"tensor {tensor.index} {reason}", source="memory_helpers.cc",
                    fix="convert the model for TFLM: fixed shapes, int8, int16 or float32",
                    subgraph=subgraph.index, tensor=tensor.index, aborts=stage is Stage.INVOKE,
                )  # fmt: skip


def _size_fault(tensor: Tensor) -> tuple[Stage, str]:
    if tensor.dtype.size_bytes is None:
        return Stage.PLAN, f"has the type {tensor.dtype.name}, for which TFLM knows no size"
    size_bytes = tensor.size_bytes
    if size_bytes > 0x7FFFFFFF:
        return Stage.PLAN, f"has {size_bytes:,} bytes, more than TFLM's int can count"
    if size_bytes < 0 and not tensor.is_constant:
        stage = Stage.PLAN if tensor.is_variable else Stage.INVOKE
        return stage, f"has the dynamic shape {list(tensor.shape)}: TFLM plans no memory for it"
    return Stage.PLAN, ""


def _offline_offsets(graph: Graph) -> tuple[tuple[int, ...], list[Refusal]]:
    """The offsets of the metadata OfflineMemoryAllocation: version, subgraph, count, offsets."""
    offsets: tuple[int, ...] = ()
    tensors = sum(len(subgraph.tensors) for subgraph in graph.subgraphs)
    for entry in graph.metadata:
        if entry.name == OFFLINE_PLAN:
            data = entry.data if entry.data is not None else b""
            words = struct.unpack_from(f"<{len(data) // 4}i", data)
            if len(words) < 3 or words[2] != tensors or len(words) < 3 + tensors:
                reason = (
                    f"the offline plan holds {max(len(words) - 3, 0)} offsets and announces "
                    f"{words[2] if len(words) > 2 else 'none'}; the model has {tensors} tensors"
                )
                fix = "plan again with the tool that wrote it, or remove the metadata"
                # TFLM compares the announced number; it never looks at the buffer's size.
                beyond = len(words) < 3 or words[2] == tensors
                return (), [
                    Refusal(Stage.PLAN, reason, fix, "micro_allocation_info.cc", aborts=beyond)
                ]
            offsets = words[3 : 3 + tensors]
    return offsets, []


def _variables_without_memory(graph: Graph, offsets: tuple[int, ...]) -> Iterator[Refusal]:
    """AllocateVariables takes a variable's offset by its index in its subgraph, the planner by its
    index among the tensors of all subgraphs: where only the first has one, none allocates it."""
    first = 0
    for subgraph in graph.subgraphs if offsets else ():
        for tensor in subgraph.tensors:
            elsewhere = offsets[tensor.index] != ONLINE and offsets[first + tensor.index] == ONLINE
            if tensor.is_variable and elsewhere and tensor.size_bytes:
                yield Refusal(
                    Stage.PLAN,
                    f"variable tensor {tensor.index} of subgraph {subgraph.index} gets no memory: "
                    f"TFLM mistakes the offline offset of tensor {tensor.index} of subgraph 0 for "
                    "its own",
                    "give the variable tensors of further subgraphs an offline offset as well",
                    "micro_allocator.cc", subgraph.index, tensor=tensor.index, aborts=True,
                )  # fmt: skip
        first += len(subgraph.tensors)


def plan_refusals(plan: Plan, *, linear: bool) -> tuple[Refusal, ...]:
    """What TFLM refuses once the memory plan is made.

    Args:
        plan: the memory plan.
        linear: whether LinearMemoryPlanner made it (preserve_all_tensors).
    """
    if linear and any(buffer.offline_offset != ONLINE for buffer in plan.buffers):
        return (
            Refusal(
                Stage.PLAN, "the linear planner takes no offline plan",
                "turn preserve_all_tensors off", "memory_planner/linear_memory_planner.h",
            ),
        )  # fmt: skip
    if linear and len(plan.buffers) > LINEAR_PLANNER_BUFFERS:
        return (
            Refusal(
                Stage.PLAN,
                f"{len(plan.buffers)} buffers are more than the linear planner's "
                f"{LINEAR_PLANNER_BUFFERS}",
                "turn preserve_all_tensors off", "memory_planner/linear_memory_planner.cc",
            ),
        )  # fmt: skip
    for buffer, offset in zip(plan.buffers, plan.offsets):
        if buffer.tensor is None and buffer.first_use == NEVER:
            return (
                Refusal(
                    Stage.PLAN,
                    f"it asks for scratch ({buffer.what}) in subgraph {buffer.subgraph}, which no "
                    "operator calls as far as TFLM sees: TFLM plans it with uninitialised size and "
                    "address",
                    "remove the subgraph, or write builtin_code for the operators that call it",
                    "micro_allocation_info.cc", buffer.subgraph, buffer.operator, aborts=True,
                ),
            )  # fmt: skip
        if offset + buffer.size_bytes < 0:
            return (
                Refusal(
                    Stage.PLAN,
                    f"{buffer.what!r} of {buffer.size_bytes} bytes at {offset} ends before the "
                    "arena: the head's size becomes negative",
                    "fix the shapes, and the offline plan if there is one",
                    "micro_allocator.cc", buffer.subgraph, tensor=buffer.tensor,
                ),
            )  # fmt: skip
    return ()


def _control_flow(graph: Graph) -> Iterator[Refusal]:
    for subgraph, op in graph.operators:
        for called in called_subgraphs(graph, op):
            if not 0 <= called < len(graph.subgraphs):
                yield _refusal(
                    Stage.PREPARE,
                    f"calls subgraph {called}; the model has {len(graph.subgraphs)}",
                    "convert the model again", "micro_interpreter_graph.cc", subgraph, op,
                )  # fmt: skip
