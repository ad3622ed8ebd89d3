"""Model arguments of the command line: files, folders and globs."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from estimator.errors import EstimatorError, ModelError

T = TypeVar("T")

models_argument = click.argument("models", nargs=-1, required=True, metavar="MODEL...")


def find_models(arguments: Sequence[str]) -> list[Path]:
    """The files that the arguments name: a file, all .tflite below a folder, or a glob's matches.

    A path that doesn't exist is kept, so that it is reported with the others.

    Raises:
        ModelError: a folder or a glob holds no .tflite file.
    """
    found: list[Path] = []
    for argument in arguments:
        path = Path(argument)
        if path.is_dir():
            matches = sorted(path.rglob("*.tflite"))
        elif not path.exists() and glob.has_magic(argument):
            matches = sorted(Path(match) for match in glob.glob(argument, recursive=True))
        else:
            matches = [path]
        if not matches:
            raise ModelError("holds no .tflite file", where=argument)
        found += matches
    return list(dict.fromkeys(found))


def with_progress(items: Sequence[T], what: str) -> Iterator[T]:
    """Yield the items; with a progress bar on stderr if there are several and it is a terminal."""
    if len(items) < 2 or not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(items, description=what, console=Console(stderr=True), transient=True)


def target_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say what a model is estimated for."""
    options: Iterable[Callable[[Any], Any]] = (
        click.option(
            "--target", metavar="NAME|FILE.toml",
            help="Board or bare core; `mculint targets` lists them. Default: cortex-m4.",
        ),
        click.option(
            "--kernels", type=click.Choice(["cmsis-nn", "reference"]), default="cmsis-nn",
            show_default=True, help="Kernel library that TFLM is built with.",
        ),
        click.option(
            "--abi", type=click.Choice(["arm-none-eabi", "long-enums", "x86-64"]),
            help="Layout of TFLM's structs. Default: the target's.",
        ),
        click.option(
            "--preserve-all-tensors", is_flag=True,
            help="The interpreter keeps all tensors (linear planner).",
        ),
        click.option(
            "--recording", is_flag=True, help="RecordingMicroInterpreter, which needs more.",
        ),
    )  # fmt: skip
    for option in reversed(tuple(options)):
        command = option(command)
    return command


def write_output(path: Path, text: str) -> None:
    """Write a file whole or not at all.

    Raises:
        EstimatorError: the folder can't be written or the disk is full; the file is as it was.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        reason = error.strerror or str(error)
        raise EstimatorError(f"can't be written: {reason}", where=str(path)) from error
