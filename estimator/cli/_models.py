"""Model arguments of the command line: files, folders and globs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from estimator import api
from estimator.errors import EstimatorError, ModelError
from estimator.files import write_whole
from estimator.settings.config import find_config, load_config
from estimator.settings.modelfiles import SUFFIX, glob_files, is_glob

if TYPE_CHECKING:
    from rich.console import Console

    from estimator.opmodel import OperatorModel

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
            matches = sorted(path.rglob(f"*{SUFFIX}"))
        elif not path.exists() and is_glob(argument):
            matches = glob_files(argument)
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


@dataclass(frozen=True)
class Settings:
    """What models are estimated for; see the options' help texts."""

    target: str | None
    kernels: str
    abi: str | None
    build: str
    libc: str
    preserve_all_tensors: bool
    recording: bool
    resource_variables: int | None
    config: Path | None

    @cached_property
    def custom_operators(self) -> dict[str, OperatorModel]:
        """Those that the configuration declares, by name. Raises ConfigError."""
        return load_config(self.config or find_config(Path.cwd())).custom_models()

    def estimate(self, model: Path, **more: Any) -> api.Estimate:
        """Estimate one model. Raises ModelError and FactsError."""
        return api.estimate(
            model, target=self.target or api.DEFAULT_TARGET, kernels=self.kernels, abi=self.abi,
            build=self.build, libc=self.libc,
            options=api.ArenaOptions(
                self.preserve_all_tensors, self.recording, self.resource_variables
            ),
            custom=self.custom_operators, **more,
        )  # fmt: skip


_OPTIONS = (
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
        "--build", type=click.Choice(["release", "default"]), default="release",
        show_default=True, help="How TFLM is compiled, for the code's size.",
    ),
    click.option(
        "--libc", type=click.Choice(["nano", "full"]), default="nano", show_default=True,
        help="C library, for the code's size.",
    ),
    click.option(
        "--preserve-all-tensors", is_flag=True,
        help="The interpreter keeps all tensors (linear planner).",
    ),
    click.option(
        "--recording", is_flag=True, help="RecordingMicroInterpreter, which needs more.",
    ),
    click.option(
        "--resource-variables", type=click.IntRange(min=0), metavar="N",
        help="The application creates MicroResourceVariables for N variables in the arena. "
        "Default: as many as the model needs.",
    ),
    click.option(
        "--config", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
        help="Configuration that declares custom operators. Default: the nearest mculint.toml or "
        "pyproject.toml.",
    ),
)  # fmt: skip


def target_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that say what a model is estimated for; they come as ``settings``."""
    names = Settings.__dataclass_fields__

    @wraps(command)
    def with_settings(**arguments: Any) -> int:
        chosen = {name: arguments.pop(name) for name in names}
        return command(settings=Settings(**chosen), **arguments)

    for option in reversed(_OPTIONS):
        with_settings = option(with_settings)
    return with_settings


def console() -> Console:
    """Where tables go: as wide as the terminal, 120 columns where there is none."""
    from rich.console import Console

    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else 120
    return Console(highlight=False, markup=False, emoji=False, width=width)


def write_output(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all.

    Raises:
        EstimatorError: the folder can't be written or the disk is full; the file is as it was.
    """
    try:
        write_whole(path, content)
    except OSError as error:
        reason = error.strerror or str(error)
        raise EstimatorError(f"can't be written: {reason}", where=str(path)) from error
