"""The package neither runs what it reads nor talks to anyone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "estimator"
NETWORK = frozenset({
    "socket", "ssl", "http", "urllib", "ftplib", "smtplib", "xmlrpc", "requests", "httpx",
})  # fmt: skip
UNSAFE_MODULES = frozenset({"pickle", "cPickle", "dill", "joblib", "shelve", "marshal", "ctypes"})
UNSAFE_CALLS = frozenset({"eval", "exec", "compile", "__import__"})
RUN_PROGRAMS = frozenset({"modelfiles.py", "differing.py", "measuring"})
"""What may start other programs: `git ls-files`, `git show`, and measuring."""


def faults(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        for name in names:
            if name != "urllib.parse" and name.split(".")[0] in NETWORK | UNSAFE_MODULES:
                yield f"line {node.lineno}: imports {name}"  # type: ignore[attr-defined]
            if name.split(".")[0] == "subprocess":
                yield "starts programs"
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Name) and called.id in UNSAFE_CALLS:
            yield f"line {called.lineno}: calls {called.id}()"
        shell = isinstance(node, ast.keyword) and node.arg == "shell"
        if shell or (isinstance(node, ast.Attribute) and node.attr in ("system", "popen")):
            yield "runs a shell"


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.name))
def test_no_network_no_pickle_no_exec(path: Path) -> None:
    found = set(faults(ast.parse(path.read_text(encoding="utf-8"))))
    if RUN_PROGRAMS & {path.name, *path.relative_to(PACKAGE).parts}:
        found.discard("starts programs")
    assert not found


@pytest.mark.parametrize(
    "source", ["import socket", "from pickle import loads", "eval('1')", "import os; os.system('')",
               "import subprocess", "f(shell=True)"],
)  # fmt: skip
def test_the_check_sees_faults(source: str) -> None:
    assert list(faults(ast.parse(source)))
