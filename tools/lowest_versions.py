"""Print pip constraints: every dependency of the project at the lowest version that it allows."""

from __future__ import annotations

import re
from pathlib import Path

PROJECT = Path(__file__).parent.parent / "pyproject.toml"


def main() -> None:
    text = PROJECT.read_text(encoding="utf-8")
    listed = re.search(r"^dependencies = \[(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    assert listed is not None, "pyproject.toml has no dependencies"
    for name, version in re.findall(r'"([\w-]+)>=([\d.]+)', listed[1]):
        print(f"{name}=={version}")


if __name__ == "__main__":
    main()
