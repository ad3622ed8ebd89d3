"""The firmware linked on paper against real links of real models."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from estimator.analysis.code import link
from estimator.facts.code_size import Build, Libc, load_code_size
from estimator.facts.runtime import Kernels

TOLERANCE_BYTES = 128


@pytest.mark.parametrize("core", ["m4", "m7"])
@pytest.mark.parametrize("kernels", list(Kernels))
def test_flash_and_static_ram_agree_with_real_links(
    shared: Path, core: str, kernels: Kernels
) -> None:
    path = shared / "flash" / f"{core}_{kernels.value.replace('-', '_')}.json"
    results = json.loads(path.read_text())["results"]
    assert {result["build"] for result in results} == {"release", "default"}
    worst = 0
    for result in results:
        build, libc = Build(result["build"]), Libc(result["specs"])
        code = load_code_size(f"cortex-{core}", kernels, build, libc)
        assert code is not None, (core, kernels, build, libc)
        image = link(code, set(result["ops"]))
        error = image.flash_bytes - result["flash_without_model"]
        print(f"{core} {kernels.value} {build.value} {result['model']}: {error:+d}")
        worst = max(worst, abs(error))
        assert image.static_bytes == result["ram_static_without_arena"], result["model"]
    assert worst <= TOLERANCE_BYTES
