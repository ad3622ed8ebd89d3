"""Differences as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from estimator.reports._escape import json_text
from estimator.reports.diffs._format import DiffFormat
from estimator.snapshot import Difference, to_json


def render(differences: Sequence[Difference]) -> str:
    """An object with ``models``; ``old`` or ``new`` is null where the model was not there."""
    models = [
        {
            "path": entry.name,
            "deployment": entry.deployment or None,
            "old": to_json(entry.old) if entry.old else None,
            "new": to_json(entry.new) if entry.new else None,
            "changes": [
                {"name": change.name, "unit": change.unit, "old": change.old, "new": change.new,
                 "cause": change.cause}
                for change in entry.changes
            ],
        }
        for entry in differences
    ]  # fmt: skip
    return json_text({"schema_version": 1, "models": models})


FORMATS = (DiffFormat("json", render),)
