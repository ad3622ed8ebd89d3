"""Puts the real output of commands into the documents: `make docs`.

A document holds blocks of this form, whose text is replaced by what the command prints:

    <!-- output: mculint targets -->
    ```text
    ...
    ```

With --check nothing is written, and the exit code is 1 where a block is out of date.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCUMENTS = ("README.md", "docs/how-it-works.md")
BLOCK = re.compile(r"(<!-- output: (?P<command>.+?) -->\n```text\n)(?P<text>.*?)(?=```\n)", re.S)


def output_of(command: str) -> str:
    """What a command of this project prints, in a terminal 100 columns wide and without colour."""
    words = shlex.split(command)
    assert words[0] == "mculint", f"only mculint is run, not {words[0]}"
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}
    done = subprocess.run(
        [sys.executable, "-m", "estimator", *words[1:]],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    lines = (done.stdout + done.stderr).splitlines()
    return "".join(line.rstrip() + "\n" for line in lines)


def refreshed(text: str) -> str:
    """The document with every block made anew."""
    return BLOCK.sub(lambda block: block.group(1) + output_of(block.group("command")), text)


def main() -> int:
    stale = []
    for name in DOCUMENTS:
        path = ROOT / name
        old = path.read_text(encoding="utf-8")
        new = refreshed(old)
        if new != old:
            stale.append(name)
            if "--check" not in sys.argv:
                path.write_text(new, encoding="utf-8")
    for name in stale:
        print(f"{name}: {'out of date: run `make docs`' if '--check' in sys.argv else 'refreshed'}")
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
