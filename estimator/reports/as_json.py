"""The estimates of several models as JSON; docs/json.md describes every field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from estimator.errors import EstimatorError
from estimator.estimation import Estimate, OperatorEstimate
from estimator.opmodel import Refusal
from estimator.quantity import Quantity
from estimator.reports._escape import json_text

SCHEMA_VERSION = 1


def render(entries: Sequence[Mapping[str, Any]]) -> str:
    """A JSON document with one entry per model (see :func:`entry` and :func:`fault`)."""
    return json_text({"schema_version": SCHEMA_VERSION, "models": list(entries)})


def fault(path: str, error: EstimatorError) -> dict[str, Any]:
    """The entry of a model that can't be read."""
    message = {"message": error.message, "where": error.where, "fix": error.fix}
    return {"path": path, "error": message}


def entry(estimate: Estimate, sha256: str) -> dict[str, Any]:
    """The entry of one model. ``sha256`` is that of its file."""
    return {
        "path": estimate.name,
        "sha256": sha256,
        "target": estimate.board.name,
        "runtime": estimate.runtime.name,
        "accepted": estimate.accepted,
        "refusals": [_refusal(refusal) for refusal in estimate.refusals],
        "unknown": list(estimate.unknown),
        "arena": _arena(estimate),
        "sram": _sram(estimate),
        "flash": _flash(estimate),
        "macs": None if estimate.work.unknown else estimate.work.total_macs,
        "ops": None if estimate.work.unknown else estimate.work.ops,
        "backbone": {
            "name": estimate.backbone.backbone.value, "evidence": estimate.backbone.evidence,
        },
        "instructions": _interval(estimate.instructions),
        "latency": {
            "low_ms": estimate.latency.milliseconds.low,
            "best_ms": estimate.latency.milliseconds.best,
            "high_ms": estimate.latency.milliseconds.high,
            "basis": estimate.latency.milliseconds.basis.value,
            "method": estimate.latency.method or None,
            "source": estimate.latency.milliseconds.source,
        },
        "energy": {
            "low_mj": estimate.latency.millijoules.low,
            "best_mj": estimate.latency.millijoules.best,
            "high_mj": estimate.latency.millijoules.high,
            "basis": estimate.latency.millijoules.basis.value,
            "source": estimate.latency.millijoules.source,
        },
        "operators": [_operator(operator) for operator in estimate.operators],
    }  # fmt: skip


def _bytes(quantity: Quantity) -> int | None:
    return None if quantity.best is None else round(quantity.best)


def _interval(quantity: Quantity) -> dict[str, Any]:
    return {
        "low": quantity.low, "best": quantity.best, "high": quantity.high,
        "basis": quantity.basis.value, "source": quantity.source,
    }  # fmt: skip


def _refusal(refusal: Refusal) -> dict[str, Any]:
    return {
        "stage": refusal.stage.value,
        "subgraph": refusal.subgraph,
        "operator": refusal.operator,
        "operator_name": refusal.operator_name or None,
        "tensor": refusal.tensor,
        "reason": refusal.reason,
        "fix": refusal.fix,
        "source": refusal.source,
        "aborts": refusal.aborts,
    }


def _arena(estimate: Estimate) -> dict[str, Any]:
    arena = estimate.arena
    return {
        "used_bytes": arena.used_bytes if arena else None,
        "minimum_bytes": arena.minimum_bytes if arena else None,
        "head_bytes": arena.head_bytes if arena else None,
        "tail_bytes": arena.tail_bytes if arena else None,
        "limited_by": arena.limited_by if arena else None,
        "basis": "exact" if arena else "unknown",
    }


def _sram(estimate: Estimate) -> dict[str, Any]:
    return {
        "parts": {label: _bytes(part) for label, part in estimate.sram.parts.items()},
        "total_bytes": _bytes(estimate.sram.total_bytes),
        "basis": estimate.sram.total_bytes.basis.value,
        "capacity_bytes": estimate.board.capacity_bytes("sram"),
    }


def _flash(estimate: Estimate) -> dict[str, Any]:
    flash = estimate.flash
    return {
        "model_bytes": _bytes(flash.model_bytes),
        "code_bytes": _bytes(flash.code_bytes),
        "static_ram_bytes": _bytes(flash.static_bytes),
        "model_parts": dict(flash.model_parts),
        "code_parts": dict(flash.code_parts),
        "parts": {label: _bytes(part) for label, part in flash.parts.items()},
        "total_bytes": _bytes(flash.total_bytes),
        "basis": flash.total_bytes.basis.value,
        "source": flash.total_bytes.source,
        "capacity_bytes": estimate.board.capacity_bytes("flash"),
    }


def _operator(operator: OperatorEstimate) -> dict[str, Any]:
    work = operator.work
    return {
        "subgraph": operator.subgraph,
        "index": operator.index,
        "name": operator.name,
        "tensors": list(operator.tensors),
        "kind": work.kind.value if work else None,
        "macs": work.macs if work else None,
        "ops": work.ops if work else None,
        "other_ops": work.other_ops if work else None,
        "read_bytes": work.read_bytes if work else None,
        "written_bytes": work.written_bytes if work else None,
        "instructions": operator.instructions,
        "latency_ms": operator.latency_ms,
        "persistent_bytes": operator.persistent_bytes,
        "scratch_bytes": operator.scratch_bytes,
    }
