"""Fits what a pass of each loop body costs to executed instructions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, log

import numpy as np
from scipy.optimize import nnls

from estimator.analysis.instructions import operator_counts
from estimator.calibrating.fitting import CONFIDENCE
from estimator.calibrating.records import InstructionRecord, Recording
from estimator.facts.board import load_board
from estimator.facts.calibration import InstructionCosts
from estimator.facts.layout import load_layout
from estimator.facts.runtime import Runtime
from estimator.instructions import operator_loops
from estimator.reading import open_model, read

_SYNTHETIC_WEIGHT = 0.1
"""Synthetic models run on zeros: kernels that branch on values take other ways than usual."""


@dataclass(frozen=True, slots=True)
class Operator:
    """One measured operator: how often its loop bodies ran, and its instructions."""

    name: str
    counts: Mapping[str, float]
    measured: int
    weight: float


@dataclass(frozen=True, slots=True)
class FittedModel:
    """A model against the fit: with it among the samples, and with it left out.

    ``fitted`` is None where an operator's loops are not described; ``held_out`` also where the
    other models can't tell the cost of every loop body that it ran.
    """

    record: InstructionRecord
    fitted: float | None
    held_out: float | None


@dataclass(frozen=True, slots=True)
class InstructionFit:
    """The costs of one core and kernel library, and how they do on each model."""

    costs: InstructionCosts
    models: tuple[FittedModel, ...]

    def within(self, share: float, *, synthetic: bool) -> float:
        """Share of the models whose fitted total is at most ``share`` off."""
        chosen = [fit for fit in self.models if fit.record.synthetic is synthetic]
        good = [
            fit
            for fit in chosen
            if fit.fitted is not None and abs(fit.fitted / fit.record.total - 1) <= share
        ]
        return len(good) / len(chosen) if chosen else 0.0


def fit_instructions(recordings: Iterable[Recording]) -> tuple[InstructionFit, ...]:
    """Fit every recording; cores without synthetic models borrow what only those run."""
    fits = [_fit(recording) for recording in recordings]
    return tuple(_borrow(fit, fits) for fit in fits)


def _fit(recording: Recording) -> InstructionFit:
    board = load_board(recording.core)
    runtime = Runtime(recording.kernels, board.core, load_layout(board.abi))
    measured = [(record, operators_of(record, runtime)) for record in recording.records]
    samples = [op for _, operators in measured for op in operators or ()]
    solver = _Solver(samples)
    costs = solver.solve()
    models = []
    for record, operators in measured:
        if operators is None:
            models.append(FittedModel(record, None, None))
            continue
        models.append(
            FittedModel(
                record, _total(costs, operators), _total(solver.solve_without(operators), operators)
            )
        )
    band = _band(models)
    source = (
        f"fitted to executed instructions of {len(models)} models (TFLM 90b983c2, GCC 12.2.1, -O2 "
        f"kernels, release), emulated {recording.core}"
    )
    loaded = InstructionCosts(
        recording.core, recording.kernels, costs, (1 / band, band), source,
        frozenset(), "",
    )  # fmt: skip
    return InstructionFit(loaded, tuple(models))


def _band(models: Iterable[FittedModel]) -> float:
    """Factor that 90 % of the held-out models stay within."""
    errors = [abs(log(fit.record.total / fit.held_out)) for fit in models if fit.held_out]
    return exp(float(np.quantile(errors, CONFIDENCE))) if errors else float("inf")


def operators_of(record: InstructionRecord, runtime: Runtime) -> tuple[Operator, ...] | None:
    """The operators of a record with their counts; None where one is not described."""
    if record.operators is None:
        return None
    graph = read(open_model(record.path), record.model)
    loops = operator_loops()
    weight = _SYNTHETIC_WEIGHT if record.synthetic else 1.0
    operators = []
    for op, (name, instructions) in zip(graph.main.operators, record.operators):
        counts = operator_counts(graph, graph.main, op, runtime, loops)
        if counts is None or instructions <= 0:
            return None
        operators.append(Operator(name, counts, instructions, weight))
    return tuple(operators)


def _total(costs: Mapping[str, float], operators: Iterable[Operator]) -> float | None:
    total = 0.0
    for op in operators:
        if any(body not in costs for body in op.counts):
            return None
        total += sum(costs[body] * passes for body, passes in op.counts.items())
    return total


class _Solver:
    """Non-negative least squares of relative errors, one independent system at a time.

    Operators that share no loop body are independent, so that leaving a model out only needs the
    systems that it takes part in to be solved again.
    """

    def __init__(self, samples: Sequence[Operator]) -> None:
        self.systems = _independent(samples)
        self.solutions = [_solve(system) for system in self.systems]

    def solve(self) -> dict[str, float]:
        return {body: cost for solution in self.solutions for body, cost in solution.items()}

    def solve_without(self, operators: Sequence[Operator]) -> dict[str, float]:
        """The costs without these samples, for the bodies that they ran."""
        bodies = {body for op in operators for body in op.counts}
        left_out = {id(op) for op in operators}
        costs: dict[str, float] = {}
        for system, solution in zip(self.systems, self.solutions):
            if bodies & solution.keys():
                left = [op for op in system if id(op) not in left_out]
                if len({tuple(op.counts.items()) for op in left}) >= len(solution):
                    costs.update(_solve(left))
        return costs


def _independent(samples: Sequence[Operator]) -> list[list[Operator]]:
    """Group samples that share loop bodies, directly or through others."""
    leader: dict[str, str] = {}

    def find(body: str) -> str:
        while leader.setdefault(body, body) != body:
            leader[body] = body = leader[leader[body]]
        return body

    for op in samples:
        first, *rest = op.counts
        for body in rest:
            leader[find(body)] = find(first)
    groups: dict[str, list[Operator]] = {}
    for op in samples:
        groups.setdefault(find(next(iter(op.counts))), []).append(op)
    return list(groups.values())


def _solve(samples: Sequence[Operator]) -> dict[str, float]:
    """Samples that say the same are joined: their weights add up."""
    joined: dict[tuple[tuple[str, float], ...], list[tuple[float, float]]] = {}
    for op in samples:
        joined.setdefault(tuple(op.counts.items()), []).append((op.measured, op.weight))
    bodies = sorted({body for counts in joined for body, _ in counts})
    if not bodies:
        return {}
    column = {body: index for index, body in enumerate(bodies)}
    matrix = np.zeros((len(joined), len(bodies)))
    target = np.zeros(len(joined))
    for row, (counts, values) in enumerate(joined.items()):
        weight = max(value[1] for value in values)  # many copies of a layer say no more than one
        measured = sum(n * w for n, w in values) / sum(w for _, w in values)
        for body, passes in counts:
            matrix[row, column[body]] = weight * passes / measured
        target[row] = weight
    scale = matrix.max(axis=0)
    solution, _ = nnls(matrix / scale, target, maxiter=100 * len(bodies) + 1000)
    return {body: float(x / s) for body, x, s in zip(bodies, solution, scale)}


def _borrow(fit: InstructionFit, fits: Sequence[InstructionFit]) -> InstructionFit:
    """Add the costs of bodies that only another core's models ran, with that core's interval."""
    own = fit.costs
    for other in fits:
        lent = other.costs.costs.keys() - own.costs.keys()
        if other.costs.kernels is own.kernels and other.costs.core != own.core and lent:
            costs = replace(
                own,
                costs={**{body: other.costs.costs[body] for body in sorted(lent)}, **own.costs},
                ratio=max(own.ratio, other.costs.ratio, key=lambda ratio: ratio[1]),
                borrowed=frozenset(lent),
                borrowed_from=other.costs.core,
            )
            return InstructionFit(costs, fit.models)
    return fit
