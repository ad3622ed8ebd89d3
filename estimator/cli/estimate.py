"""`mculint estimate`: what each model needs on a target."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

import click

from estimator import api
from estimator.cli import complain
from estimator.cli._models import (
    Settings,
    console,
    find_models,
    models_argument,
    target_options,
    with_progress,
)
from estimator.errors import ModelError

EXIT_UNREADABLE = 2
NO_TARGET = (
    f"no --target: taking the bare core {api.DEFAULT_TARGET}, which has no limits; "
    "`mculint targets` lists the boards"
)


@click.command()
@models_argument
@target_options
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "csv"]),
    default="text",
    show_default=True,
    help="csv gives one row per operator.",
)
@click.option("--per-operator", is_flag=True, help="Add a table of the operators, by cost.")
@click.option("--backbone", help="Name the backbone instead of recognising it.")
def estimate(
    models: tuple[str, ...],
    settings: Settings,
    format_: str,
    per_operator: bool,
    backbone: str | None,
) -> int:
    """Estimate SRAM, Flash and latency of models.

    MODEL is a .tflite file, a folder or a glob. A model that TFLM refuses is reported and is no
    failure; the exit code is 2 if a file can't be read.
    """
    results: list[tuple[Path, api.Estimate | ModelError]] = []
    for path in with_progress(find_models(models), "estimating"):
        try:
            results.append((path, settings.estimate(path, backbone=backbone)))
        except ModelError as error:
            results.append((path, error))
    if format_ == "json":
        _print_json(results)
    elif format_ == "csv":
        _print_csv(results)
    else:
        _print_text(results, per_operator)
    if settings.target is None:
        click.echo(NO_TARGET, err=True)
    return EXIT_UNREADABLE if any(isinstance(r, ModelError) for _, r in results) else 0


def _print_json(results: list[tuple[Path, api.Estimate | ModelError]]) -> None:
    from estimator.reports import as_json

    entries: list[dict[str, Any]] = []
    for path, result in results:
        if isinstance(result, ModelError):
            entries.append(as_json.fault(str(path), result))
        else:
            with path.open("rb") as file:
                digest = _sha256(file)
            entries.append(as_json.entry(result, digest))
    click.echo(as_json.render(entries), nl=False)


def _sha256(file: Any) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(1 << 20):
        digest.update(chunk)
    return digest.hexdigest()


def _print_csv(results: list[tuple[Path, api.Estimate | ModelError]]) -> None:
    from estimator.reports import operators_csv

    for _, result in results:
        _echo_fault(result)
    click.echo(operators_csv.render([r for _, r in results if not isinstance(r, ModelError)]))


def _print_text(results: list[tuple[Path, api.Estimate | ModelError]], per_operator: bool) -> None:
    from estimator.reports import as_text

    screen = console()
    for _, result in results:
        _echo_fault(result)
        if not isinstance(result, ModelError):
            screen.print(as_text.render(result, per_operator=per_operator))
    sys.stdout.flush()


def _echo_fault(result: api.Estimate | ModelError) -> None:
    if isinstance(result, ModelError):
        complain(str(result))
