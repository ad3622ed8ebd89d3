"""`mculint fit`: which board holds the models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from estimator.budgets import parse_bytes, parse_millijoules, parse_milliseconds
from estimator.cli._models import console, find_models, models_argument
from estimator.cli.check import config_option, configuration
from estimator.gate.fit import BoardFit, Verdict
from estimator.gate.fit import fit as fit_models
from estimator.quantity import Quantity
from estimator.reports._escape import json_text


@click.command()
@models_argument
@config_option
@click.option("--kernels", type=click.Choice(["cmsis-nn", "reference"]), default="cmsis-nn",
              show_default=True)  # fmt: skip
@click.option("--sram", metavar="SIZE", help="At most this much SRAM, such as '96 kB'.")
@click.option("--flash", metavar="SIZE", help="At most this much Flash, such as '512 KiB'.")
@click.option("--latency", metavar="TIME", help="At most this long, such as '120 ms'.")
@click.option("--energy", metavar="ENERGY", help="At most this much, such as '30 mJ'.")
@click.option("--reserve-sram", metavar="SIZE", help="SRAM that the application takes.")
@click.option("--reserve-flash", metavar="SIZE", help="Flash that the application takes.")
@click.option("--all", "everything", is_flag=True, help="Boards that don't fit too.")
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text")
def fit(
    models: tuple[str, ...],
    config_path: Path | None,
    kernels: str,
    sram: str | None,
    flash: str | None,
    latency: str | None,
    energy: str | None,
    reserve_sram: str | None,
    reserve_flash: str | None,
    everything: bool,
    style: str,
) -> int:
    """Show the boards that hold the models, the smallest first.

    Several models are each a firmware of its own; the worst counts. Exits 1 if no board fits.
    """
    config = configuration(config_path)
    limits = replace(
        config.default,
        kernels=kernels,
        sram_bytes=parse_bytes(sram) if sram else None,
        flash_bytes=parse_bytes(flash) if flash else None,
        latency_ms=parse_milliseconds(latency) if latency else None,
        energy_mj=parse_millijoules(energy) if energy else None,
        reserve_sram_bytes=parse_bytes(reserve_sram) if reserve_sram else 0,
        reserve_flash_bytes=parse_bytes(reserve_flash) if reserve_flash else 0,
    )
    entries = fit_models(find_models(models), limits, custom=config.custom_models())
    fitting = [entry for entry in entries if entry.verdict is Verdict.FITS]
    if style == "json":
        click.echo(json_text([_plain(entry) for entry in entries]), nl=False)
    else:
        _table(entries if everything or not fitting else fitting)
        click.echo(f"\n{len(fitting)} of {len(entries)} boards hold the models.")
        if not (reserve_sram and reserve_flash):
            click.echo("The application's stack, OS and code count only where the board's file "
                       "has them: see --reserve-sram, --reserve-flash.")  # fmt: skip
    return 0 if fitting else 1


def _table(entries: Sequence[BoardFit]) -> None:
    from rich.table import Table

    from estimator.reports._escape import printable

    table = Table(box=None, pad_edge=False)
    table.add_column("KiB, ms", no_wrap=True)
    for heading in ("SRAM", "free", "Flash", "free", "latency"):
        table.add_column(heading, justify="right", no_wrap=True)
    for entry in entries:
        table.add_row(
            entry.board.name, _kib(entry.sram.high), _kib(entry.headroom("sram")),
            _kib(entry.flash.high), _kib(entry.headroom("flash")), _time(entry.latency),
        )  # fmt: skip
    console().print(table)
    for entry in entries:
        if entry.verdict is not Verdict.FITS:
            click.echo(printable(f"{entry.board.name}: {entry.verdict.value}: {entry.reason}"))


def _kib(value: float | None) -> str:
    return "unknown" if value is None else f"{value / 1024:,.1f}"


def _time(quantity: Quantity) -> str:
    if quantity.best is None or quantity.low is None or quantity.high is None:
        return "unknown"
    return f"{quantity.best:.3g} ({quantity.low:.3g} to {quantity.high:.3g})"


def _plain(entry: BoardFit) -> dict[str, Any]:
    return {
        "board": entry.board.name,
        "title": entry.board.title,
        "verdict": entry.verdict.value,
        "reason": entry.reason or None,
        "sram_bytes": entry.sram.high,
        "sram_capacity_bytes": entry.board.capacity_bytes("sram"),
        "sram_headroom_bytes": entry.headroom("sram"),
        "flash_bytes": entry.flash.high,
        "flash_capacity_bytes": entry.board.capacity_bytes("flash"),
        "flash_headroom_bytes": entry.headroom("flash"),
        "latency_ms": _interval(entry.latency),
        "energy_mj": _interval(entry.energy),
    }


def _interval(quantity: Quantity) -> dict[str, Any]:
    return {"low": quantity.low, "best": quantity.best, "high": quantity.high,
            "basis": quantity.basis.value, "source": quantity.source}  # fmt: skip
