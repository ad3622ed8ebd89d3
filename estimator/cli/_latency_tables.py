"""Tables of `mculint validate` on latency and instructions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from estimator.cli._models import console, write_output
from estimator.errors import ConfigError

if TYPE_CHECKING:
    from estimator.calibrating.measurements import Measurement
    from estimator.calibrating.validation import HeldOut, Summary

_WITHIN = (0.03, 0.10)
_LEAST_WITHIN = {"cmsis-nn": (0.90, 1.0), "reference": (0.0, 0.90)}
"""Share of the models that must be within 3 % and within 10 %."""


def published(golden: Path) -> tuple[Measurement, ...]:
    """The published measurements. Raises ConfigError without the extra `calibrate`."""
    try:
        from estimator.calibrating.measurements import read_measurements
        from estimator.calibrating.validation import hold_out  # noqa: F401 (needs SciPy)
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"this needs {error.name}", fix="pip install 'mculint[calibrate]'"
        ) from error
    return read_measurements(golden / "published" / "latency.csv")


def validate_latency(golden: Path) -> int:
    """Hold out every published model; exit code 1 where a requirement isn't met."""
    from estimator.calibrating.describing import Describer
    from estimator.calibrating.latencies import calibrate_latency
    from estimator.calibrating.validation import hold_out, power_error, requirements, summarise

    rows, describe = published(golden), Describer(golden / "models")
    results = hold_out(rows, describe)
    summaries = summarise(results, describe)
    _models_table(results)
    _summary_table(summaries)
    code = 0
    for requirement in requirements(
        results, summaries, power_error(calibrate_latency(rows, describe))
    ):
        code = code if requirement.met else 1
        click.echo(f"{'met' if requirement.met else 'NOT MET'}: {requirement.text}: "
                   f"{requirement.value}")  # fmt: skip
    return code


def _models_table(results: Sequence[HeldOut]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("board", "model, held out", "backbone"):
        table.add_column(heading, no_wrap=True)
    for heading in ("measured ms", "low", "best", "high", "error", "inside"):
        table.add_column(heading, justify="right")
    table.add_column("method")
    for result in sorted(results, key=lambda r: (r.measurement.board, r.measurement.backbone)):
        row = result.measurement
        table.add_row(
            row.board, row.model, row.backbone.value, f"{row.latency_ms:.4g}",
            *(_number(value) for value in (result.low_ms, result.best_ms, result.high_ms)),
            "-" if result.error is None else f"{result.error:+.1%}",
            {True: "yes", False: "no", None: "-"}[result.inside], result.method or "-",
        )  # fmt: skip
    console().print(table)


def _summary_table(summaries: Sequence[Summary]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("board", "backbone", "layers"):
        table.add_column(heading, no_wrap=True)
    for heading in ("models", "mean error", "largest", "inside", "r2 (ops)"):
        table.add_column(heading, justify="right")
    for summary in summaries:
        table.add_row(
            summary.board, summary.backbone.value,
            "known" if summary.layers_known else "unknown", str(summary.models),
            *(_percent(share) for share in (summary.mean_error, summary.largest_error)),
            f"{summary.inside}/{summary.models}",
            "-" if summary.r2 is None else f"{summary.r2:.3f}",
        )  # fmt: skip
    console().print()
    console().print(table)
    console().print()


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def validate_instructions(folder: Path, models: Path) -> int:
    """Hold counted instructions against recordings; exit code 1 where too many are off."""
    from rich.table import Table

    from estimator.calibrating.comparison import compare_instructions, share_within
    from estimator.calibrating.records import read_recordings

    table = Table(box=None, pad_edge=False)
    for heading in ("core", "kernels", "models"):
        table.add_column(heading, no_wrap=True)
    for heading in ("recorded", "within 3 %", "within 10 %", "largest error", "of"):
        table.add_column(heading, justify="right")
    code = 0
    for recording in read_recordings(folder, models):
        compared = compare_instructions(recording)
        for synthetic in (False, True):
            own = [item for item in compared if item.record.synthetic is synthetic]
            if not own:
                continue
            shares = [share_within(own, limit) for limit in _WITHIN]
            least = _LEAST_WITHIN[recording.kernels.value]
            if not synthetic and any(s < limit for s, limit in zip(shares, least)):
                code = 1
            errors = [(abs(c.error), c.error, c.record.model) for c in own if c.error is not None]
            _, error, model = max(errors)
            table.add_row(
                recording.core, recording.kernels.value, "synthetic" if synthetic else "real",
                str(len(own)), *(f"{share:.1%}" for share in shares), f"{error:+.1%}",
                Path(model).name,
            )  # fmt: skip
    console().print(table)
    return code


def plot(golden: Path, folder: Path) -> None:
    """Write latency against operations, and the memory breakdown, as SVG (Fig. 4 and Fig. 2)."""
    rows = published(golden)
    from estimator import api
    from estimator.calibrating.plotting import latency_plot
    from estimator.validation.breakdown import estimated_bars, published_bars, render

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "latency-against-ops.svg"
    write_output(path, latency_plot(rows))
    click.echo(f"{path} written")
    (model, board), paper = published_bars(golden / "published" / "micronets_figure_2.csv")
    ours = estimated_bars(api.estimate(golden / "models" / f"{model}.tflite", target=board))
    path = folder / "memory-breakdown.svg"
    write_output(path, render(f"{model} on {board}", (*paper, *ours)))
    click.echo(f"{path} written")
