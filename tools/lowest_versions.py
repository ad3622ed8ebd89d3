"""Print pip constraints: every dependency of the project at the lowest version that it allows."""

from __future__ import annotations

import re
from pathlib import Path

PROJECT = Path(__file__).parent.parent / "pyproject.toml"
EXTRAS = ("calibrate", "dask", "measure")


def lowest_versions() -> list[str]:
    """Such as ``numpy==1.23``, for the dependencies and the extras that tests use."""
    text = PROJECT.read_text(encoding="utf-8")
    lists = [re.search(r"^dependencies = \[(.*?)^\]", text, re.MULTILINE | re.DOTALL)]
    lists += [re.search(rf"^{extra} = \[(.*?)\]$", text, re.MULTILINE) for extra in EXTRAS]
    found = []
    for listed in lists:
        assert listed is not None, "pyproject.toml lacks a list of dependencies"
        found += re.findall(r'"([\w-]+)>=([\d.]+)', listed[1])
    return [f"{name}=={version}" for name, version in found]


if __name__ == "__main__":
    print("\n".join(lowest_versions()))
