"""No hostile file causes a traceback, a hang or more memory than its size explains."""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from estimator.api import estimate
from estimator.checks import model_rules
from estimator.errors import ModelError
from estimator.gate.checking import Selection, examine
from estimator.lint import CheckReport, to_finding
from estimator.reports._format import Style
from estimator.reports.findings import formats
from estimator.settings.config import Config
from tests.hostile.files import FILES, INJECTIONS

REPOSITORY = Path(__file__).parents[2]
SECONDS = 10
COMMANDS = (
    ("estimate", "--format", "json"), ("estimate", "--per-operator"),
    ("estimate", "--format", "csv"),
    ("check", "--exit-zero"), ("plan",),
)  # fmt: skip
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]")


LAUNCHER = """
import json, os, resource, subprocess, sys
code = subprocess.call([sys.executable, "-m", "estimator", *sys.argv[1:]])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
os.write(3, json.dumps([used.ru_utime + used.ru_stime, used.ru_maxrss * 1024]).encode())
sys.exit(code)
"""
"""A small process between: a child starts with the peak of the process that it comes from."""


class Usage(NamedTuple):
    """What a process took: CPU seconds, and peak memory in bytes."""

    seconds: float
    peak: int


def run(*arguments: str) -> tuple[int, str, str, Usage]:
    """Exit code, output, errors and resources of one process of the command line."""
    temporary = tempfile.TemporaryFile
    with temporary() as out, temporary() as err, temporary() as used:
        pid = os.posix_spawn(
            sys.executable, [sys.executable, "-S", "-c", LAUNCHER, *arguments],
            {**os.environ, "PYTHONPATH": str(REPOSITORY), "NO_COLOR": "1"},
            file_actions=[(os.POSIX_SPAWN_DUP2, out.fileno(), 1),
                          (os.POSIX_SPAWN_DUP2, err.fileno(), 2),
                          (os.POSIX_SPAWN_DUP2, used.fileno(), 3)],
        )  # fmt: skip
        _, status = os.waitpid(pid, 0)
        used.seek(0)
        usage = Usage(*json.loads(used.read()))
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode())
    return os.waitstatus_to_exitcode(status), texts[0], texts[1], usage


@pytest.mark.parametrize("name", FILES)
def test_the_command_line_survives(name: str, tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(FILES[name]())
    size = path.stat().st_size
    for command in COMMANDS if "name" in name else (COMMANDS[0], COMMANDS[3]):
        code, out, err, usage = run(command[0], str(path), *command[1:])
        assert "Traceback" not in err, err[-2000:]
        assert code in (0, 1, 2), (command, err[-500:])
        assert usage.seconds < SECONDS, (command, usage)
        assert usage.peak <= 20 * size + 200_000_000, (command, usage, size)
        found = CONTROL.search(out + err)
        assert found is None, (command, (out + err)[max(found.start() - 80, 0) :][:160])
        if command[-1] == "json":
            json.loads(out)


def report_of(data: bytes) -> CheckReport:
    config = Config(root=REPOSITORY)
    subjects = tuple(examine(Path("model.tflite"), config, Selection(), data=data))
    findings = tuple(
        to_finding(rule, problem, subject)
        for subject in subjects for rule in model_rules() for problem in rule.check(subject)
    )  # fmt: skip
    return CheckReport(subjects, findings, (), 0, tuple(model_rules()))


@pytest.mark.parametrize("format_", sorted(formats()))
@pytest.mark.parametrize("name", ["injected_names", "injected_names_accepted"])
def test_formats_escape_names(name: str, format_: str) -> None:
    report = report_of(FILES[name]())
    assert name != "injected_names" or any("script" in f.message for f in report.findings)
    text = formats()[format_].render(report, Style())
    assert CONTROL.search(text) is None
    if format_ in ("html", "markdown"):
        assert not re.search(r"<script>alert|<img src=x", text)
    lines = text.splitlines()
    if format_ == "github":
        assert all(line.startswith("::") for line in lines if line)
        assert not any(line.startswith(("::error::owned", "::warning::owned")) for line in lines)
        assert not any("file=a.py" in line.split("::", 2)[1] for line in lines if line)
    else:
        assert not any(line.lstrip().startswith("::") for line in lines)
    if format_ == "junit":
        ElementTree.fromstring(text)
    if format_ in ("json", "sarif", "gitlab", "model-explorer"):
        json.loads(text)
    if format_ == "csv":
        assert not any(cell.startswith("=") for line in lines for cell in line.split(","))


@pytest.mark.parametrize("seed", range(12))
def test_random_bytes_of_a_model_change(seed: int) -> None:
    """A bounded part of what `make fuzz` does, always the same."""
    from fuzz import mutator, target
    from tests.oracle.generator import random_model

    rng = Random(seed)
    data, other = random_model(seed).data, random_model(seed + 99).data
    found = mutator.spans(data)
    readable = 0
    for turn in range(120):
        readable += target.run(mutator.mutate(rng, data, found, other if turn % 6 == 0 else None))
    assert 0 < readable < 120


@pytest.mark.parametrize("name", ["while_calls_itself", "two_call_each_other"])
def test_recursion_is_refused(name: str) -> None:
    result = estimate(FILES[name]())
    assert result.accepted is False
    assert result.refusals


def test_names_that_are_no_utf8_are_escaped() -> None:
    tensor = estimate(FILES["name_is_no_utf8"]()).graph.main.tensors[0]
    assert tensor.name == "\\xff\\xfe\\x80st name"
    with pytest.raises(ModelError, match="elements and would end at byte"):
        estimate(FILES["name_never_ends"]())


def test_every_injection_is_in_a_file() -> None:
    names = [tensor.name for tensor in estimate(FILES["injected_names"]()).graph.main.tensors]
    assert {f"tensor {text}" for text in INJECTIONS} == set(names)
