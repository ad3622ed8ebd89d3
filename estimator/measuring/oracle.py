"""What the outputs must be: TFLM's reference kernels on the host (the tflite-micro wheel).

Runs in a process of its own, since that library may end it. Inputs are those of
firmware_harness/core/inputs.h.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import itertools
import json
import subprocess
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from estimator.reading import open_model, read

_MASK = 0xFFFFFFFF
_TIMEOUT_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Expected:
    """The CRC-32 of all outputs, and who computed it."""

    crc32: str
    source: str


def expected_outputs(model: Path, seed: int) -> Expected | None:
    """Run the reference kernels.

    Returns:
        None where nothing can be expected to the bit: the wheel is not installed or does not run
        the model, or a tensor is floating point (results then depend on the compiler).
    """
    if importlib.util.find_spec("tflite_micro") is None:
        return None
    command = [sys.executable, "-m", "estimator.measuring.oracle", str(model), str(seed)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_TIMEOUT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return None
    lines = done.stdout.splitlines()
    if done.returncode != 0 or not lines:
        return None
    crc = json.loads(lines[-1])
    version = importlib.metadata.version("tflite-micro")
    return None if crc is None else Expected(crc, f"tflite-micro {version}, reference kernels")


def random_words(seed: int) -> Iterator[int]:
    """xorshift32: the harness's random numbers."""
    state = seed or 1
    while True:
        state ^= state << 13 & _MASK
        state ^= state >> 17
        state ^= state << 5 & _MASK
        yield state


def random_input(words: Iterator[int], shape: tuple[int, ...], dtype: Any) -> Any:
    """One input tensor as the harness fills it: indices are 0 or 1, other integers any bytes."""
    import numpy as np

    kind = np.dtype(dtype)
    elements = int(np.prod(shape))
    if kind in (np.int32, np.int64, np.bool_):
        bits = [word >> 31 for word in itertools.islice(words, elements)]
        return np.array(bits, dtype=kind).reshape(shape)
    raw = bytes(word >> 24 for word in itertools.islice(words, elements * kind.itemsize))
    return np.frombuffer(raw, dtype=kind).reshape(shape)


def _run(model: str, seed: int) -> str | None:
    import numpy as np
    from tflite_micro import runtime

    main = read(open_model(Path(model)), model).main
    interpreter = runtime.Interpreter.from_file(model)
    words = random_words(seed)
    for index in range(len(main.inputs)):
        details = interpreter.get_input_details(index)
        if np.issubdtype(details["dtype"], np.floating):
            return None
        shape = tuple(int(size) for size in details["shape"])
        interpreter.set_input(random_input(words, shape, details["dtype"]), index)
    interpreter.invoke()
    crc = 0
    for index in range(len(main.outputs)):
        output = interpreter.get_output(index)
        if np.issubdtype(output.dtype, np.floating):
            return None
        crc = zlib.crc32(np.ascontiguousarray(output).tobytes(), crc)
    return f"{crc:08x}"


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_run(sys.argv[1], int(sys.argv[2]))) + "\n")
