"""What a rule looks at, what it says, and what a whole check comes to."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from estimator.budgets import Budget
from estimator.errors import EstimatorError
from estimator.estimation import Estimate
from estimator.opmodel import OperatorModel
from estimator.reading.ranges import Range


class Severity(str, Enum):
    """How bad a finding is; ADVICE never fails a check."""

    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From where on rules speak, in percent.

    Attributes:
        fragmentation_percent: of the planned head above the bytes alive at its busiest step.
        dominant_tensor_percent: share of one tensor in the head at its busiest step.
        reordering_percent: of the head that another order of operators saves.
        fallback_percent: share of an operator without an optimized kernel in the arithmetic.
        file_percent: share of what TFLM never reads in the model file.
    """

    fragmentation_percent: float = 10.0
    dominant_tensor_percent: float = 85.0
    reordering_percent: float = 5.0
    fallback_percent: float = 1.0
    file_percent: float = 5.0


@dataclass(frozen=True, slots=True)
class Reordering:
    """An order of the main subgraph's operators with a smaller plan: indices into it, in order."""

    order: tuple[int, ...]
    head_bytes: int


@dataclass(frozen=True, slots=True)
class Subject:
    """One model in one deployment: all that a rule may look at.

    Attributes:
        path: of the model, as reports show it.
        deployment: name of the budget; "" where none applies.
        estimate: what the model needs.
        budget: the limits.
        operators: operator name -> what is known of it.
        thresholds: from where on rules speak.
        reordering: a better order, None if none was found or none was looked for.
        data: the file's bytes; None where there is no file.
        labels: takes the place of the file's labelled bytes.
    """

    path: str
    deployment: str
    estimate: Estimate
    budget: Budget
    operators: Mapping[str, OperatorModel]
    thresholds: Thresholds = field(default_factory=Thresholds)
    reordering: Reordering | None = None
    data: memoryview | None = None
    labels: tuple[Range, ...] | None = None

    @property
    def ranges(self) -> tuple[Range, ...]:
        """The bytes of its file, labelled; () where there is no file."""
        return self.estimate.flash.ranges if self.labels is None else self.labels

    @property
    def sha256(self) -> str:
        """Of the file, "" where there is none; computed when asked for: it reads the weights."""
        return "" if self.data is None else hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class Problem:
    """What a rule found, before it becomes a Finding.

    Attributes:
        message: what is wrong, with the numbers.
        fix: what to do; "" where the rule's documentation says it all.
        subgraph, operator, tensor: where; None for the model as a whole.
        start, end: bytes of the file, half-open; None where they aren't known.
        subject: what tells two problems at one place apart, for the fingerprint.
    """

    message: str
    fix: str = ""
    subgraph: int | None = None
    operator: int | None = None
    tensor: int | None = None
    start: int | None = None
    end: int | None = None
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule over one model; its module's docstring is its documentation."""

    code: str
    name: str
    severity: Severity
    check: Callable[[Subject], Iterable[Problem]]

    @property
    def documentation(self) -> str:
        """What the rule says, why, and how to fix it."""
        return _documentation(self.check)


@dataclass(frozen=True, slots=True)
class DeviceRule:
    """A rule over all models that one deployment holds together."""

    code: str
    name: str
    severity: Severity
    check: Callable[[Budget, tuple[Subject, ...]], Iterable[Problem]]

    @property
    def documentation(self) -> str:
        """What the rule says, why, and how to fix it."""
        return _documentation(self.check)


@dataclass(frozen=True, slots=True)
class ProjectRule:
    """A rule over the configuration or the lock file, applied by the check itself."""

    code: str
    name: str
    severity: Severity
    documentation: str


AnyRule = Rule | DeviceRule | ProjectRule


