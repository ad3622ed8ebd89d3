"""Finds the model files that paths name: files, folders and globs, without git-ignored ones."""

from __future__ import annotations

import glob
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from estimator.errors import ConfigError
from estimator.settings.patterns import matches

SUFFIX = ".tflite"


def find_models(paths: Sequence[str], root: Path, exclude: Iterable[str] = ()) -> tuple[Path, ...]:
    """The model files that ``paths`` name, each once.

    Args:
        paths: a file is taken as it is; of a folder all .tflite files below it that git doesn't
            ignore; of a glob its matches.
        root: what the patterns of ``exclude`` are relative to.
        exclude: patterns of files that are left out of folders and globs.

    Raises:
        ConfigError: a path doesn't exist and is no glob.
    """
    excluded = tuple(exclude)
    found: list[Path] = []
    for text in paths:
        path = Path(text)
        if path.is_dir():
            matched = [p for p in _in_folder(path) if not matches(relative(p, root), excluded)]
        elif path.exists():
            matched = [path]
        elif is_glob(text):
            matched = [p for p in glob_files(text) if not matches(relative(p, root), excluded)]
        else:
            raise ConfigError("there is no such file or folder", where=text)
        found += matched
    return tuple(dict.fromkeys(found))


def is_glob(text: str) -> bool:
    """Whether a path holds one of the signs ``*``, ``?`` and ``[``."""
    return glob.has_magic(text)


def glob_files(pattern: str) -> list[Path]:
    """The paths, in order, that a relative or absolute glob stands for."""
    return sorted(map(Path, glob.glob(pattern, recursive=True)))  # noqa: PTH207 - also absolute ones


def relative(path: Path, root: Path) -> str:
    """The path from ``root`` with forward slashes; the absolute one where it lies elsewhere."""
    resolved = path.resolve()
    try:
        return resolved.relative_to(root.resolve()).as_posix()
    except ValueError:
        return resolved.as_posix()


def _in_folder(folder: Path) -> list[Path]:
    listed = _git_files(folder)
    if listed is None:
        listed = [path for path in folder.rglob(f"*{SUFFIX}") if path.is_file()]
    return sorted(listed)


def _git_files(folder: Path) -> list[Path] | None:
    """Tracked and untracked files that git doesn't ignore; None outside a repository."""
    command = ["git", "-c", "core.fsmonitor=false", "-C", str(folder), "ls-files", "-z",
               "--cached", "--others", "--exclude-standard", "--", f"*{SUFFIX}"]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except OSError:
        return None  # no git: nothing is ignored
    if done.returncode:
        return None
    names = done.stdout.decode("utf-8", "surrogateescape").split("\0")
    return [path for name in names if name and (path := folder / name).is_file()]
