"""Tests with the lowest dependencies on the lowest Python, and the newest on the newest one here.

    python tools/versions.py [arguments of pytest]
    python tools/versions.py --only lowest|newest [arguments of pytest]   with this Python

It says which of the supported Pythons it found. Environments are kept in .venv-lowest and
.venv-newest, and made again when pyproject.toml changes.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from lowest_versions import EXTRAS, PROJECT, lowest_versions

ROOT = PROJECT.parent
MINORS = range(10, 15)
"""Of Python 3, as pyproject.toml lists them."""
PLACES = (
    "~/.pyenv/versions/3.{}.*/bin/python",
    "~/.local/share/uv/python/cpython-3.{}.*/bin/python",
    "/opt/hostedtoolcache/Python/3.{}.*/x64/bin/python",
)
TESTS = ("tests/unit", "tests/golden")
LEFT_OUT = ("tests/unit/test_operators_page.py", "tests/unit/test_generated_docs.py")
"""What they look at is no matter of versions; they run once, with the others."""


def candidates(minor: int) -> Iterator[Path]:
    for name in (f"python3.{minor}", "python3"):
        on_path = shutil.which(name)
        if on_path:
            yield Path(on_path)
    for place in PLACES:
        home = Path(place.format(minor)).expanduser()
        start = next(parent for parent in home.parents if "*" not in str(parent))
        yield from sorted(start.glob(str(home.relative_to(start))))


def find(minor: int) -> Path | None:
    """A Python of this version that can make environments."""
    code = f"import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, {minor}))"
    for path in candidates(minor):
        if subprocess.run([path, "-c", code], capture_output=True, check=False).returncode == 0:
            return path
    return None


def environment(name: str, python: Path, constraints: list[str]) -> Path:
    """The Python of an environment with the project, its extras and what the tests need."""
    folder = ROOT / f".venv-{name}"
    key = f"{python} {constraints} {PROJECT.read_text(encoding='utf-8')}"
    digest = hashlib.sha256(key.encode()).hexdigest()
    stamp, inside = folder / ".installed", folder / "bin" / "python"
    if stamp.exists() and stamp.read_text() == digest:
        return inside
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([python, "-m", "venv", folder], check=True)
    pip = [inside, "-m", "pip", "install", "-q", "--no-warn-script-location"]
    subprocess.run([*pip, "--upgrade", "pip>=25.1"], check=True)
    limits = folder / "constraints.txt"
    limits.write_text("\n".join(constraints))
    project = f"-e{ROOT}[{','.join(EXTRAS)}]"
    subprocess.run([*pip, "-c", limits, project, "--group", f"{PROJECT}:test"], check=True)
    stamp.write_text(digest)
    return inside


def test(name: str, python: Path, constraints: list[str], arguments: list[str]) -> bool:
    inside = environment(name, python, constraints)
    print(f"== {name} dependencies on {python}", flush=True)
    ignored = [f"--ignore={path}" for path in LEFT_OUT]
    command = [inside, "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS, *ignored, *arguments]
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def main() -> int:
    arguments = sys.argv[1:]
    if arguments[:1] == ["--only"]:
        name, *arguments = arguments[1:]
        limits = {"lowest": lowest_versions(), "newest": []}[name]
        return 0 if test(name, Path(sys.executable), limits, arguments) else 1
    found = {minor: find(minor) for minor in MINORS}
    for minor, path in found.items():
        print(f"Python 3.{minor}: {path or 'NOT FOUND on this machine, so not tested'}")
    here = {minor: path for minor, path in found.items() if path is not None}
    if not here:
        print("no supported Python is here")
        return 1
    good = True
    lowest = here.get(MINORS[0])
    if lowest is None:
        print(f"the lowest dependencies are NOT TESTED: they need Python 3.{MINORS[0]}")
    else:
        good &= test("lowest", lowest, lowest_versions(), arguments)
    good &= test("newest", here[max(here)], [], arguments)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
