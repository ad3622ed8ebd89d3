"""The arena and the answer on acceptance, against recordings of real TFLM."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from estimator.analysis.arena import ArenaMap, ArenaOptions
from estimator.analysis.tracing import trace_operators
from estimator.estimation import plan_arena
from estimator.graph import Graph
from estimator.opmodel import OperatorModel, Refusal, Stage
from estimator.ops import operators
from estimator.reading import open_model, read
from estimator.validation.recordings import Recording

QUESTIONS = ("accepted", "invoked", "used", "head", "tail", "plan", "minimum")
"""What is compared; ``accepted`` and ``invoked`` include the operator that TFLM names."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One recording against the estimate.

    Attributes:
        recording: what was recorded.
        answers: question -> (estimated, recorded), only what was recorded.
    """

    recording: Recording
    answers: Mapping[str, tuple[object, object]]

    @property
    def differences(self) -> tuple[str, ...]:
        """The questions whose answers differ."""
        return tuple(
            q for q, (estimated, recorded) in self.answers.items() if estimated != recorded
        )


@lru_cache(maxsize=512)
def _graph(model: Path) -> Graph:
    return read(open_model(model), str(model))


def compare(
    recordings: Iterable[Recording], models: Mapping[str, OperatorModel] | None = None
) -> tuple[Comparison, ...]:
    """Compare recordings with estimates."""
    return tuple(_compare(recording, models or operators()) for recording in recordings)


def _compare(recording: Recording, models: Mapping[str, OperatorModel]) -> Comparison:
    record = recording.record
    graph = _graph(recording.model)
    traces = trace_operators(graph, recording.runtime, models)
    options = ArenaOptions(resource_variables=record.get("resource_variables") or 0)
    arena, planning = plan_arena(graph, recording.runtime, traces, options)
    refusals = traces.refusals + planning
    answers: dict[str, tuple[object, object]] = {}
    if traces.unknown:
        answers["accepted"] = (f"unknown: {traces.unknown}", "known")
    elif "allocate_status" in record:
        status = record["allocate_status"]
        stops = [r for r in refusals if r.stage is not Stage.INVOKE]
        answers["accepted"] = _stop(stops, graph), _recorded_stop(status, record)
        if status == 0 and "invoke_status" in record:
            stops = [r for r in refusals if r.stage is Stage.INVOKE and not r.aborts]
            answers["invoked"] = (
                _stop(stops, graph),
                _recorded_stop(record["invoke_status"], record),
            )
        if status == 0:
            answers |= _arena_answers(arena, record)
    else:
        answers["accepted"] = (bool(refusals), True)  # never came back: an assertion
    return Comparison(recording, answers)


def _arena_answers(
    arena: ArenaMap | None, record: Mapping[str, object]
) -> dict[str, tuple[object, object]]:
    if arena is None:
        return {"used": (None, record["arena_used_bytes"])}
    found: dict[str, object] = {
        "used": arena.used_bytes, "head": arena.head_bytes, "tail": arena.tail_bytes,
    }  # fmt: skip
    fields = {"used": "arena_used_bytes", "head": "head", "tail": "tail"}
    answers = {name: (found[name], record[field]) for name, field in fields.items()}
    trace = record.get("trace")
    if isinstance(trace, dict) and "plan" in trace:
        plan = [
            [buffer.size_bytes, buffer.first_use, buffer.last_use, offset]
            for buffer, offset in zip(arena.plan.buffers, arena.plan.offsets)
        ]
        answers["plan"] = (plan, trace["plan"])
    if "min_arena" in record:
        answers["minimum"] = (arena.minimum_bytes, record["min_arena"])
    return answers


def _stop(refusals: list[Refusal], graph: Graph) -> tuple[str, int | None] | None:
    """The operator at which TFLM stops first, as its log names it; None if it goes on.

    Before Prepare the log gives the operator's code alone, which is CUSTOM for all custom ones.
    """
    if not refusals:
        return None
    first = refusals[0]
    if first.operator is None or first.subgraph is None:
        return "model", None
    if first.stage is not Stage.LOAD:
        return first.operator_name, first.operator
    is_custom = graph.subgraphs[first.subgraph].operators[first.operator].is_custom
    return "CUSTOM" if is_custom else first.operator_name, None


def _recorded_stop(status: int, record: Mapping[str, object]) -> tuple[str, int | None] | None:
    """The operator that the log names: "Node CONV_2D (number 0) failed to prepare ..."."""
    if status == 0:
        return None
    log = record.get("log")
    text = "\n".join(log) if isinstance(log, list) else ""
    node = re.search(r"Node (\S+) \(number (\d+)\) failed", text)
    if node:
        return node.group(1), int(node.group(2))
    code = re.search(r"Failed to get registration from op code (\S+)", text)
    return (code.group(1), None) if code else ("model", None)
