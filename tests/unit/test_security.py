"""The package neither runs what it reads nor talks to anyone."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hostile.files import FILES

PACKAGE = Path(__file__).parents[2] / "estimator"
NETWORK = frozenset({
    "socket", "ssl", "http", "urllib", "ftplib", "smtplib", "xmlrpc", "requests", "httpx",
    "asyncio", "socketserver", "telnetlib", "urllib3", "aiohttp", "webbrowser",
})  # fmt: skip
UNSAFE_MODULES = frozenset({
    "pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "ctypes", "runpy",
    "code", "yaml", "pty",
})  # fmt: skip
UNSAFE_CALLS = frozenset({"eval", "exec", "compile", "__import__"})
UNSAFE_ATTRIBUTES = frozenset({
    "system", "popen", "startfile", "execv", "execve", "execvp", "execl", "execlp", "spawnv",
    "spawnl", "spawnvp", "posix_spawn", "fork", "forkpty",
})  # fmt: skip
IMPORT_BY_NAME = frozenset({"discover.py", "__init__.py"})
"""Where modules are imported by name: names of this package's own files and of its commands."""
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
        if isinstance(node, ast.keyword) and node.arg in ("shell", "allow_pickle"):
            yield f"sets {node.arg}"
        if isinstance(node, ast.Attribute) and node.attr in UNSAFE_ATTRIBUTES:
            yield f"uses {node.attr}"
        if isinstance(node, ast.Attribute) and node.attr == "import_module":
            yield "imports by name"


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.name))
def test_no_network_no_pickle_no_exec(path: Path) -> None:
    found = set(faults(ast.parse(path.read_text(encoding="utf-8"))))
    if RUN_PROGRAMS & {path.name, *path.relative_to(PACKAGE).parts}:
        found.discard("starts programs")
    if path.name in IMPORT_BY_NAME:
        found.discard("imports by name")
    assert not found


@pytest.mark.parametrize(
    "source", ["import socket", "from pickle import loads", "eval('1')", "import os; os.system('')",
               "import subprocess", "f(shell=True)",
               "numpy.load(f, allow_pickle=True)", "os.execv('', [])", "importlib.import_module(x)",
               "import yaml"],
)  # fmt: skip
def test_the_check_sees_faults(source: str) -> None:
    assert list(faults(ast.parse(source)))


HOOK = """
import sys

FORBIDDEN = ("socket.", "urllib.", "http.", "ftplib.", "smtplib.", "pickle.find_class", "os.system",
             "os.exec", "os.posix_spawn", "os.spawn", "os.startfile", "os.fork", "os.forkpty",
             "shutil.", "webbrowser.", "marshal.loads")

def hook(event, arguments):
    git = event == "subprocess.Popen" and list(arguments[1])[0] == "git"
    importing = event == "marshal.loads" and "importlib" in sys._getframe(1).f_code.co_filename
    if event.startswith(FORBIDDEN) and not importing or event == "subprocess.Popen" and not git:
        sys.stderr.write(f"AUDIT {event} {arguments}\\n")

from estimator.cli import main
sys.addaudithook(hook)
main()
"""
"""Reports what Python is asked to do that nothing here should ask it (PEP 578)."""


@pytest.mark.parametrize(
    "arguments",
    [["check", "--exit-zero", "."], ["estimate", "kws.tflite"], ["plan", "kws.tflite"],
     ["flash", "kws.tflite"], ["strip", "kws.tflite", "-o", "out.tflite"], ["fit", "kws.tflite"],
     ["resolver", "kws.tflite"], ["lock"], ["targets"], ["rules"],
     ["diff", "kws.tflite", "ad.tflite"], ["estimate", "--format", "json", "injected.tflite"]],
    ids=" ".join,
)  # fmt: skip
def test_commands_ask_python_for_nothing_unsafe(arguments: list[str], tmp_path: Path) -> None:
    models = PACKAGE.parent / "golden" / "models"
    (tmp_path / "kws.tflite").write_bytes((models / "kws_ds_cnn_int8.tflite").read_bytes())
    (tmp_path / "ad.tflite").write_bytes((models / "ad_autoencoder_int8.tflite").read_bytes())
    (tmp_path / "injected.tflite").write_bytes(FILES["injected_names"]())
    (tmp_path / "mculint.toml").write_text('[budgets.a]\npaths = ["*.tflite"]\nsram = "1 MB"\n')
    done = subprocess.run(
        [sys.executable, "-c", HOOK, *arguments], cwd=tmp_path, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)}, check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    assert "AUDIT" not in done.stderr, done.stderr


def test_the_hook_sees_faults() -> None:
    code = HOOK.replace("main()", "import socket; socket.socket()")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False,
                          env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)})  # fmt: skip
    assert "AUDIT socket.__new__" in done.stderr
