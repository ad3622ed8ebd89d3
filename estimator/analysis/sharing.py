"""Several models in one firmware: one runtime, the union of their operators, all their files."""

from __future__ import annotations

from collections.abc import Sequence

from estimator.analysis.arena import ArenaMap
from estimator.analysis.code import link
from estimator.analysis.flash import CODE_TOLERANCE_BYTES, FlashMap, code_size
from estimator.facts.code_size import Build, Libc
from estimator.facts.runtime import Runtime
from estimator.quantity import Basis, Quantity


def joint_flash(maps: Sequence[FlashMap], runtime: Runtime) -> Quantity:
    """Flash of a firmware that holds all models, bytes; the application's own part counts once."""
    for one in maps:
        if not one.total_bytes.known:
            return one.total_bytes
    code = code_size(runtime, Build.RELEASE, Libc.NANO)
    methods = tuple(sorted({method for one in maps for method in one.resolver}))
    if code is None or any(method not in code.operators for method in methods):
        return Quantity.unknown("no code was measured for all operators")
    best = link(code, methods).flash_bytes + sum(one.model_bytes.best or 0 for one in maps)
    application = maps[0].parts.get("application")
    best += (application.best or 0) if application is not None else 0
    return Quantity(
        best - CODE_TOLERANCE_BYTES, best, best + CODE_TOLERANCE_BYTES, Basis.BOUNDED,
        "all model files and the sections that their operators pull in",
    )  # fmt: skip


def joint_sram(
    arenas: Sequence[ArenaMap], totals: Sequence[Quantity], *, resident: bool
) -> Quantity:
    """SRAM of a firmware that holds all models, bytes.

    Args:
        arenas: of the models.
        totals: SRAM of a firmware with each model alone, arena included.
        resident: whether each keeps its own arena, or they take turns in the largest.
    """
    sizes = [arena.minimum_bytes for arena in arenas]
    joint = sum(sizes) if resident else max(sizes)
    rests = []
    for total, size in zip(totals, sizes):
        if total.low is None or total.best is None or total.high is None:
            return total
        rests.append((total.low - size, total.best - size, total.high - size))
    low, best, high = max(rests)
    basis = max((t.basis for t in totals), key=list(Basis).index)
    return Quantity(low + joint, best + joint, high + joint, basis, "arenas and static RAM")
