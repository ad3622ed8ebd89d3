"""`mculint check`: models against budgets and rules."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import click

from estimator.cli._models import with_progress, write_output
from estimator.errors import ConfigError
from estimator.gate.checking import check as check_models
from estimator.gate.checking import validate
from estimator.gate.locking import NAME, growth, read_lock
from estimator.lint import CheckReport, Severity
from estimator.reports._format import Format, Style
from estimator.reports.findings import formats
from estimator.settings.config import Config, find_config, load_config

T = TypeVar("T")
_BY_SUFFIX = {
    ".txt": "text", ".json": "json", ".sarif": "sarif", ".xml": "junit", ".md": "markdown",
    ".csv": "csv", ".html": "html",
}  # fmt: skip
EXIT_FINDINGS, EXIT_FAULTS = 1, 2


def config_option(command: T) -> T:
    """--config: the configuration file, the nearest one without it."""
    return click.option(  # type: ignore[type-var]
        "--config", "config_path", type=click.Path(path_type=Path, dir_okay=False),
        help="Configuration file. Default: the nearest mculint.toml or pyproject.toml.",
    )(command)  # fmt: skip


def configuration(path: Path | None) -> Config:
    """The configuration that applies in the current folder."""
    if path is not None and not path.is_file():
        raise ConfigError("there is no such file", where=str(path))
    config = load_config(path or find_config(Path.cwd()))
    validate(config)
    return config


def _codes(_: click.Context, __: click.Parameter, values: Sequence[str]) -> tuple[str, ...]:
    return tuple(code for value in values for code in value.replace(",", " ").split())


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATHS]...")
@config_option
@click.option("--select", multiple=True, callback=_codes, metavar="CODES",
              help="Rules to apply, by code or beginning of a code.")  # fmt: skip
@click.option("--ignore", multiple=True, callback=_codes, metavar="CODES",
              help="Rules to leave out; the longer code wins.")  # fmt: skip
@click.option("--target", metavar="NAME|FILE.toml", help="In place of the configured target.")
@click.option("--kernels", type=click.Choice(["cmsis-nn", "reference"]),
              help="In place of the configured kernel library.")  # fmt: skip
@click.option("--format", "names", multiple=True, type=click.Choice(sorted(formats())),
              help="How to write the findings. Default: text.")  # fmt: skip
@click.option("--output", "outputs", multiple=True, metavar="[FORMAT:]FILE",
              help="Write to a file; its ending says the format. May be repeated.")  # fmt: skip
@click.option("--fail-on", type=click.Choice(["error", "warning"]),
              help="The least severity that exits 1. Default: warning.")  # fmt: skip
@click.option("--exit-zero", is_flag=True, help="Exit 0 even if there are findings.")
@click.option("--locked", is_flag=True, help=f"Fail where a number grew over {NAME}.")
@click.option("--jobs", "-j", type=click.IntRange(min=1), default=1, metavar="N",
              help="Processes that share the work.")  # fmt: skip
@click.option("--quiet", "-q", is_flag=True, help="No advice and no closing line.")
def check(
    paths: tuple[str, ...],
    config_path: Path | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    target: str | None,
    kernels: str | None,
    names: tuple[str, ...],
    outputs: tuple[str, ...],
    fail_on: str | None,
    exit_zero: bool,
    locked: bool,
    jobs: int,
    quiet: bool,
) -> int:
    """Check models against their budgets and the rules.

    PATHS are files, folders (git-ignored files are left out) and globs; without any, what the
    configuration names. Exits 0 if all is well, 1 if there are findings, 2 if a file could not
    be checked.
    """
    config = configuration(config_path)
    config = replace(
        config,
        select=select or config.select,
        ignore=(*config.ignore, *ignore),
        fail_on=Severity(fail_on) if fail_on else config.fail_on,
    )
    on_stdout, files = plan_outputs(names, outputs)
    report = check_models(
        paths, config, target=target, kernels=kernels, jobs=jobs, progress=_progress
    )
    if locked:
        report = _compare(report, config, whole=not paths)
    for path, chosen in files:
        write_output(path, chosen.render(report, Style(version=_version())))
    if on_stdout is not None:
        style = Style(colours(), quiet, "" if on_stdout.name == "text" else _version())
        click.echo(on_stdout.render(report, style), nl=False, color=style.colour)
    return exit_code(report, config, exit_zero=exit_zero)


def _progress(files: Sequence[Path]) -> Iterable[Path]:
    return with_progress(files, "checking")


def _compare(report: CheckReport, config: Config, *, whole: bool) -> CheckReport:
    lock = config.root / NAME
    found = growth(report, read_lock(lock), lock, config, whole=whole)
    findings = sorted((*report.findings, *found), key=lambda f: (f.path, f.deployment, f.code))
    return replace(report, findings=tuple(findings))


def exit_code(report: CheckReport, config: Config, *, exit_zero: bool) -> int:
    """0, 1 if a finding is at least as bad as ``fail_on``, 2 if a file could not be checked."""
    if report.faults:
        return EXIT_FAULTS
    order = list(Severity)
    worst = order.index(config.fail_on)
    failing = any(order.index(finding.severity) <= worst for finding in report.findings)
    return EXIT_FINDINGS if failing and not exit_zero else 0


def plan_outputs(
    names: Sequence[str], outputs: Sequence[str]
) -> tuple[Format | None, list[tuple[Path, Format]]]:
    """What goes to stdout, and which file gets which format.

    A file's format is its prefix, else the --format at its place (if there are as many of them as
    files), else what its ending says, else the only --format. Stdout gets the --format that no
    file took, or text.
    """
    known = formats()
    plain = [text for text in outputs if text.partition(":")[0] not in known]
    paired = dict(zip(plain, names)) if plain and len(plain) == len(names) else {}
    if len(names) > 1 and not paired:
        raise ConfigError(
            f"{len(names)} formats and {len(plain)} files",
            where="--format", fix="give each format its --output",
        )  # fmt: skip
    files = []
    for text in outputs:
        prefix, _, rest = text.partition(":")
        if prefix in known and rest:
            files.append((Path(rest), known[prefix]))
            continue
        name = paired.get(text) or _BY_SUFFIX.get(Path(text).suffix.lower())
        if name is None:
            raise ConfigError(f"{text!r}: its ending names no format", where="--output",
                              fix="write FORMAT:FILE")  # fmt: skip
        files.append((Path(text), known[name]))
    return known[names[0] if names and not paired else "text"], files


def colours() -> bool:
    """Whether stdout is a terminal that wants colours (https://no-color.org)."""
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return wanted and sys.stdout.isatty()


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("mculint")
    except PackageNotFoundError:
        return "0"