@dataclass(frozen=True, slots=True)
class Location:
    """Where in a model; names are as the file has them and must be escaped when shown."""

    subgraph: int | None = None
    operator: int | None = None
    operator_name: str = ""
    tensor: int | None = None
    tensor_name: str = ""
    start: int | None = None
    end: int | None = None

    def __str__(self) -> str:
        """Such as ``subgraphs[0].operators[3] CONV_2D``; "" for the model as a whole."""
        if self.subgraph is None:
            return ""
        text = f"subgraphs[{self.subgraph}]"
        if self.operator is not None:
            text += f".operators[{self.operator}]"
            return f"{text} {self.operator_name}" if self.operator_name else text
        if self.tensor is not None:
            text += f".tensors[{self.tensor}]"
            return f"{text} {self.tensor_name}" if self.tensor_name else text
        return text


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule has to say about a model.

    Attributes:
        code, rule: such as ``MCU101`` and ``sram-over-budget``.
        severity: of the rule.
        message, fix: what is wrong, and what to do.
        path: of the model, or of the configuration file.
        deployment: the budget's name, "" without one.
        location: where in the model.
        fingerprint: the same for the same finding in another run, whatever its numbers.
    """

    code: str
    rule: str
    severity: Severity
    message: str
    fix: str
    path: str
    deployment: str
    location: Location
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Fault:
    """A file that could not be checked."""

    path: str
    error: EstimatorError


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The outcome of a check.

    Attributes:
        subjects: every model in every deployment, in order.
        findings: sorted by path, deployment and code.
        faults: files that could not be read.
        suppressed: number of findings that the configuration suppresses.
        rules: the rules that were applied.
    """

    subjects: tuple[Subject, ...]
    findings: tuple[Finding, ...]
    faults: tuple[Fault, ...] = ()
    suppressed: int = 0
    rules: tuple[AnyRule, ...] = ()

    def count(self, severity: Severity) -> int:
        """Number of findings of a severity."""
        return sum(finding.severity is severity for finding in self.findings)


def to_finding(rule: AnyRule, problem: Problem, subject: Subject) -> Finding:
    """A problem of a model as a finding: names looked up, fingerprint made."""
    location = _locate(problem, subject)
    return make_finding(
        rule, problem.message, problem.fix, subject.path, subject.deployment, location,
        problem.subject,
    )  # fmt: skip


def make_finding(
    rule: AnyRule, message: str, fix: str, path: str, deployment: str = "",
    location: Location | None = None, subject: str = "",
) -> Finding:  # fmt: skip
    """A finding with its fingerprint: a digest of the place, free of numbers that change."""
    place = location or Location()
    parts = (
        rule.code, path, deployment, str(place.subgraph), place.operator_name, place.tensor_name,
        str(place.operator if not place.tensor_name else ""), subject,
    )  # fmt: skip
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return Finding(
        rule.code, rule.name, rule.severity, message, fix, path, deployment, place, digest
    )


def short(name: str, limit: int = 60) -> str:
    """A tensor's name for people: of fused Keras layers the first, and not endless."""
    first = name.split(";", 1)[0] or name
    text = first + (";..." if first != name else "")
    return text if len(text) <= limit else f"{text[: limit - 23]}...{text[-20:]}"


def _locate(problem: Problem, subject: Subject) -> Location:
    graph = subject.estimate.graph
    operator_name = tensor_name = ""
    tensor = problem.tensor
    if problem.subgraph is not None and problem.subgraph < len(graph.subgraphs):
        subgraph = graph.subgraphs[problem.subgraph]
        if problem.operator is not None:
            op = subgraph.operators[problem.operator]
            operator_name = op.name
            if tensor is None and op.outputs and op.outputs[0] >= 0:
                tensor = op.outputs[0]
        if tensor is not None:
            tensor_name = subgraph.tensors[tensor].name
    start, end = problem.start, problem.end
    if start is None:
        start, end = _bytes_of(problem, subject.ranges)
    return Location(
        problem.subgraph, problem.operator, operator_name, tensor, tensor_name, start, end
    )


def _bytes_of(problem: Problem, ranges: tuple[Range, ...]) -> tuple[int | None, int | None]:
    """The table of the operator or tensor in the file."""
    if problem.subgraph is None:
        return None, None
    owner = f"subgraphs[{problem.subgraph}]"
    if problem.operator is not None:
        owner += f".operators[{problem.operator}]"
    elif problem.tensor is not None:
        owner += f".tensors[{problem.tensor}]"
    for part in ranges:
        if part.owner == owner:
            return part.start, part.end
    return None, None


def _documentation(check: Callable[..., object]) -> str:
    module = inspect.getmodule(check)
    return inspect.cleandoc(module.__doc__ or "") if module else ""
