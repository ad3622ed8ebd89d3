"""One self-contained HTML file: overview, arena over time, Flash, latency, findings, numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from estimator.budgets import Standing
from estimator.lint import CheckReport, Finding, Subject
from estimator.reports._format import Format, Style
from estimator.reports._html_charts import arena_chart, flash_chart, latency_chart, text
from estimator.reports._html_style import SCRIPT, STYLE
from estimator.reports._numbers import Number, numbers
from estimator.reports.findings.as_text import summary

_TITLES = {
    "arena": "tensor arena", "sram": "SRAM", "flash": "Flash", "latency": "latency",
    "energy": "energy",
}  # fmt: skip
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


def render(report: CheckReport, style: Style) -> str:
    """The page. It loads nothing, and its policy forbids it to."""
    body = [
        "<header><h1>mculint</h1>",
        f"<p>{text(summary(report))}</p>",
        "</header>",
        *_overview(report),
    ]
    for index, subject in enumerate(report.subjects):
        body += _model(report, subject, index)
    rest = [f for f in report.findings if not any(_belongs(f, s) for s in report.subjects)]
    if rest:
        body += ["<section><h2>Configuration and lock file</h2>", *_findings(rest), "</section>"]
    version = f" {text(style.version)}" if style.version else ""
    body.append(f'<footer class="muted"><p>Written by mculint{version}.</p></footer>')
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>mculint report</title>\n<style>{STYLE}</style></head>\n<body>\n"
        + "\n".join(body)
        + f'\n<div id="tip" role="tooltip" hidden></div>\n<script>{SCRIPT}</script>\n'
        "</body></html>\n"
    )


def _belongs(finding: Finding, subject: Subject) -> bool:
    return (finding.path, finding.deployment) == (subject.path, subject.deployment)


def _overview(report: CheckReport) -> Iterator[str]:
    for fault in report.faults:
        yield f'<p class="error">{text(str(fault.error))}</p>'
    if not report.subjects:
        return
    yield '<div class="scroll"><table class="overview"><tr><th>model</th><th>for</th>'
    yield "".join(f'<th class="n">{title}</th>' for title in _TITLES.values())
    yield '<th class="n">findings</th></tr>'
    for index, subject in enumerate(report.subjects):
        cells = "".join(f'<td class="n">{_value(number)}</td>' for number in numbers(subject))
        count = sum(_belongs(finding, subject) for finding in report.findings)
        yield (
            f'<tr><td class="wrap"><a href="#m{index}">{text(subject.path)}</a></td>'
            f"<td>{text(_deployment(subject))}</td>{cells}"
            f'<td class="n">{count}</td></tr>'
        )
    yield "</table></div>"


def _deployment(subject: Subject) -> str:
    target = subject.estimate.board.name
    return f"{subject.deployment} ({target})" if subject.deployment else target


def _value(number: Number) -> str:
    best, _, interval = text(number.text()).partition(" (")
    shown = best + (f"<small>{interval.rstrip(')')}</small>" if interval else "")
    if number.standing is not None:
        shown = f'<span class="{number.standing.value}">{shown}</span>'
    bound, high = number.bound, number.quantity.high
    if bound and high is not None:
        percent = 100 * high / bound
        full = ' class="full"' if percent > 100 else ""
        shown += (
            f'<div class="meter" data-tip="{percent:.0f} % of {bound:,.0f} {number.unit}">'
            f'<i{full} style="width:{min(percent, 100):.0f}%"></i></div>'
        )
    return shown


def _model(report: CheckReport, subject: Subject, index: int) -> Iterator[str]:
    estimate = subject.estimate
    own = [finding for finding in report.findings if _belongs(finding, subject)]
    yield f'<section id="m{index}"><h2>{text(subject.path)}</h2>'
    yield f'<p class="muted">{text(_deployment(subject))} · {text(estimate.runtime.name)}</p>'
    yield from _findings(own)
    yield "<h3>Numbers</h3>"
    yield from _numbers(subject)
    yield "<h3>Arena over time</h3>"
    yield f'<div class="scroll">{arena_chart(estimate)}</div>'
    yield "<h3>Flash</h3>"
    yield f'<div class="scroll">{flash_chart(estimate)}</div>'
    yield "<h3>Operators</h3>"
    yield f'<div class="scroll">{latency_chart(estimate)}</div>'
    yield from _operators(subject)
    yield "</section>"


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    if not findings:
        yield '<p class="within">No findings.</p>'
        return
    yield '<ul class="findings">'
    for finding in findings:
        where = str(finding.location)
        yield f'<li class="{finding.severity.value}">'
        yield f"<strong>{finding.code} {finding.rule}</strong><p>{text(finding.message)}</p>"
        for extra in filter(None, (where, finding.fix)):
            yield f'<p class="muted">{text(extra)}</p>'
        yield "</li>"
    yield "</ul>"


def _numbers(subject: Subject) -> Iterator[str]:
    yield '<div class="scroll"><table class="numbers"><tr><th></th><th class="n">value</th>'
    yield '<th class="n">limit</th><th class="n">board has</th><th>basis</th><th>source</th></tr>'
    for number in numbers(subject):
        quantity = number.quantity
        standing = "" if number.standing in (None, Standing.WITHIN) else number.standing.value
        yield (
            f'<tr><td>{_TITLES[number.name]}</td><td class="n">{_value(number)}</td>'
            f'<td class="n">{_bound(number.limit, number.unit)} '
            f'<span class="{standing}">{standing}</span></td>'
            f'<td class="n">{_bound(number.capacity, number.unit)}</td>'
            f"<td>{quantity.basis.value}</td>"
            f'<td class="wrap muted">{text(quantity.source)}</td></tr>'
        )
    yield "</table></div><details><summary>All parts</summary>"
    yield '<div class="scroll"><table><tr><th>part</th><th class="n">bytes</th><th>basis</th>'
    yield "<th>source</th></tr>"
    for title, parts in (
        ("SRAM", subject.estimate.sram.parts),
        ("Flash", subject.estimate.flash.parts),
    ):
        for label, part in parts.items():
            best = "unknown" if part.best is None else f"{part.best:,.0f}"
            yield (
                f'<tr><td>{title}: {text(label)}</td><td class="n">{best}</td>'
                f"<td>{part.basis.value}</td>"
                f'<td class="wrap muted">{text(part.source)}</td></tr>'
            )
    for kind, size in subject.estimate.flash.model_parts.items():
        yield f'<tr><td>model file: {text(kind)}</td><td class="n">{size:,}</td><td>exact</td>'
        yield '<td class="muted">the file</td></tr>'
    yield "</table></div></details>"


def _bound(value: float | None, unit: str) -> str:
    return "-" if value is None else f"{value:,.6g} {unit}" if unit != "B" else f"{value:,.0f} B"


def _operators(subject: Subject) -> Iterator[str]:
    yield "<details><summary>All operators</summary>"
    yield '<div class="scroll"><table><tr><th class="n">#</th><th>operator</th><th>output</th>'
    yield '<th class="n">MACs</th><th class="n">time</th><th class="n">persistent</th>'
    yield '<th class="n">scratch</th></tr>'
    for operator in subject.estimate.operators:
        place = f"{operator.subgraph}.{operator.index}" if operator.subgraph else operator.index
        macs = "unknown" if operator.work is None else f"{operator.work.macs:,}"
        time = "unknown" if operator.latency_ms is None else f"{operator.latency_ms:.4g} ms"
        output = operator.tensors[0] if operator.tensors else ""
        yield (
            f'<tr><td class="n">{place}</td><td>{text(operator.name)}</td>'
            f'<td class="wrap">{text(output)}</td><td class="n">{macs}</td>'
            f'<td class="n">{time}</td><td class="n">{_size(operator.persistent_bytes)}</td>'
            f'<td class="n">{_size(operator.scratch_bytes)}</td></tr>'
        )
    yield "</table></div></details>"


def _size(value: int | None) -> str:
    return "unknown" if value is None else f"{value:,} B"


FORMATS = (Format("html", "one self-contained page with charts", render),)
