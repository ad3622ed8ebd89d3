"""What every operator asks of TFLM, against what real TFLM's allocators were asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from estimator.analysis.tracing import trace_operators
from estimator.opmodel import RequestKind, Trace
from estimator.ops import operators
from estimator.reading import open_model, read
from estimator.validation.recordings import Recording, recording_files, recordings
from tests.conftest import SHARED

FILES = recording_files(SHARED / "arena") or (pytest.param(Path(), id="no recordings"),)


def _asked(trace: Trace) -> dict[str, list[object]]:
    def of(kind: RequestKind) -> list[int]:
        return [request.size_bytes for request in trace.prepare if request.kind is kind]

    return {
        "builtin_data": [[r.size_bytes, r.alignment] for r in trace.parse],
        "init": [r.size_bytes for r in trace.init if r.kind is RequestKind.PERSISTENT],
        "prepare": of(RequestKind.PERSISTENT),
        "scratch": of(RequestKind.SCRATCH),
    }


def differences(recording: Recording) -> Iterator[str]:
    """Every operator whose requests differ from the recorded ones."""
    graph = read(open_model(recording.model))
    traces = trace_operators(graph, recording.runtime, operators())
    if recording.record.get("allocate_status") != 0:
        return
    for (_, op), trace, recorded in zip(graph.operators, traces.operators, recording.record["ops"]):
        if op.name not in operators():
            yield f"{recording}: {op.name} is not modelled"
        elif "builtin_data" in recorded:
            asked = _asked(trace)
            wanted = {key: recorded[key] for key in asked}
            if asked != wanted:
                yield f"{recording}: {op.name} {op.index}: {asked}, recorded {wanted}"


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_requests_are_those_of_tflm(file: Path, shared: Path) -> None:
    compared = list(recordings(file, shared / "models"))
    found = [line for recording in compared for line in differences(recording)]
    assert not found, f"{len(found)} differences\n" + "\n".join(line[:300] for line in found[:60])
    assert len(compared) > 100
