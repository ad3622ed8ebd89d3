"""An interrupt, a termination and a closed pipe end every process and leave no half of a file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from estimator.files import write_whole
from estimator.graph import DType
from estimator.workers import worker_pool
from tests.oracle.builder import ModelSpec, OpSpec, SubgraphSpec, TensorSpec

if not Path("/proc/self/stat").exists():
    pytest.skip("looks at processes in /proc, which is not here", allow_module_level=True)

REPOSITORY = Path(__file__).parents[3]
MODEL = REPOSITORY / "golden" / "models" / "vww_96_int8.tflite"
SECONDS = 60.0
"""How long a loaded machine may take for anything here."""


class Process:
    """A run of the command line in a session of its own, as a terminal's."""

    def __init__(self, *arguments: str, folder: Path) -> None:
        self.popen = subprocess.Popen(
            [sys.executable, "-m", "estimator", *arguments], cwd=folder, text=True,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip

    def members(self, parent: int | None = None) -> list[tuple[int, str]]:
        """Living processes of the session, or just the children of one: (id, name)."""
        found = []
        for number in filter(str.isdecimal, (path.name for path in Path("/proc").iterdir())):
            try:
                text = Path(f"/proc/{number}/stat").read_text()
            except OSError:
                continue  # it has ended
            name = text[text.index("(") + 1 : text.rindex(")")]
            state, ppid, _, session = text[text.rindex(")") + 2 :].split()[:4]
            whose = int(ppid) == parent if parent else int(session) == self.popen.pid
            if state != "Z" and whose:
                found.append((int(number), name))
        return found

    def cpu_seconds(self) -> float:
        text = Path(f"/proc/{self.popen.pid}/stat").read_text()
        user, system = text[text.rindex(")") + 2 :].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def wait_until(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + SECONDS
        while not condition():
            assert self.popen.poll() is None, ("ended too early", *self.popen.communicate())
            assert time.monotonic() < end, "did not happen"
            time.sleep(0.02)

    def send(self, number: int, to_all: bool) -> tuple[int, str]:
        """Exit code and standard error after a signal to the process or to its group."""
        (os.killpg if to_all else os.kill)(self.popen.pid, number)
        _, err = self.popen.communicate(timeout=SECONDS)
        end = time.monotonic() + SECONDS
        while self.members() and time.monotonic() < end:
            time.sleep(0.02)
        assert not self.members(), "processes are left"
        return self.popen.returncode, err


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    started: list[Process] = []

    def begin(*arguments: str) -> Process:
        started.append(Process(*arguments, folder=tmp_path))
        return started[-1]

    yield begin
    for process in started:
        for member, _ in process.members():
            os.kill(member, signal.SIGKILL)
        process.popen.communicate()


@pytest.fixture(scope="session")
def slow_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """So many operators that it takes a while."""
    tensor = TensorSpec((1, 4), DType.INT8, (0.5,), (0,))
    ops = [OpSpec("RELU", [0], [1]) for _ in range(30_000)]
    path = tmp_path_factory.mktemp("slow") / "slow.tflite"
    path.write_bytes(ModelSpec([SubgraphSpec([tensor, tensor], ops, [0], [1])]).to_bytes())
    return path


@pytest.fixture
def many(tmp_path: Path, slow_model: Path) -> str:
    """A folder of models that take minutes, and a report that stands from before."""
    folder = tmp_path / "models"
    folder.mkdir()
    for number in range(100):
        (folder / f"{number}.tflite").symlink_to(slow_model)
    (tmp_path / "report.json").write_text("old")
    return str(folder)


@pytest.mark.parametrize("to_all", [False, True], ids=["process", "group"])
@pytest.mark.parametrize(
    ("number", "code", "word"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")],
    ids=["SIGINT", "SIGTERM"],
)
@pytest.mark.parametrize("jobs", [1, 2])
def test_check(
    jobs: int, number: int, code: int, word: str, to_all: bool, many: str, tmp_path: Path,
    start: Callable[..., Process],
) -> None:  # fmt: skip
    process = start("check", many, "--jobs", str(jobs), "--output", "report.json")
    if jobs == 1:
        process.wait_until(lambda: process.cpu_seconds() > 1)
    else:
        process.wait_until(lambda: len(process.members(process.popen.pid)) >= jobs)
    assert_ended(process.send(number, to_all), code, word)
    assert (tmp_path / "report.json").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["models", "report.json"]


def assert_ended(ended: tuple[int, str], code: int, word: str) -> None:
    assert ended[0] == code, ended
    assert word in ended[1].splitlines()
    assert "Traceback" not in ended[1], ended[1]


def test_workers_end_with_a_killed_parent(many: str, start: Callable[..., Process]) -> None:
    process = start("check", many, "--jobs", "2")
    process.wait_until(lambda: len(process.members(process.popen.pid)) >= 2)
    time.sleep(0.5)  # a worker begins to watch its parent just after it was started
    code, _ = process.send(signal.SIGKILL, to_all=False)
    assert code == -signal.SIGKILL


def test_strip(tmp_path: Path, slow_model: Path, start: Callable[..., Process]) -> None:
    (tmp_path / "large.tflite").symlink_to(slow_model)
    (tmp_path / "small.tflite").write_text("old")
    process = start("strip", "large.tflite", "-o", "small.tflite")
    process.wait_until(lambda: process.cpu_seconds() > 1)
    assert_ended(process.send(signal.SIGINT, to_all=True), 130, "interrupted")
    assert (tmp_path / "small.tflite").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 2


def test_an_interrupted_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.json"
    path.write_text("old")

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_pool_ends_when_its_block_fails() -> None:
    begun = time.monotonic()
    with pytest.raises(ValueError, match="on purpose"), worker_pool(2) as submit:
        futures = submit(time.sleep, [300, 301])
        raise ValueError("on purpose")
    assert all(future.done() or future.cancelled() for future in futures.values())
    assert time.monotonic() - begun < SECONDS


@pytest.mark.parametrize(
    "command", [["rules"], ["targets"], ["check", str(MODEL), "--format", "json"],
                ["estimate", str(MODEL), "--format", "json"], ["explain", "MCU101"],
                ["resolver", str(MODEL)], ["estimate", str(MODEL)]], ids=lambda c: c[0],
)  # fmt: skip
def test_nobody_reads_the_output(command: list[str]) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    done = subprocess.run(
        [sys.executable, "-m", "estimator", *command], stdout=write_end, stderr=subprocess.PIPE,
        text=True, check=False, env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )  # fmt: skip
    os.close(write_end)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr and "Broken" not in done.stderr


def test_output_without_room_is_an_error() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "estimator", "rules"], stdout=full, stderr=subprocess.PIPE,
            text=True, check=False, env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == "error: output: No space left on device\n"


def test_errors_escape_what_files_say(tmp_path: Path) -> None:
    (tmp_path / "mculint.toml").write_text('"\\u001b[31m\\n::error::x" = 1\n')
    process = Process("check", str(MODEL), folder=tmp_path)
    _, err = process.popen.communicate(timeout=SECONDS)
    assert process.popen.returncode == 2
    assert "\\x1b[31m" in err and "\x1b" not in err
    assert not any(line.lstrip().startswith("::") for line in err.splitlines())
