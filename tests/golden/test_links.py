"""The firmware linked on paper against links that were made, recorded in golden/links."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from estimator.analysis.code import link
from estimator.facts.code_size import Build, Libc, load_code_size
from estimator.facts.runtime import Kernels
from estimator.measuring.boards import find_harness, load_board

RECORDS = {
    path.stem: json.loads(path.read_text())
    for path in sorted((Path(__file__).parents[2] / "golden" / "links").glob("*.json"))
}
TOLERANCE_BYTES = 128
CORES = ("cortex-m4", "cortex-m7", "cortex-m7-dp", "cortex-m55")


@pytest.mark.parametrize("firmware", ["smallest", "harness"])
@pytest.mark.parametrize("core", CORES)
def test_there_are_records(firmware: str, core: str) -> None:
    found = [r for r in RECORDS.values() if (r["firmware"], r["core"]) == (firmware, core)]
    assert max(len(record["links"]) for record in found) >= 8
    if firmware == "smallest":
        assert {record["kernels"] for record in found} == {kernels.value for kernels in Kernels}


def test_there_are_records_of_every_core_and_build() -> None:
    found = {(record["core"], record["build"]) for record in RECORDS.values()}
    others = {"cortex-m0plus", "cortex-m7-dp", "cortex-m33"}
    assert found >= {(core, build) for core in others for build in ("release", "default")}
    assert {record["libc"] for record in RECORDS.values()} == {libc.value for libc in Libc}


@pytest.mark.parametrize("record", RECORDS.values(), ids=list(RECORDS))
def test_links_agree(record: dict[str, Any]) -> None:
    code = load_code_size(
        record["core"], Kernels(record["kernels"]), Build(record["build"]), Libc(record["libc"])
    )
    assert code is not None
    application_bytes = 0
    if record["firmware"] == "harness":
        board = load_board(find_harness(), record["board"])
        assert board.core == record["core"]
        application_bytes = board.application_flash_bytes[record["build"]]
    assert record["links"]
    for made in record["links"]:
        image = link(code, made["operators"], record["source_folder_bytes"])
        error = image.flash_bytes + application_bytes - made["flash_bytes"]
        print(f"{made['model']}: {made['flash_bytes']:,} B, foretold {error:+d}")
        assert abs(error) <= TOLERANCE_BYTES, made["model"]
        if record["firmware"] == "smallest":
            assert image.static_bytes == made["static_bytes"], made["model"]


@pytest.mark.parametrize("core", CORES)
def test_models_are_others_than_the_shared_ones(core: str, shared: Path) -> None:
    """Links that nothing was fitted to: other sets of operators than in ../shared/flash."""
    known = {
        tuple(sorted(result["ops"]))
        for path in (shared / "flash").glob("m*_*.json")
        for result in json.loads(path.read_text())["results"]
    }
    assert known
    others = {
        tuple(made["operators"])
        for record in RECORDS.values()
        for made in record["links"]
        if (record["core"], record["firmware"]) == (core, "smallest")
    }
    assert len(others - known) >= 10
