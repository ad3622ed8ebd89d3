"""Path and name patterns of the configuration."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase


def matches(path: str, patterns: Iterable[str]) -> bool:
    """Whether a path with forward slashes is one of the patterns or lies below one.

    ``*`` stands for anything, slashes included; ``**/`` may also stand for nothing; a folder's
    name stands for all that is in it.
    """
    return any(_matches(path, pattern) for pattern in patterns)


def _matches(path: str, pattern: str) -> bool:
    folder = pattern.removeprefix("./").rstrip("/")
    if folder in ("", ".") or path == folder or path.startswith(folder + "/"):
        return True
    return fnmatchcase(path, folder) or fnmatchcase(path, folder.replace("**/", ""))
