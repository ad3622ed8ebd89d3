"""`mculint targets`: the boards and bare cores."""

from __future__ import annotations

import click

from estimator.api import load_board, target_names
from estimator.cli._models import console


@click.command()
def targets() -> None:
    """List the boards and bare cores that --target takes."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading, justify in (("target", "left"), ("core", "left"), ("clock", "right"),
                             ("SRAM", "right"), ("Flash", "right"), ("board", "left")):  # fmt: skip
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    boards = sorted((load_board(name) for name in target_names()), key=lambda b: b.is_bare_core)
    for board in boards:
        clock = f"{board.clock_hz.value / 1e6:g} MHz" if board.clock_hz else "-"
        sram, flash = (board.capacity_bytes(kind) for kind in ("sram", "flash"))
        table.add_row(board.name, board.core.name, clock, _kib(sram), _kib(flash), board.title)
    console().print(table)
    click.echo("\nA board of your own: --target ./mine.toml (docs/boards.md says what it holds).")


def _kib(size: int | None) -> str:
    return "-" if size is None else f"{size / 1024:g} KiB"
