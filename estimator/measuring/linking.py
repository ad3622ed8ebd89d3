"""Links firmware for models and holds its size against what was foretold; nothing is run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from estimator import api
from estimator.analysis.code import link
from estimator.analysis.flash import CODE_TOLERANCE_BYTES, code_size
from estimator.errors import EstimatorError, MeasurementError
from estimator.facts.code_size import Build, Libc
from estimator.files import write_whole
from estimator.graph import Graph
from estimator.measuring.boards import HarnessBoard, find_harness, load_board
from estimator.measuring.build import (
    LinkedSizes,
    build_firmware,
    build_smallest,
    section_sizes,
)
from estimator.measuring.library import BinaryFacts, TflmLibrary, check_library, load_library


class FirmwareKind(str, Enum):
    """The smallest firmware that runs a model, or the harness's own that measures it."""

    SMALLEST = "smallest"
    HARNESS = "harness"


@dataclass(frozen=True, slots=True)
class LinkedModel:
    """One model's firmware, linked and foretold.

    Attributes:
        model: the file.
        model_bytes: its size.
        resolver: the methods of MicroMutableOpResolver.
        linked: as the linker laid it out, without the model and the arena.
        foretold: the same as mculint says; None where nobody measured such a build.
        error: why it could not be linked; all else is empty then.
    """

    model: Path
    model_bytes: int = 0
    resolver: tuple[str, ...] = ()
    linked: LinkedSizes | None = None
    foretold: LinkedSizes | None = None
    error: EstimatorError | None = None

    @property
    def agrees(self) -> bool:
        """Whether Flash was foretold within the tolerance, and static RAM exactly."""
        if self.linked is None or self.foretold is None:
            return False
        off = abs(self.linked.flash_bytes - self.foretold.flash_bytes)
        return off <= CODE_TOLERANCE_BYTES and (
            self.linked.static_bytes == self.foretold.static_bytes
        )


@dataclass(frozen=True, slots=True)
class Linking:
    """What the links of one call share: firmware, board, build, C library."""

    kind: FirmwareKind
    board: HarnessBoard
    library: TflmLibrary
    facts: BinaryFacts
    libc: Libc
    folder: Path

    def models(self, paths: Sequence[Path]) -> Iterator[LinkedModel]:
        """Link one after the other; one that fails doesn't stop the others."""
        for path in paths:
            try:
                yield self._one(path)
            except EstimatorError as error:
                yield LinkedModel(path, error=error)

    def _one(self, path: Path) -> LinkedModel:
        estimate = api.estimate(
            path, target=self.board.core, kernels=self.library.kernels.value,
            build=self.library.build, libc=self.libc.value,
        )  # fmt: skip
        if estimate.arena is None or estimate.flash.file is None:
            reasons = [r.reason for r in estimate.refusals] or list(estimate.unknown)
            raise MeasurementError(f"has no arena: {reasons[0]}", where=str(path))
        data, arena = estimate.flash.file.data, estimate.arena.minimum_bytes
        linked = self._linked(data, estimate.graph, arena)
        resolver = estimate.flash.resolver
        return LinkedModel(path, len(data), resolver, linked, self._foretold(estimate, resolver))

    def _linked(self, data: memoryview, graph: Graph, arena_bytes: int) -> LinkedSizes:
        if self.kind is FirmwareKind.HARNESS:
            firmware = build_firmware(data, graph, self.board, self.library, self.folder)
            return LinkedSizes(section_sizes(firmware.elf).flash_bytes - len(data), None)
        whole = section_sizes(
            build_smallest(
                data, graph, arena_bytes, self.board, self.library, self.libc, self.folder
            )
        )
        static_bytes = whole.static_bytes or 0
        return LinkedSizes(whole.flash_bytes - len(data), static_bytes - arena_bytes)

    def _foretold(self, estimate: api.Estimate, resolver: tuple[str, ...]) -> LinkedSizes | None:
        code = code_size(estimate.runtime, Build(self.library.build), self.libc)
        if code is None or not set(resolver) <= set(code.operators):
            return None
        image = link(code, resolver, self.facts.source_folder_bytes)
        if self.kind is FirmwareKind.SMALLEST:
            return LinkedSizes(image.flash_bytes, image.static_bytes)
        application_bytes = self.board.application_flash_bytes.get(self.library.build)
        if application_bytes is None:
            return None
        return LinkedSizes(image.flash_bytes + application_bytes, None)

    def write(self, links: Sequence[LinkedModel], folder: Path, *, replace: bool = False) -> Path:
        """Add links to the record of this core and build in a folder (golden/links).

        Raises:
            MeasurementError: the record says something else of a model and ``replace`` is not
                given, or it can't be read or written.
        """
        head, rows = self._head(), [_row(made) for made in links if made.linked is not None]
        kernels, build = self.library.kernels.value, self.library.build
        name = self.board.core if self.kind is FirmwareKind.SMALLEST else self.board.name
        path = folder / f"{name}_{kernels}_{build}_{self.libc.value}.json"
        try:
            old = json.loads(path.read_bytes()) if path.exists() else {**head, "links": []}
            merged = _merged(old, head, rows, path, replace)
            folder.mkdir(parents=True, exist_ok=True)
            write_whole(path, json.dumps({**head, "links": merged}, indent=1) + "\n")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise MeasurementError(f"can't be read or written: {error}", where=str(path)) from error
        return path

    def _head(self) -> dict[str, Any]:
        library, compiler = self.library, self.facts.compiler or "an unknown compiler"
        cmsis_nn = f" and CMSIS-NN {library.cmsis_nn_commit}" if library.cmsis_nn_commit else ""
        return {
            "schema_version": 2,
            "firmware": self.kind.value,
            **({"board": self.board.name} if self.kind is FirmwareKind.HARNESS else {}),
            "core": self.board.core,
            "kernels": library.kernels.value,
            "build": library.build,
            "libc": self.libc.value,
            "source_folder_bytes": self.facts.source_folder_bytes,
            "source": f"firmware_harness, linked by GNU ld with TFLM {library.tflm_commit}"
            f"{cmsis_nn}, {compiler}, {library.flags}",
        }


