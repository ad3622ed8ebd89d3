"""Flash: the model file's bytes by what they are for, and the firmware around them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from estimator.analysis.code import Image, link
from estimator.facts.board import Board
from estimator.facts.code_size import Build, CodeSize, Libc, load_code_size
from estimator.facts.runtime import Kernels, Runtime
from estimator.graph import Graph
from estimator.opmodel import OperatorModel
from estimator.ops import operators as known_operators
from estimator.quantity import Basis, Quantity
from estimator.reading.layout import partition
from estimator.reading.ranges import Range

CODE_TOLERANCE_BYTES = 128
"""How far real links may lie off: alignment, and what the compiler inlines into main()."""
MEASURED_ABI = "arm-none-eabi"


@dataclass(frozen=True)
class FlashMap:
    """What a firmware with one model takes of Flash.

    Attributes:
        model_bytes: the file.
        code_bytes: the smallest firmware around it: start-up, runtime, operators, libraries.
        static_bytes: .data and .bss of that firmware without the tensor arena (RAM).
        total_bytes: model, code, and the application's own part where it is known.
        parts: what the total sums up.
        code_parts: library or layer -> bytes; {} where the code is unknown.
        resolver: the methods of MicroMutableOpResolver that the model needs, in name order.
        file: what the partition is made of when it is asked for; None where there is no file.
    """

    model_bytes: Quantity
    code_bytes: Quantity
    static_bytes: Quantity
    total_bytes: Quantity
    parts: Mapping[str, Quantity]
    code_parts: Mapping[str, int]
    resolver: tuple[str, ...]
    file: ModelFile | None = field(default=None, repr=False, compare=False)

    @cached_property
    def ranges(self) -> tuple[Range, ...]:
        """The partition of the file; () where there is none."""
        if self.file is None:
            return ()
        return partition(self.file.data, self.file.graph, self.file.name)

    @cached_property
    def model_parts(self) -> Mapping[str, int]:
        """Kind of bytes -> bytes, most first; they sum up to the file."""
        return by_kind(self.ranges)


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A sound file, the Graph that was read from it, and what to call it."""

    data: memoryview
    graph: Graph
    name: str


def estimate_flash(
    graph: Graph,
    data: memoryview | None,
    runtime: Runtime,
    board: Board | None = None,
    name: str = "model",
    *,
    build: Build = Build.RELEASE,
    libc: Libc = Libc.NANO,
    application_bytes: int | None = None,
    models: Mapping[str, OperatorModel] | None = None,
) -> FlashMap:
    """Flash of a firmware that runs one model.

    Args:
        graph: the model.
        data: its file, None where there is none.
        runtime: how TFLM is built.
        board: adds its overhead_flash_bytes.
        name: what to call the file in errors.
        build, libc: how TFLM is compiled and which C library is linked.
        application_bytes: the application's own Flash, in place of the board's figure.
        models: the operators that mculint and the application know, by name.

    Raises:
        FactsError: the runtime's data file is malformed.
    """
    needed, unknown = resolver_methods(graph, known_operators() if models is None else models)
    image = firmware_image(runtime, build, libc, needed, unknown)
    size_bytes = len(data) if data is not None else graph.size_bytes
    model = Quantity.exact(size_bytes, "the file")
    return build_flash_map(
        model if size_bytes else Quantity.unknown("there is no file"), image, needed,
        application_flash(board, application_bytes),
        ModelFile(data, graph, name) if data is not None else None,
    )  # fmt: skip


def build_flash_map(
    model: Quantity,
    image: Image | Quantity,
    resolver: tuple[str, ...],
    application: Quantity | None = None,
    file: ModelFile | None = None,
) -> FlashMap:
    """Join a file with a linked image (or the reason why there is none)."""
    if isinstance(image, Image):
        code = _about(image.flash_bytes, "sections that the operators pull in")
        static = Quantity.exact(image.static_bytes, ".data and .bss of those sections")
        code_parts = image.parts
    else:
        code, static, code_parts = image, image, {}
    parts = {"model": model, "code": code}
    if application is not None:
        parts["application"] = application
    return FlashMap(model, code, static, _total(parts), parts, code_parts, resolver, file)


def resolver_methods(
    graph: Graph, models: Mapping[str, OperatorModel]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Methods of MicroMutableOpResolver that a model needs, and operators that have none."""
    names = dict.fromkeys(op.name for _, op in graph.operators)
    methods = {models[name].resolver for name in names if name in models}
    return tuple(sorted(methods)), tuple(name for name in names if name not in models)


def by_kind(ranges: Iterable[Range]) -> dict[str, int]:
    """Bytes of each kind, most first."""
    totals: dict[str, int] = {}
    for piece in ranges:
        totals[piece.kind.value] = totals.get(piece.kind.value, 0) + piece.size_bytes
    return dict(sorted(totals.items(), key=lambda item: -item[1]))


def code_size(runtime: Runtime, build: Build, libc: Libc) -> CodeSize | None:
    """The measured sections of a runtime, or None."""
    if runtime.layout.name != MEASURED_ABI:
        return None
    return load_code_size(runtime.core.code_name, runtime.kernels, build, libc)


def firmware_image(
    runtime: Runtime, build: Build, libc: Libc, needed: tuple[str, ...], unknown: tuple[str, ...]
) -> Image | Quantity:
    """The firmware with the ``needed`` methods, or why its size isn't known."""
    code, core = code_size(runtime, build, libc), runtime.core.code_name
    what = f"{core}, {runtime.kernels.value}, {build.value} build, {libc.value} libc"
    if code is None:
        return Quantity.unknown(f"no code was measured for {what}, {runtime.layout.name}")
    missing = [*unknown, *(method for method in needed if method not in code.operators)]
    if missing:
        return Quantity.unknown(f"no code was measured for {', '.join(missing)}")
    return _linked(core, runtime.kernels, build, libc, needed)


@lru_cache(maxsize=1024)
def _linked(
    core: str, kernels: Kernels, build: Build, libc: Libc, needed: tuple[str, ...]
) -> Image:
    """Models of one family need the same operators: searches link the same image again."""
    code = load_code_size(core, kernels, build, libc)
    assert code is not None  # the caller has seen it
    return link(code, needed)


def application_flash(board: Board | None, application_bytes: int | None) -> Quantity | None:
    """The application's own Flash: as given, else what the board's usual one takes."""
    if application_bytes is not None:
        return Quantity.exact(application_bytes, "given by the user")
    fact = board.overhead_flash_bytes if board is not None else None
    if fact is None:
        return None
    return Quantity(fact.value, fact.value, fact.value, Basis.BOUNDED, fact.source)


def _about(size_bytes: int, source: str) -> Quantity:
    return Quantity(
        size_bytes - CODE_TOLERANCE_BYTES, size_bytes, size_bytes + CODE_TOLERANCE_BYTES,
        Basis.BOUNDED, f"{source}; real links agree within {CODE_TOLERANCE_BYTES} bytes",
    )  # fmt: skip


def _total(parts: Mapping[str, Quantity]) -> Quantity:
    low = best = high = 0.0
    basis = Basis.EXACT
    for label, part in parts.items():
        if part.low is None or part.best is None or part.high is None:
            return Quantity.unknown(f"{label}: {part.source}")
        low, best, high = low + part.low, best + part.best, high + part.high
        basis = basis if part.basis is Basis.EXACT else part.basis
    return Quantity(low, best, high, basis, " + ".join(parts))
