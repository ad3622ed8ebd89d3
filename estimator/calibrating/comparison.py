"""Holds counted instructions against recorded ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from estimator.analysis.instructions import operator_instructions
from estimator.calibrating.records import InstructionRecord, Recording
from estimator.errors import FactsError
from estimator.facts.board import load_board
from estimator.facts.calibration import load_instruction_costs
from estimator.facts.layout import load_layout
from estimator.facts.runtime import Runtime
from estimator.instructions import operator_loops
from estimator.reading import open_model, read


@dataclass(frozen=True, slots=True)
class Compared:
    """One recorded model; ``counted`` is None where an operator can't be counted."""

    record: InstructionRecord
    counted: float | None

    @property
    def error(self) -> float | None:
        """counted / recorded - 1."""
        return None if self.counted is None else self.counted / self.record.total - 1


def compare_instructions(recording: Recording) -> tuple[Compared, ...]:
    """Count the instructions of every recorded model with the stored costs.

    Raises:
        FactsError: there are no costs for the core and kernel library.
        ModelError: a recorded model can't be read.
    """
    costs = load_instruction_costs(recording.core, recording.kernels)
    if costs is None:
        raise FactsError(
            f"no instruction costs of {recording.core} with {recording.kernels.value}",
            fix="mculint calibrate",
        )
    board = load_board(recording.core)
    runtime = Runtime(recording.kernels, board.core, load_layout(board.abi))
    loops = operator_loops()
    compared = []
    for record in recording.records:
        graph = read(open_model(record.path), record.model)
        total: float | None = 0.0
        for op in graph.main.operators if record.operators is not None else ():
            count = operator_instructions(graph, graph.main, op, runtime, loops, costs)
            total = None if total is None or count is None else total + count
        compared.append(Compared(record, total if record.operators is not None else None))
    return tuple(compared)


def share_within(compared: Iterable[Compared], limit: float) -> float:
    """Share of the models whose counted instructions are at most ``limit`` off."""
    errors = [item.error for item in compared]
    good = [error for error in errors if error is not None and abs(error) <= limit]
    return len(good) / len(errors) if errors else 0.0
