"""mculint.lock: the numbers of all models, and the findings where they grew."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from estimator.checks._project import GREW, NOT_LOCKED, STALE_LOCK
from estimator.errors import ConfigError
from estimator.lint import CheckReport, Finding, make_finding
from estimator.settings.config import Config
from estimator.settings.modelfiles import relative
from estimator.snapshot import (
    Change,
    Snapshot,
    compare,
    describe,
    from_json,
    snapshot,
    to_json,
)

NAME = "mculint.lock"
VERSION = 1
_DEFAULT = "default"
Key = tuple[str, str]
"""(path relative to the lock's folder, name of the deployment)."""


def snapshots(report: CheckReport, root: Path) -> dict[Key, Snapshot]:
    """The snapshots of all models of a check."""
    return {
        (relative(Path(subject.path), root), subject.deployment or _DEFAULT): snapshot(subject)
        for subject in report.subjects
    }


def render(entries: Mapping[Key, Snapshot]) -> str:
    """The lock file's text: JSON, sorted, one number per line."""
    models: dict[str, dict[str, object]] = {}
    for (path, deployment), entry in entries.items():
        models.setdefault(path, {})[deployment] = to_json(entry)
    document = {"version": VERSION, "models": models}
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=True) + "\n"


def read_lock(path: Path) -> dict[Key, Snapshot]:
    """Read a lock file.

    Raises:
        ConfigError: there is none, or it is damaged; with the path to the fault.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"can't be read: {error.strerror or error}", where=str(path), fix="run `mculint lock`"
        ) from error
    except (ValueError, RecursionError) as error:
        raise _damaged(path, "", str(error)) from error
    version = document.pop("version", None) if isinstance(document, dict) else None
    if type(version) is not int or version != VERSION:
        raise _damaged(path, "version", f"must be {VERSION}")
    models = document.pop("models", None)
    for key in document:
        raise _damaged(path, key, "is not a known key")
    if not isinstance(models, dict):
        raise _damaged(path, "models", "must be a table")
    entries: dict[Key, Snapshot] = {}
    for model, deployments in models.items():
        if not isinstance(deployments, dict):
            raise _damaged(path, f"models[{model!r}]", "must be a table")
        for deployment, values in deployments.items():
            try:
                entries[model, deployment] = from_json(values)
            except ValueError as error:
                raise _damaged(path, f"models[{model!r}][{deployment!r}]", str(error)) from error
    return entries


def _damaged(path: Path, place: str, message: str) -> ConfigError:
    return ConfigError(message, where=f"{path}: {place}", fix="write it anew with `mculint lock`")


def growth(
    report: CheckReport, locked: Mapping[Key, Snapshot], lock: Path, config: Config, *, whole: bool
) -> Iterator[Finding]:
    """Findings where a check differs from the lock.

    Args:
        report: the check.
        locked: the lock file's entries.
        lock: its path.
        config: for the tolerance.
        whole: whether the check covers the project, so that entries without a model are stale.
    """
    now = snapshots(report, config.root)
    paths = {(relative(Path(s.path), config.root), s.deployment or _DEFAULT): s.path
             for s in report.subjects}  # fmt: skip
    for key, entry in now.items():
        deployment = "" if key[1] == _DEFAULT else key[1]
        if key not in locked:
            yield make_finding(NOT_LOCKED, f"is not in {lock.name}", "run `mculint lock`",
                               paths[key], deployment)  # fmt: skip
            continue
        for change in compare(locked[key], entry):
            if exceeds(change, config):
                yield make_finding(GREW, describe(change), "shrink it, or run `mculint lock`",
                                   paths[key], deployment, subject=change.name)  # fmt: skip
    for key in sorted(locked.keys() - now.keys()) if whole else ():
        yield make_finding(
            STALE_LOCK, f"{key[0]} [{key[1]}] is locked and no longer found",
            "run `mculint lock`", str(lock), subject="\0".join(key),
        )  # fmt: skip


def exceeds(change: Change, config: Config) -> bool:
    """Whether a number grew by more than the tolerance, or was known and no longer is."""
    if change.old is None or change.new is None:
        return change.new is None
    allowed = change.old * config.tolerance_percent / 100
    if change.unit == "B":
        allowed = max(allowed, config.tolerance_bytes)
    return change.new - change.old > allowed
