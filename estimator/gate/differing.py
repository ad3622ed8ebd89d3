"""Compares models: two files, or the same files in two git revisions."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

from estimator.errors import ConfigError
from estimator.gate.checking import Selection, examine
from estimator.settings.config import Config
from estimator.settings.modelfiles import SUFFIX
from estimator.snapshot import Difference, Snapshot, compare, snapshot


def diff(
    old: str, new: str, config: Config, *, target: str | None = None, kernels: str | None = None
) -> tuple[Difference, ...]:
    """Compare two files, or two git revisions.

    Args:
        old, new: both paths of files, or both REVISION or REVISION:PATH.
        config: for deployments and custom operators.
        target, kernels: take the place of those of the configuration.

    Raises:
        EstimatorError: a model can't be read, or there is no such file or revision.
    """
    selection = Selection((), ("MCU",))

    def take(path: Path, data: bytes | None) -> dict[str, Snapshot]:
        subjects = examine(path, config, selection, target=target, kernels=kernels, data=data)
        return {subject.deployment: snapshot(subject) for subject in subjects}

    if Path(old).is_file() and Path(new).is_file():
        before, after = take(Path(old), None), take(Path(new), None)
        if before.keys() != after.keys():  # other deployments: compare them all the same
            before = {name: next(iter(before.values())) for name in after}
        return tuple(_differences(new, before, after))
    found: list[Difference] = []
    for name, one, other in _pairs(old, new):
        path = Path(name)
        found += _differences(
            name, take(path, one) if one is not None else {},
            take(path, other) if other is not None else {},
        )  # fmt: skip
    return tuple(found)


def _differences(
    name: str, old: dict[str, Snapshot], new: dict[str, Snapshot]
) -> Iterator[Difference]:
    for deployment in dict.fromkeys((*old, *new)):
        before, after = old.get(deployment), new.get(deployment)
        changes = compare(before, after) if before and after else ()
        yield Difference(name, deployment, before, after, changes)


def _pairs(old: str, new: str) -> Iterator[tuple[str, bytes | None, bytes | None]]:
    """(path, bytes before, bytes after) of the models that differ between two revisions."""
    one, _, path = old.partition(":")
    other, _, path_after = new.partition(":")
    for revision, text in ((one, old), (other, new)):
        commit = f"{revision}^{{commit}}"
        if _git("rev-parse", "--verify", "--quiet", "--end-of-options", commit) is None:
            raise ConfigError(
                "is neither a file nor a git revision", where=text,
                fix="give two files or two revisions",
            )  # fmt: skip
    if path or path_after:
        if not (path and path_after):
            raise ConfigError("only one of the two names a path", where=f"{old} {new}")
        yield path_after, _show(one, path), _show(other, path_after)
        return
    listed = _git("diff", "--name-only", "--no-renames", "-z", one, other, "--", f"*{SUFFIX}")
    for name in (listed or b"").decode("utf-8", "surrogateescape").split("\0"):
        if name:
            yield name, _show(one, name), _show(other, name)


def _show(revision: str, path: str) -> bytes | None:
    """A file's bytes in a revision (relative to the repository's root); None if it isn't there."""
    return _git("cat-file", "blob", f"{revision}:{path}")


def _git(*arguments: str) -> bytes | None:
    """Standard output of git, None where it fails."""
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, check=False)
    except OSError as error:
        raise ConfigError("git is needed to compare revisions", fix="install it") from error
    return done.stdout if done.returncode == 0 else None
