"""How the comparison of golden records with the estimates is shown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from rich.table import Table

from estimator.validation.golden import Pair, Statistics

SCHEMA_VERSION = 1


def as_table(groups: Iterable[Statistics]) -> Table:
    """One row per board, runtime and number: how many are equal or within their
    interval, have no estimate, are estimated too low; relative errors."""
    table = Table(box=None, pad_edge=False)
    for heading in ("board", "runtime", "number"):
        table.add_column(heading, no_wrap=True)
    for heading in ("within", "none", "low", "mean", "worst", ""):
        table.add_column(heading, justify="right", no_wrap=True)
    for group in groups:
        known = group.pairs > 0
        table.add_row(
            f"{group.board} ({group.kind})", group.runtime, group.what,
            f"{group.pairs - group.failures}/{group.pairs}" if known else "-",
            str(group.unknown) if group.unknown else "-",
            str(group.undershoots) if known else "-",
            f"{group.mean_error:.2%}" if known else "-",
            f"{group.worst_error:.2%}" if known else "-",
            "DIFFERS" if group.fails else "ok" if known else "unknown",
        )  # fmt: skip
    return table


def failures(pairs: Iterable[Pair]) -> Iterator[str]:
    """One line per number that differs or lies outside its interval."""
    for pair in pairs:
        if pair.fails:
            record = pair.record
            estimated = "unknown" if pair.best is None else f"{pair.best:,.0f}"
            if not pair.exact and pair.low is not None and pair.high is not None:
                estimated += f" ({pair.low:,.0f} to {pair.high:,.0f})"
            where = f"{record.provenance.board} {record.runtime.name} {record.model.name}"
            yield f"{where}: {pair.what}: estimated {estimated}, measured {pair.measured:,.0f}"


def as_json(pairs: Iterable[Pair], groups: Iterable[Statistics]) -> str:
    """All pairs and the statistics."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "pairs": [
            {
                "board": pair.record.provenance.board,
                "runtime": pair.record.runtime.name,
                "kind": pair.record.provenance.kind,
                "model": pair.record.model.name,
                "number": pair.what,
                "low": pair.low, "best": pair.best, "high": pair.high,
                "measured": pair.measured,
                "exact": pair.exact,
                "fails": pair.fails,
            }
            for pair in pairs
        ],
        "statistics": [{**asdict(group), "fails": group.fails} for group in groups],
    }  # fmt: skip
    return json.dumps(document, indent=2)
