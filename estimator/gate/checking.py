"""Checks models against budgets and rules: files -> Subjects -> Findings -> CheckReport."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from estimator.analysis.planner import plan_greedy
from estimator.analysis.reordering import find_order
from estimator.api import estimate_graph
from estimator.budgets import Budget
from estimator.checks import device_rules, model_rules, rules
from estimator.checks._project import UNUSED_BUDGET, UNUSED_SUPPRESSION
from estimator.errors import ConfigError, EstimatorError
from estimator.estimation import Estimate
from estimator.facts.board import load_board
from estimator.lint import (
    AnyRule,
    CheckReport,
    Fault,
    Finding,
    Location,
    Reordering,
    Subject,
    make_finding,
    to_finding,
)
from estimator.opmodel import OperatorModel
from estimator.ops import operators
from estimator.reading import open_model, read
from estimator.settings.config import Config, Suppression
from estimator.settings.modelfiles import find_models, relative
from estimator.settings.patterns import matches

REORDERING = "MCU304"


@dataclass(frozen=True, slots=True)
class Selection:
    """The rules to apply: codes or beginnings of codes; the longer one wins."""

    select: tuple[str, ...] = ("MCU",)
    ignore: tuple[str, ...] = ()

    def __contains__(self, code: str) -> bool:
        def longest(prefixes: tuple[str, ...]) -> int:
            return max((len(p) for p in prefixes if code.startswith(p)), default=0)

        return longest(self.select) > longest(self.ignore)

    def validate(self) -> None:
        """Raise ConfigError where an entry is the beginning of no rule's code."""
        _validate((*self.select, *self.ignore), "")


def validate(config: Config) -> None:
    """Raise ConfigError where the configuration names a rule that does not exist."""
    where = f"{config.path.name}: " if config.path else ""
    _validate(config.select, f"{where}select")
    _validate(config.ignore, f"{where}ignore")
    for index, suppression in enumerate(config.suppressions):
        _validate(suppression.codes, f"{where}suppress[{index}].codes")


def _validate(prefixes: Sequence[str], where: str) -> None:
    codes = [rule.code for rule in rules()]
    for prefix in prefixes:
        if not any(code.startswith(prefix) for code in codes):
            raise ConfigError(
                f"no rule's code begins with {prefix!r}", where=where, fix="`mculint rules`"
            )


def check(
    paths: Sequence[str],
    config: Config,
    *,
    target: str | None = None,
    kernels: str | None = None,
    jobs: int = 1,
    progress: Callable[[Sequence[Path]], Iterable[Path]] | None = None,
) -> CheckReport:
    """Check all models that the paths name.

    Args:
        paths: files, folders and globs; () for what the configuration names.
        config: budgets, rules and the rest.
        target, kernels: take the place of those of the configuration.
        jobs: processes that share the work; the report is the same.
        progress: passes the files on, one after the other.

    Raises:
        ConfigError: a path doesn't exist, a rule isn't known, or no model is found.
    """
    selection = Selection(config.select, config.ignore)
    selection.validate()
    validate(replace(config, select=(), ignore=()))
    whole = not paths
    named = paths or [str(_from_here(config.root / path)) for path in config.paths]
    files = find_models(named, config.root, config.exclude)
    if not files:
        raise ConfigError(
            "there is no .tflite file", where=", ".join(named),
            fix="git-ignored and excluded files are left out; name them to check them",
        )  # fmt: skip
    for name in {target or budget.target for budget in (config.default, *config.budgets)}:
        load_board(name)  # a wrong target is one error, not one per model
    task = partial(_check_file, config=config, selection=selection, target=target, kernels=kernels)
    subjects: list[Subject] = []
    findings: list[Finding] = []
    faults: list[Fault] = []
    for checked in _run(task, files, jobs, progress):
        subjects += checked.subjects
        findings += checked.findings
        faults += checked.faults
    findings += _devices(subjects, selection)
    kept, suppressed, used = _suppress(findings, config)
    kept += _project(config, selection, subjects, used, whole=whole)
    kept.sort(key=lambda f: (f.path, f.deployment, f.code, _order(f.location), f.fingerprint))
    applied = tuple(rule for rule in rules() if rule.code in selection)
    return CheckReport(tuple(subjects), tuple(_distinct(kept)), tuple(faults), suppressed, applied)


class _Checked(NamedTuple):
    """What came of one file."""

    subjects: tuple[Subject, ...]
    findings: tuple[Finding, ...]
    faults: tuple[Fault, ...]


def _check_file(
    path: Path, *, config: Config, selection: Selection, target: str | None, kernels: str | None
) -> _Checked:
    """One file in all its deployments, with the findings of the rules over one model."""
    try:
        subjects = tuple(examine(path, config, selection, target=target, kernels=kernels))
    except EstimatorError as error:
        return _Checked((), (), (Fault(str(path), error),))
    findings = tuple(f for subject in subjects for f in _apply(subject, selection))
    return _Checked(subjects, findings, ())


def _check_apart(task: Callable[[Path], _Checked], path: Path) -> _Checked:
    """In a worker: without the operators' models, which only the rules need."""
    checked = task(path)
    return checked._replace(subjects=tuple(replace(s, operators={}) for s in checked.subjects))


def _run(
    task: Callable[[Path], _Checked],
    files: Sequence[Path],
    jobs: int,
    progress: Callable[[Sequence[Path]], Iterable[Path]] | None,
) -> Iterator[_Checked]:
    """Run the task on every file, in order; what a killed worker leaves is done here."""
    ordered = progress(files) if progress else files
    if jobs <= 1 or len(files) == 1:
        yield from map(task, ordered)
        return
    from concurrent.futures import BrokenExecutor

    from estimator.workers import worker_pool

    with worker_pool(min(jobs, len(files))) as start:
        futures = start(partial(_check_apart, task), files)
        for path in ordered:
            try:
                yield futures[path].result()
            except BrokenExecutor:
                yield task(path)


