"""What mculint foretells of a model, against what the wheel's TFLM does with it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from estimator.analysis.arena import ArenaMap, ArenaOptions
from estimator.analysis.tracing import trace_operators
from estimator.estimation import plan_arena
from estimator.facts.layout import load_layout
from estimator.facts.runtime import Core, Kernels, Runtime
from estimator.opmodel import Refusal, Stage
from estimator.ops import operators
from estimator.ops._variables import variables_after_prepare
from estimator.reading import read
from tests.oracle.wheel import Answer

RUNTIME = Runtime(Kernels.REFERENCE, Core("x86-64"), load_layout("x86-64"))


class Verdict(str, Enum):
    """How an estimate fares."""

    EXACT = "same bytes and answers"
    REFUSED = "refused by both, at the same operator"
    NO_PREDICTION = "an assertion, which the wheel is built without"
    NOT_ASKED = "the wheel's Python code fails before TFLM does anything"
    NEWER = "the wheel is newer than the commit and differs"
    VALUES = "depends on the values, which mculint does not know"
    DIFFERENT = "different"


VALUES = (
    "Division by 0", "Rsqrt is only defined for positive values", "index out of bounds",
    "ValidateBoxes",
)  # fmt: skip
"""What TFLM prints where Invoke fails for what the tensors hold."""


def _is_cast_to_bool(stop: Refusal) -> bool:
    """CAST to BOOL: 90b983c2 refuses it in Invoke (kernels/cast.cc), the wheel runs it."""
    return stop.operator_name == "CAST" and "output is BOOL" in stop.reason


def _counts_circular_buffer(answer: Answer) -> bool:
    """The wheel's CIRCULAR_BUFFER wants one input and one output; 90b983c2 doesn't look."""
    return "circular_buffer_common.cc" in answer.log and "->size == 1" in answer.log


# A third difference has no model here (see mutations.schema_v3): where builtin_code is missing,
# 90b983c2 doesn't find the subgraphs that control flow calls when it plans, the wheel does.

_IN_KERNEL = (Stage.INIT, Stage.PREPARE, Stage.INVOKE)


@dataclass(frozen=True, slots=True)
class Foretold:
    """What mculint says.

    Attributes:
        arena: None where AllocateTensors() fails.
        stops: reasons why AllocateTensors() fails, in order.
        invoke_stops: reasons why Invoke() fails, in order.
        unknown: what is not modelled.
        pauses: the operator at which Invoke may end early and well: a CIRCULAR_BUFFER lets the ones
            behind it run once in several times (kTfLiteAbort in kernels/circular_buffer.cc).
    """

    arena: ArenaMap | None
    stops: tuple[Refusal, ...]
    invoke_stops: tuple[Refusal, ...]
    unknown: tuple[object, ...]
    pauses: int | None = None


def foretell(model: bytes, options: ArenaOptions | None = None) -> Foretold:
    """Estimate for the wheel's build; ``options`` None for its recording interpreter."""
    graph = read(model)
    traces = trace_operators(graph, RUNTIME, operators())
    if options is None:
        handles = len(variables_after_prepare(graph).handles)
        options = ArenaOptions(recording=True, resource_variables=handles)
    arena, planning = plan_arena(graph, RUNTIME, traces, options)
    refusals = traces.refusals + planning
    return Foretold(
        arena,
        tuple(refusal for refusal in refusals if refusal.stage is not Stage.INVOKE),
        tuple(refusal for refusal in refusals if refusal.stage is Stage.INVOKE),
        traces.unknown,
        next((op.index for op in graph.main.operators if op.name == "CIRCULAR_BUFFER"), None),
    )


def compare(foretold: Foretold, answer: Answer, values_matter: bool = False) -> tuple[Verdict, str]:
    """The verdict, and what differs in words.

    ``values_matter`` says that the model computes what a kernel takes unchecked for a divisor, a
    size or an index.
    """
    if foretold.unknown:
        return Verdict.DIFFERENT, f"not modelled: {foretold.unknown}"
    if answer.outcome == "rejected" or "Maximum resource variable count" in answer.log:
        return Verdict.NOT_ASKED, ""  # it counts the resource variables by their shared names
    if _counts_circular_buffer(answer):
        return Verdict.NEWER, "CIRCULAR_BUFFER with other than one input and one output"
    if foretold.stops:
        return _compare_stop(foretold.stops[0], answer, "refused", answer.outcome)
    if answer.outcome != "allocated" or foretold.arena is None:
        return Verdict.DIFFERENT, f"foretold accepted; TFLM: {answer.outcome}"
    arena = foretold.arena
    mine = (arena.used_bytes, arena.head_bytes, arena.tail_bytes)
    real = (answer.used_bytes, answer.head_bytes, answer.tail_bytes)
    if mine != real and answer.used_bytes >= 0:
        return Verdict.DIFFERENT, f"used, head, tail: foretold {mine}, TFLM {real}"
    if values_matter and answer.invoked in ("crashed", "hung"):
        return Verdict.VALUES, ""
    return _compare_invoke(foretold, answer)


def _compare_invoke(foretold: Foretold, answer: Answer) -> tuple[Verdict, str]:
    if not answer.invoked:
        return Verdict.EXACT, ""
    if answer.invoked == "refused" and any(line in answer.log for line in VALUES):
        return Verdict.VALUES, ""
    stops = [stop for stop in foretold.invoke_stops if not _is_cast_to_bool(stop)]
    if stops:
        first = stops[0]
        if any(stop.subgraph for stop in stops):
            return Verdict.NO_PREDICTION, ""  # a subgraph that may not run
        paused = foretold.pauses is not None and (first.operator or 0) > foretold.pauses
        if paused and answer.invoked == "ran":
            return Verdict.NO_PREDICTION, "not reached the first time"
        return _compare_stop(first, answer, "refused", answer.invoked)
    if answer.invoked != "ran":
        return Verdict.DIFFERENT, f"foretold to run; Invoke: {answer.invoked}"
    if len(stops) < len(foretold.invoke_stops):
        return Verdict.NEWER, "CAST to BOOL"
    return Verdict.EXACT, ""


def _compare_stop(stop: Refusal, answer: Answer, wanted: str, found: str) -> tuple[Verdict, str]:
    where = f"{stop.stage.value} of {stop.operator_name} {stop.operator}: {stop.reason}"
    if found == "crashed":
        return Verdict.REFUSED, where  # it doesn't look for what is missing: no less a failure
    if stop.aborts:
        return Verdict.NO_PREDICTION, where
    if found != wanted:
        return Verdict.DIFFERENT, f"foretold refusal at {where}; TFLM: {found}"
    blamed = answer.stopped_at
    if blamed is not None and blamed != (stop.operator_name, stop.operator):
        return Verdict.DIFFERENT, f"foretold refusal at {where}; TFLM blames {blamed}"
    in_kernel = stop.operator is not None and stop.stage in _IN_KERNEL
    if blamed is None and in_kernel and "failed to" in answer.log:
        return Verdict.DIFFERENT, f"foretold refusal at {where}; TFLM blames none"
    return Verdict.REFUSED, where
