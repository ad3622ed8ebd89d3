"""`mculint link`: firmware that was linked, against what was foretold."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from estimator.cli import EXIT_ERROR, complain
from estimator.cli._models import console, find_models, models_argument, with_progress

if TYPE_CHECKING:
    from estimator.measuring.linking import LinkedModel

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@models_argument
@click.option("--board", required=True, metavar="NAME", help="A folder of firmware_harness/boards.")
@click.option(
    "--tflm-library",
    "library",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE.toml",
    help="Describes your build of TFLM.",
)
@click.option(
    "--firmware", type=click.Choice(["smallest", "harness"]), default="smallest",
    show_default=True, help="The smallest one, or the harness's own.",
)  # fmt: skip
@click.option("--libc", type=click.Choice(["nano", "full"]), default="nano", show_default=True)
@click.option("--record", type=_FOLDER, help="Add the links to the records there (golden/links).")
@click.option("--replace", is_flag=True, help="Write over records that differ.")
@click.option("--harness", type=_FOLDER, help="The folder firmware_harness of another checkout.")
@click.option("--build-folder", type=_FOLDER, help="Build there and keep it.")
def link(
    models: tuple[str, ...], board: str, library: Path, firmware: str, libc: str,
    record: Path | None, replace: bool, harness: Path | None, build_folder: Path | None,
) -> int:  # fmt: skip
    """Link a firmware for each model, and compare its size with what is foretold. Nothing is run.

    Exit code 1 where Flash is off by more than 128 bytes or static RAM at all, 2 where a model
    could not be linked.
    """
    from estimator.measuring.linking import open_linking

    with tempfile.TemporaryDirectory(prefix="mculint-link-") as temporary:
        folder = build_folder or Path(temporary)
        linking = open_linking(
            board, library, folder, firmware=firmware, libc=libc, harness=harness
        )
        found = find_models(models)
        made = [one for path in with_progress(found, "linking") for one in linking.models([path])]
        linked = [one for one in made if one.error is None]
        if linked:
            _show(linked)
        for one in made:
            if one.error is not None:
                complain(str(one.error))
        if record is not None and linked:
            click.echo(f"recorded: {linking.write(linked, record, replace=replace)}")
    if len(linked) < len(made):
        return EXIT_ERROR
    return 0 if all(one.agrees for one in linked) else 1


def _show(linked: Sequence[LinkedModel]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("model with its firmware")
    for heading in ("Flash", "foretold", "off by", "static RAM", "foretold"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in linked:
        table.add_row(one.model.stem, *_cells(one))
    console().print(table)


def _cells(one: LinkedModel) -> tuple[str, ...]:
    def size(bytes_: int | None, more: int = 0) -> str:
        return "-" if bytes_ is None else f"{bytes_ + more:,} B"

    made, foretold = one.linked, one.foretold
    assert made is not None
    known = (size(made.flash_bytes, one.model_bytes), size(made.static_bytes))
    if foretold is None:
        return known[0], "unknown", "", known[1], "unknown"
    off = foretold.flash_bytes - made.flash_bytes
    return (
        known[0], size(foretold.flash_bytes, one.model_bytes), f"{off:+,} B",
        known[1], size(foretold.static_bytes),
    )  # fmt: skip