def examine(
    path: Path,
    config: Config,
    selection: Selection,
    *,
    target: str | None = None,
    kernels: str | None = None,
    data: bytes | None = None,
) -> Iterator[Subject]:
    """One model in each deployment that holds it.

    Args:
        data: the model's bytes where they are not those of the file.

    Raises:
        EstimatorError: the model or a deployment's target can't be read.
    """
    view = open_model(path) if data is None else memoryview(data)
    graph = read(view, str(path))
    custom = config.custom_models()
    known: Mapping[str, OperatorModel] = {**operators(), **custom} if custom else operators()
    for budget in config.budgets_of(relative(path, config.root)):
        chosen = replace(
            budget, target=target or budget.target, kernels=kernels or budget.kernels,
            abi=None if target else budget.abi,
        )  # fmt: skip
        estimate = estimate_graph(
            graph, name=str(path), target=chosen.target, kernels=chosen.kernels, abi=chosen.abi,
            custom=custom, data=view,
        )  # fmt: skip
        yield Subject(
            path=path.as_posix(), deployment=chosen.name, estimate=estimate, budget=chosen,
            operators=known, thresholds=config.thresholds,
            reordering=_reorder(estimate) if REORDERING in selection else None, data=view,
        )  # fmt: skip


def _from_here(path: Path) -> Path:
    """The path as a user in the current folder would write it."""
    try:
        return path.relative_to(Path.cwd())
    except ValueError:
        return path


def _reorder(estimate: Estimate) -> Reordering | None:
    arena = estimate.arena
    if arena is None or arena.plan != plan_greedy(arena.plan.buffers):
        return None
    found = find_order(estimate.graph, arena)
    return Reordering(*found) if found else None


def _apply(subject: Subject, selection: Selection) -> Iterator[Finding]:
    for rule in model_rules():
        if rule.code in selection:
            for problem in rule.check(subject):
                yield to_finding(rule, problem, subject)


def _devices(subjects: Sequence[Subject], selection: Selection) -> Iterator[Finding]:
    groups: dict[Budget, list[Subject]] = {}
    for subject in subjects:
        groups.setdefault(subject.budget, []).append(subject)
    for budget, members in groups.items():
        for rule in device_rules():
            if rule.code in selection:
                for problem in rule.check(budget, tuple(members)):
                    yield make_finding(
                        rule, problem.message, problem.fix, members[0].path, budget.name,
                        subject=problem.subject,
                    )  # fmt: skip


def _suppress(
    findings: Sequence[Finding], config: Config
) -> tuple[list[Finding], int, frozenset[Suppression]]:
    """The findings that remain, the number of the others, and the suppressions that were used."""
    kept: list[Finding] = []
    used: set[Suppression] = set()
    for finding in findings:
        path = relative(Path(finding.path), config.root)
        accepted = [s for s in config.suppressions if _suppresses(s, finding, path)]
        used.update(accepted)
        if not accepted:
            kept.append(finding)
    return kept, len(findings) - len(kept), frozenset(used)


def _suppresses(suppression: Suppression, finding: Finding, path: str) -> bool:
    if not finding.code.startswith(suppression.codes):
        return False
    if suppression.paths and not matches(path, suppression.paths):
        return False
    tensor = finding.location.tensor_name
    return not suppression.tensors or (bool(tensor) and matches(tensor, suppression.tensors))


def _project(
    config: Config,
    selection: Selection,
    subjects: Sequence[Subject],
    used: frozenset[Suppression],
    *,
    whole: bool,
) -> Iterator[Finding]:
    """Findings about the configuration itself."""
    where = str(_from_here(config.path)) if config.path else ""
    checked = [relative(Path(subject.path), config.root) for subject in subjects]
    for index, entry in enumerate(config.suppressions):
        applied = any(_overlap(code, selection) for code in entry.codes)
        covered = whole or (entry.paths and any(matches(path, entry.paths) for path in checked))
        if entry not in used and applied and covered and UNUSED_SUPPRESSION.code in selection:
            yield _about(
                UNUSED_SUPPRESSION, f"suppress[{index}] ({', '.join(entry.codes)}) suppresses "
                f"nothing; its reason was: {entry.reason}", where, entry.reason,
            )  # fmt: skip
    held = {subject.deployment for subject in subjects}
    for budget in config.budgets if whole and UNUSED_BUDGET.code in selection else ():
        if budget.name not in held:
            yield _about(
                UNUSED_BUDGET,
                f"budgets.{budget.name} holds no model: {', '.join(budget.paths)}", where,
                budget.name,
            )  # fmt: skip


def _about(rule: AnyRule, message: str, where: str, subject: str) -> Finding:
    return make_finding(rule, message, "", where, subject=subject)


def _overlap(code: str, selection: Selection) -> bool:
    return any(rule.code in selection for rule in rules() if rule.code.startswith(code))


def _distinct(findings: Sequence[Finding]) -> Iterator[Finding]:
    """The findings with different fingerprints: those at one place are numbered."""
    seen: dict[str, int] = {}
    for finding in findings:
        count = seen[finding.fingerprint] = seen.get(finding.fingerprint, 0) + 1
        if count > 1:
            digest = hashlib.sha256(f"{finding.fingerprint}\0{count}".encode()).hexdigest()
            finding = replace(finding, fingerprint=digest[:32])
        yield finding


def _order(location: Location) -> tuple[int, int, int]:
    def number(value: int | None) -> int:
        return -1 if value is None else value

    return number(location.subgraph), number(location.operator), number(location.tensor)
