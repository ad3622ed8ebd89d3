"""Asks the real TFLM of the tflite-micro wheel, one process per question.

That library may end or corrupt its process: a too small arena, a kernel that reads beyond its
tensors. So a server process imports it once and forks for every question; run as a module it is
that server.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import signal
import struct
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import BinaryIO

WHEEL = "0.dev20261009205824"
ARENA_BYTES = 1 << 22
PROCESSOR_SECONDS = 5
SECONDS = 120
MEMORY_BYTES = 3 << 30
_SIZE = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Question:
    """A model and the arena to give it.

    Attributes:
        arena_bytes: its size.
        preserve_all_tensors: MicroInterpreter with the linear planner, in place of the recording
            allocator with the greedy one.
        invoke: run it, too.
    """

    model: bytes
    arena_bytes: int = ARENA_BYTES
    preserve_all_tensors: bool = False
    invoke: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What TFLM did.

    Attributes:
        outcome: "allocated", "refused", "crashed" (a signal), "hung", or "rejected" (the wheel's
            Python code fails on the model before TFLM sees it).
        invoked: the same of Invoke ("ran", "refused", "crashed", "hung"), "" if not asked.
        resource_variables: the number that the wheel counts in the model.
        used_bytes, head_bytes, tail_bytes: of the recording allocator, -1 where not known.
        log: what TFLM printed.
    """

    outcome: str
    invoked: str = ""
    resource_variables: int = 0
    used_bytes: int = -1
    head_bytes: int = -1
    tail_bytes: int = -1
    log: str = ""

    @property
    def stopped_at(self) -> tuple[str, int] | None:
        """(operator, number) that the log blames."""
        found = re.search(r"Node (\S+) \(number (\d+)\) failed", self.log)
        return (found.group(1), int(found.group(2))) if found else None


def ask(questions: Iterable[Question]) -> list[Answer]:
    """Put questions to one server process.

    Raises:
        RuntimeError: the server did not answer them all.
    """
    asked = list(questions)
    head = json.dumps([{k: v for k, v in asdict(q).items() if k != "model"} for q in asked])
    parts = [head.encode(), *(question.model for question in asked)]
    content = b"".join(_SIZE.pack(len(part)) + part for part in parts)
    done = subprocess.run(
        [sys.executable, "-m", "tests.oracle.wheel"],
        input=content,
        capture_output=True,
        check=False,
    )
    answers = [Answer(**json.loads(line)) for line in done.stdout.splitlines()]
    if done.returncode or len(answers) != len(asked):
        raise RuntimeError(
            f"the server ended with {done.returncode}: {done.stderr.decode()[-2000:]}"
        )
    return answers


def _read(stream: BinaryIO) -> Iterator[bytes]:
    while size := stream.read(_SIZE.size):
        yield stream.read(_SIZE.unpack(size)[0])


def _serve() -> None:
    # What the children need, once.
    import numpy  # noqa: F401
    from tflite_micro.python.tflite_micro import runtime  # noqa: F401

    import estimator.reading  # noqa: F401

    parts = list(_read(sys.stdin.buffer))
    for fields, model in zip(json.loads(parts[0]), parts[1:]):
        answer = _in_child(Question(model, **fields))
        sys.stdout.write(json.dumps(asdict(answer)) + "\n")


def _in_child(question: Question) -> Answer:
    log = os.memfd_create("log")
    report = os.memfd_create("report")
    child = os.fork()
    if child == 0:
        os.dup2(log, 2)
        os.dup2(log, 1)
        signal.alarm(SECONDS)
        resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS + 1))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        try:
            _answer(question, report)
        except BaseException as error:
            os.write(2, f"the wheel's Python: {error!r}".encode())
        os._exit(0)
    _, status = os.waitpid(child, 0)
    text = os.pread(log, 1 << 20, 0).decode(errors="replace")
    steps = os.pread(report, 1 << 16, 0).decode().splitlines()
    os.close(log)
    os.close(report)
    ended = "died"
    if os.WIFSIGNALED(status):
        late = os.WTERMSIG(status) in (signal.SIGALRM, signal.SIGXCPU)
        ended = "hung" if late else "crashed"
    return _interpret(steps, ended, text, question.invoke)


def _interpret(steps: list[str], ended: str, log: str, invoke: bool) -> Answer:
    """``steps`` are those that the child completed; ``ended`` how it ended."""
    if not steps:
        return Answer("rejected", log=log)
    variables = int(steps[0].removeprefix("variables "))
    if len(steps) == 1 or steps[1] != "allocated":
        return Answer(steps[1] if len(steps) > 1 else ended, "", variables, log=log)
    sizes = [int(size) for size in re.findall(r"Arena allocation (?:total|head|tail) (\d+)", log)]
    invoked = (steps[2] if len(steps) > 2 else ended) if invoke else ""
    log = "\n".join(line for line in log.splitlines() if "[RecordingMicroAllocator]" not in line)
    return Answer("allocated", invoked, variables, *(sizes or (-1, -1, -1)), log)


def _answer(question: Question, report: int) -> None:
    import numpy
    from tflite_micro.python.tflite_micro import runtime

    def note(step: str) -> None:
        os.write(report, step.encode() + b"\n")

    note(f"variables {runtime.count_resource_variables(question.model)}")
    kinds = runtime.InterpreterConfig
    kind = (
        kinds.kPreserveAllTensors if question.preserve_all_tensors else kinds.kAllocationRecording
    )
    try:
        interpreter = runtime.Interpreter.from_bytes(
            question.model, arena_size=question.arena_bytes, intrepreter_config=kind
        )
    except RuntimeError:
        note("refused")
        return
    if not question.preserve_all_tensors:
        interpreter.print_allocations()
    note("allocated")
    if question.invoke:
        for index in range(_inputs(question.model)):
            with contextlib.suppress(Exception):
                details = interpreter.get_input_details(index)
                interpreter.set_input(numpy.zeros(details["shape"], details["dtype"]), index)
        try:
            interpreter.invoke()
            note("ran")
        except RuntimeError:
            note("refused")


def _inputs(model: bytes) -> int:
    from estimator.reading import read

    return len(read(model).main.inputs)


if __name__ == "__main__":
    _serve()
