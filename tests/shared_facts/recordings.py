"""What real TFLM on Cortex-M answered for real and synthetic models (../shared/arena)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from estimator.facts.board import load_board
from estimator.facts.layout import load_layout
from estimator.facts.runtime import Kernels, Runtime
from estimator.graph import Graph
from estimator.reading import open_model, read

SHARED = Path(__file__).parent.parent.parent.parent / "shared"
CORES = {"m3": "cortex-m3", "m4": "cortex-m4", "m7": "cortex-m7", "m55": "cortex-m55"}


class Recording(NamedTuple):
    """One model, how TFLM was built, and the record of what it answered."""

    file: str
    model: Path
    runtime: Runtime
    record: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.file}: {self.model.relative_to(SHARED / 'models')}"


def files() -> list[str]:
    """Names of the recording files, () where ../shared is absent."""
    return sorted(p.stem for p in SHARED.glob("arena/*_*.json") if (p.stem + "_").count("_m") >= 1
                  and p.stem.split("_")[0] in {*CORES, "synthetic", "m7-longenums"})  # fmt: skip


def recordings(file: str) -> Iterator[Recording]:
    """All recordings of one file."""
    data = json.loads((SHARED / "arena" / f"{file}.json").read_text())
    core, _, abi = data["core"].partition("-")
    runtime = Runtime(
        Kernels.CMSIS_NN if data["kernels"] == "cmsis_nn" else Kernels.REFERENCE,
        load_board(CORES[core]).core,
        load_layout("long-enums" if abi else "arm-none-eabi"),
    )
    for record in data["models"]:
        yield Recording(file, SHARED / "models" / record["source"] / record["path"], runtime, record)


@lru_cache(maxsize=None)
def graph_of(model: Path) -> Graph:
    return read(open_model(model), str(model))
