"""The firmware linked on paper against links that were made, recorded in golden/links."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from estimator.analysis.code import link
from estimator.facts.code_size import Build, Libc, load_code_size
from estimator.facts.runtime import Kernels

RECORDS = sorted((Path(__file__).parents[2] / "golden" / "links").glob("*.json"))
TOLERANCE_BYTES = 128


def test_there_are_records_of_three_cores() -> None:
    cores = {json.loads(path.read_text())["core"] for path in RECORDS}
    assert cores >= {"cortex-m4", "cortex-m7", "cortex-m55"}


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_links_agree(path: Path) -> None:
    record = json.loads(path.read_text())
    code = load_code_size(
        record["core"], Kernels(record["kernels"]), Build(record["build"]), Libc(record["libc"])
    )
    assert code is not None
    assert record["links"]
    for made in record["links"]:
        image = link(code, made["operators"], record["source_folder_bytes"])
        error = image.flash_bytes - made["flash_bytes"]
        print(f"{made['model']}: {made['flash_bytes']:,} B, foretold {error:+d}")
        assert abs(error) <= TOLERANCE_BYTES, made["model"]
        assert image.static_bytes == made["static_bytes"], made["model"]
