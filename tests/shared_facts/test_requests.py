"""What every operator asks of TFLM, against what real TFLM's allocators were asked for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from estimator.analysis.tracing import trace_operators
from estimator.opmodel import RequestKind, Trace
from estimator.ops import operators
from tests.shared_facts.recordings import Recording, files, graph_of, recordings

pytestmark = pytest.mark.usefixtures("shared")


def _asked(trace: Trace) -> dict[str, list[object]]:
    def of(kind: RequestKind) -> list[int]:
        return [request.size_bytes for request in trace.prepare if request.kind is kind]

    return {
        "builtin_data": [[r.size_bytes, r.alignment] for r in trace.parse],
        "init": [r.size_bytes for r in trace.init],
        "prepare": of(RequestKind.PERSISTENT),
        "scratch": of(RequestKind.SCRATCH),
    }


def differences(recording: Recording) -> Iterator[str]:
    """Every operator whose requests differ from the recorded ones, and every wrong refusal."""
    graph = graph_of(recording.model)
    traces = trace_operators(graph, recording.runtime, operators())
    ops = recording.record.get("ops", [])
    for (_, op), trace, recorded in zip(graph.operators, traces.operators, ops):
        if op.name not in operators():
            yield f"{recording}: {op.name} is not modelled"
        elif trace.unknown:
            yield f"{recording}: {op.name} {op.index}: {trace.unknown} not modelled"
        elif "builtin_data" in recorded and recording.record.get("allocate_status") == 0:
            asked = _asked(trace)
            wanted = {key: recorded[key] for key in asked}
            if asked != wanted:
                yield f"{recording}: {op.name} {op.index}: {asked}, recorded {wanted}"


@pytest.mark.parametrize("file", files() or [pytest.param("", id="no recordings")])
def test_requests_are_those_of_tflm(file: str) -> None:
    compared = list(recordings(file))
    found = [line for recording in compared for line in differences(recording)]
    assert not found, f"{len(found)} differences\n" + "\n".join(found[:60])
    assert len(compared) > 100
