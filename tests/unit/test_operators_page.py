"""docs/operators.md is what tools/operators_page.py writes, and has every operator."""

from __future__ import annotations

import runpy
from pathlib import Path

from estimator.ops import operators

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "operators.md"


def test_page_is_current() -> None:
    page = runpy.run_path(str(ROOT / "tools" / "operators_page.py"))["page"]
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python tools/generate_docs.py`"


def test_every_operator_has_types_and_bytes() -> None:
    rows = [line.split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines()]
    names = [cells[0].removeprefix("| ") for cells in rows if cells[0].startswith("| ")]
    types, sizes = " ".join(names).split("operator ---", 1)[1].split("operator ---")
    assert set(types.split()) == set(operators())
    assert set(sizes.split()) == set(operators()) - {"ethos-u"}  # of neither kernel library
