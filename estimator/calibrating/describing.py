"""The features of a measured model: from its row, and from a golden model with the same layers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from estimator.analysis.instructions import model_instructions
from estimator.analysis.latency import MODEL, OPS, features
from estimator.analysis.work import model_work
from estimator.calibrating.measurements import Measurement
from estimator.facts.board import load_board
from estimator.facts.calibration import load_instruction_costs
from estimator.facts.layout import load_layout
from estimator.facts.runtime import Kernels, Runtime
from estimator.instructions import operator_loops
from estimator.ops import operators
from estimator.reading import open_model, read


class Describer:
    """Features of measurements.

    Args:
        models: folder of the golden models.
    """

    def __init__(self, models: Path) -> None:
        self.models = models

    def __call__(self, row: Measurement) -> Mapping[str, float]:
        if row.model_file:
            path = self.models / f"{row.model_file}.tflite"
            return model_features(path, row.core, row.kernels)
        found = features(row.macs) if row.macs else {MODEL: 1.0}
        if row.ops is not None:
            found[OPS] = float(row.ops)
        return found


@cache
def model_features(path: Path, core: str, kernels: Kernels) -> Mapping[str, float]:
    """The features of a model file on a core.

    Raises:
        ModelError: the file can't be read.
        FactsError: the core is not known.
    """
    board = load_board(core)
    runtime = Runtime(kernels, board.core, load_layout(board.abi))
    graph = read(open_model(path), str(path))
    work = model_work(graph, runtime, operators())
    loops = operator_loops()
    costs = load_instruction_costs(core, kernels)
    instructions = model_instructions(graph, runtime, work, loops, costs)
    return features(work.macs_by_kind, instructions.by_kind)