def _row(made: LinkedModel) -> dict[str, Any]:
    assert made.linked is not None
    return {
        "model": made.model.name,
        "model_bytes": made.model_bytes,
        "operators": list(made.resolver),
        **{key: size for key, size in asdict(made.linked).items() if size is not None},
    }


def _merged(
    old: Mapping[str, Any],
    head: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    path: Path,
    replace: bool,
) -> list[Mapping[str, Any]]:
    """The rows of a record with those of this call, by model."""
    same_build = all(old[key] == value for key, value in head.items())
    kept = {row["model"]: row for row in old["links"]} if same_build or not replace else {}
    for row in rows:
        differs = not same_build or kept.get(row["model"], row) != row
        if differs and not replace:
            raise MeasurementError(
                f"says something else of {row['model']}",
                where=str(path),
                fix="--replace writes over it",
            )
        kept[row["model"]] = row
    return [kept[name] for name in sorted(kept)]


def open_linking(
    board: str,
    library: Path,
    folder: Path,
    *,
    firmware: str = "smallest",
    libc: str = "nano",
    harness: Path | None = None,
) -> Linking:
    """Check a board and a TFLM library, so that firmware can be linked.

    Args:
        board: a folder of firmware_harness/boards.
        library: TOML that describes the user's TFLM library.
        folder: where to build.
        firmware: ``smallest``, or ``harness``.
        libc: ``nano`` or ``full``; the harness's own firmware is always linked with nano.
        harness: the folder firmware_harness, if not that of this checkout.

    Raises:
        MeasurementError: the board, the library or the choice of libc is wrong.
    """
    kind = FirmwareKind(firmware)
    if kind is FirmwareKind.HARNESS and libc != Libc.NANO.value:
        raise MeasurementError("the harness's own firmware needs nano", where="--libc")
    description, loaded = load_board(find_harness(harness), board), load_library(library)
    if description.kind == "host":
        raise MeasurementError("has no firmware to link", where=board, fix="another --board")
    facts = check_library(loaded, description.core)
    return Linking(kind, description, loaded, facts, Libc(libc), folder.resolve())
