"""The arena of every recorded model, and whether TFLM loads and runs it, must be as recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from estimator.validation.arena import QUESTIONS, compare
from estimator.validation.recordings import recording_files, recordings
from tests.conftest import SHARED

FILES = recording_files(SHARED / "arena") or (pytest.param(Path(), id="no recordings"),)


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_arena_is_that_of_tflm(file: Path, shared: Path) -> None:
    comparisons = compare(recordings(file, shared / "models"))
    found = [
        f"{c.recording}: {q}: estimated {c.answers[q][0]}, recorded {c.answers[q][1]}"
        for c in comparisons
        for q in c.differences
    ]
    assert not found, f"{len(found)} differences\n" + "\n".join(line[:300] for line in found[:60])
    asked = {question for c in comparisons for question in c.answers}
    assert asked >= set(QUESTIONS) - {"minimum", "invoked"}
    assert len(comparisons) > 100
