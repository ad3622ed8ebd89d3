"""Writes docs/checks.md, boards.md and operators.md; with --check it only compares them."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

from estimator.checks import rules
from estimator.facts.board import board_names, load_board
from estimator.reports import boards as board_report
from estimator.reports import rules as rule_report

DOCS = Path(__file__).parent.parent / "docs"


def pages() -> dict[str, str]:
    """File name -> text of the generated pages that are quick to make."""
    boards = sorted((load_board(n) for n in board_names()), key=lambda b: (b.is_bare_core, b.name))
    return {
        "checks.md": rule_report.markdown_page(rules()),
        "boards.md": board_report.markdown_page(boards),
    }


def operators_page() -> str:
    """docs/operators.md, which takes seconds."""
    path = Path(__file__).parent / "operators_page.py"
    return str(runpy.run_path(str(path))["page"]())


def main() -> int:
    stale = []
    for name, text in {**pages(), "operators.md": operators_page()}.items():
        path = DOCS / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if "--check" not in sys.argv:
                path.write_text(text, encoding="utf-8")
    for name in stale:
        print(f"docs/{name}: {'out of date' if '--check' in sys.argv else 'written'}")
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
