"""`mculint estimate`: what each model needs on a target."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

import click

from estimator import api
from estimator.cli._models import find_models, models_argument, target_options, with_progress
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
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.option("--backbone", help="Name the backbone instead of recognising it.")
def estimate(
    models: tuple[str, ...],
    target: str | None,
    kernels: str,
    abi: str | None,
    preserve_all_tensors: bool,
    recording: bool,
    format_: str,
    backbone: str | None,
) -> int:
    """Estimate SRAM, Flash and latency of models.

    MODEL is a .tflite file, a folder or a glob. A model that TFLM refuses is reported and is no
    failure; the exit code is 2 if a file can't be read.
    """
    options = api.ArenaOptions(preserve_all_tensors=preserve_all_tensors, recording=recording)
    results: list[tuple[Path, api.Estimate | ModelError]] = []
    for path in with_progress(find_models(models), "estimating"):
        try:
            results.append(
                (
                    path,
                    api.estimate(
                        path, target=target or api.DEFAULT_TARGET, kernels=kernels, abi=abi,
                        options=options, backbone=backbone,
                    ),
                )
            )  # fmt: skip
        except ModelError as error:
            results.append((path, error))
    (_print_json if format_ == "json" else _print_text)(results)
    if target is None:
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
    click.echo(as_json.render(entries))


def _sha256(file: Any) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(1 << 20):
        digest.update(chunk)
    return digest.hexdigest()


def _print_text(results: list[tuple[Path, api.Estimate | ModelError]]) -> None:
    from rich.console import Console

    from estimator.reports import as_text

    console = Console(highlight=False)
    for _, result in results:
        if isinstance(result, ModelError):
            click.echo(click.style(f"error: {as_text.printable(str(result))}", fg="red"), err=True)
        else:
            console.print(as_text.render(result))
    sys.stdout.flush()
