"""Flash by what it serves: kinds of bytes, operators, tensors; and what other choices cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from estimator.analysis.code import OperatorCode, all_operators_bytes, link, operator_costs
from estimator.analysis.flash import code_size
from estimator.facts.code_size import Build, Libc
from estimator.facts.runtime import Kernels, Runtime
from estimator.graph import Graph
from estimator.reading.ranges import Range


@dataclass(frozen=True, slots=True)
class Share:
    """Bytes of the model file that serve one thing.

    Attributes:
        label: a kind of bytes, an operator or a tensor, as reports name it.
        bytes: how many.
        parts: kind of bytes -> bytes, most first.
    """

    label: str
    bytes: int
    parts: tuple[tuple[str, int], ...]


def by_kind(ranges: Iterable[Range]) -> tuple[Share, ...]:
    """One share per kind of bytes, most first; they sum up to the file."""
    return _shares(ranges, lambda piece: piece.kind.value)


def by_operator(ranges: Iterable[Range], graph: Graph) -> tuple[Share, ...]:
    """One share per operator with the tensors that it writes and the constants that it reads."""
    several = len(graph.subgraphs) > 1

    def label(piece: Range) -> str:
        if piece.subgraph is None or piece.operator is None:
            return "the model as a whole"
        name = graph.subgraphs[piece.subgraph].operators[piece.operator].name
        place = f"{piece.subgraph}:" if several else ""
        return f"{place}{piece.operator} {name}"

    return _shares(ranges, label)


def by_tensor(ranges: Iterable[Range], graph: Graph) -> tuple[Share, ...]:
    """One share per tensor: its table, name, shape, quantization and constant data."""
    several = len(graph.subgraphs) > 1

    def label(piece: Range) -> str:
        if piece.subgraph is None or piece.tensor is None:
            return "no tensor"
        name = graph.subgraphs[piece.subgraph].tensors[piece.tensor].name
        place = f"{piece.subgraph}:" if several else ""
        return f"{place}{piece.tensor} {name}"

    return _shares(ranges, label)


def _shares(ranges: Iterable[Range], label: Callable[[Range], str]) -> tuple[Share, ...]:
    totals: dict[str, dict[str, int]] = {}
    for piece in ranges:
        parts = totals.setdefault(label(piece), {})
        parts[piece.kind.value] = parts.get(piece.kind.value, 0) + piece.size_bytes
    shares = [
        Share(name, sum(parts.values()), tuple(sorted(parts.items(), key=lambda p: -p[1])))
        for name, parts in totals.items()
    ]
    return tuple(sorted(shares, key=lambda share: -share.bytes))


@dataclass(frozen=True, slots=True)
class CodeChoices:
    """What the operators' code costs, and what other choices would.

    Attributes:
        operators: what each operator brings, dearest first.
        code_bytes: the firmware without the model.
        all_operators_bytes: the same with every operator of TFLM registered.
        kernels_bytes: kernel library -> the same with that library; those that were measured.
    """

    operators: tuple[OperatorCode, ...]
    code_bytes: int
    all_operators_bytes: int
    kernels_bytes: tuple[tuple[Kernels, int], ...]


def code_choices(
    resolver: tuple[str, ...],
    runtime: Runtime,
    build: Build = Build.RELEASE,
    libc: Libc = Libc.NANO,
) -> CodeChoices | None:
    """The choices for a firmware with these operators; None where no code was measured.

    Args:
        resolver: methods of MicroMutableOpResolver (``FlashMap.resolver``).
        runtime, build, libc: how TFLM is built.
    """
    code = code_size(runtime, build, libc)
    if code is None or not set(resolver) <= set(code.operators):
        return None
    others = []
    for kernels in Kernels:
        other = code_size(Runtime(kernels, runtime.core, runtime.layout), build, libc)
        if other is not None and set(resolver) <= set(other.operators):
            others.append((kernels, link(other, resolver).flash_bytes))
    return CodeChoices(
        operators=operator_costs(code, resolver),
        code_bytes=link(code, resolver).flash_bytes,
        all_operators_bytes=all_operators_bytes(code),
        kernels_bytes=tuple(others),
    )
