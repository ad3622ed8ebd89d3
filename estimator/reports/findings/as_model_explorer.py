"""Node data that google-ai-edge's Model Explorer lays over a model's graph.

Nodes are keyed by the operator's index and graphs by the subgraph's name, as Model Explorer's
flatbuffer adapter names them (direct_flatbuffer_to_json_graph_convert.cc, node_data_builder.py).
A file holds one value per node: ``model-explorer`` shows all three as text, the others one number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from estimator.analysis.occupancy import live_bytes
from estimator.errors import ConfigError
from estimator.lint import CheckReport, Finding, Severity, Subject
from estimator.reports._escape import json_text, printable
from estimator.reports._format import Format, Style

_GRADIENT = [{"stop": 0, "bgColor": "#ffffff"}, {"stop": 1, "bgColor": "#d65f5f"}]
_COLOURS = {Severity.ERROR: "#d65f5f", Severity.WARNING: "#e8b04b", Severity.ADVICE: "#8ab4d8"}
_Key = tuple[int, int]


def _live(report: CheckReport, subject: Subject) -> dict[_Key, int]:
    """(subgraph, operator) -> most bytes of the head that are alive while it runs."""
    arena = subject.estimate.arena
    found: dict[_Key, int] = {}
    if arena is not None:
        for step, live in zip(arena.lifetimes.steps, live_bytes(arena.plan)):
            if step[1] is not None:
                key = (step[0], step[1])
                found[key] = max(live, found.get(key, 0))
    return found


def _share(report: CheckReport, subject: Subject) -> dict[_Key, float]:
    """(subgraph, operator) -> percent of the inference's time."""
    timed = [o for o in subject.estimate.operators if o.latency_ms is not None]
    total = sum(o.latency_ms or 0.0 for o in timed)
    if not total:
        return {}
    return {(o.subgraph, o.index): round(100 * (o.latency_ms or 0.0) / total, 2) for o in timed}


def _findings(report: CheckReport, subject: Subject) -> dict[_Key, list[Finding]]:
    found: dict[_Key, list[Finding]] = {}
    for finding in report.findings:
        place = finding.location
        if finding.deployment != subject.deployment or finding.path != subject.path:
            continue
        if place.subgraph is not None and place.operator is not None:
            found.setdefault((place.subgraph, place.operator), []).append(finding)
    return found


def _all(report: CheckReport, style: Style) -> str:
    subject = _subject(report)
    live, share = _live(report, subject), _share(report, subject)
    found = _findings(report, subject)
    results: dict[_Key, dict[str, Any]] = {}
    for operator in subject.estimate.operators:
        key = (operator.subgraph, operator.index)
        parts = [f"{live[key]:,} B live"] if key in live else []
        parts += [f"{share[key]:g} % of the time"] if key in share else []
        parts += [printable(f"{f.code} {f.message}") for f in found.get(key, ())]
        result: dict[str, Any] = {"value": "; ".join(parts) or "nothing to say"}
        if key in found:
            worst = min(found[key], key=lambda f: list(Severity).index(f.severity))
            result["bgColor"] = _COLOURS[worst.severity]
        results[key] = result
    return _document(subject, "mculint", results, [])


def _series(
    name: str, values: Callable[[CheckReport, Subject], Any]
) -> Callable[[CheckReport, Style], str]:
    def render(report: CheckReport, style: Style) -> str:
        subject = _subject(report)
        results = {key: {"value": value} for key, value in values(report, subject).items()}
        return _document(subject, name, results, _GRADIENT)

    return render


def _subject(report: CheckReport) -> Subject:
    if len(report.subjects) != 1:
        raise ConfigError(
            f"the overlay of Model Explorer is for one model in one deployment, not "
            f"{len(report.subjects)}",
            fix="name one model, and --target if several deployments hold it",
        )
    return report.subjects[0]


def _document(
    subject: Subject, name: str, results: dict[_Key, dict[str, Any]], gradient: list[Any]
) -> str:
    graphs: dict[str, Any] = {}
    for subgraph in subject.estimate.graph.subgraphs:
        default = "main" if subgraph.index == 0 else f"subgraph_{subgraph.index}"
        own = {str(op): value for (s, op), value in sorted(results.items()) if s == subgraph.index}
        entry: dict[str, Any] = {"name": name, "results": own}
        if gradient:
            entry["gradient"] = gradient
        graphs[subgraph.name or default] = entry
    return json_text(graphs)


FORMATS = (
    Format("model-explorer", "overlay of Model Explorer: all as text", _all),
    Format(
        "model-explorer-live", "overlay of Model Explorer: live bytes", _series("live bytes", _live)
    ),
    Format(
        "model-explorer-latency", "overlay of Model Explorer: share of the time",
        _series("latency share, %", _share),
    ),
)  # fmt: skip
