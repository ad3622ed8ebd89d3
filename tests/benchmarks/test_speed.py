"""How fast it is; every assertion is a ratio of two things measured in the same run."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from estimator import estimate, estimate_graph
from estimator.architecture import Conv, Dense, Flatten, Layer, Pool, Softmax, separable
from estimator.graph import DType, Graph, Op, OperatorCode, Quantization, Subgraph, Tensor
from estimator.reading import read
from estimator.reading.walk import Walker
from estimator.search import Evaluator
from tests.oracle.builder import ModelSpec, OpSpec, SubgraphSpec, TensorSpec

REPOSITORY = Path(__file__).parents[2]
VWW = REPOSITORY / "golden" / "models" / "vww_96_int8.tflite"
KWS = (REPOSITORY / "golden" / "models" / "kws_ds_cnn_int8.tflite").read_bytes()
WHEEL = "import sys; from tflite_micro import runtime; runtime.Interpreter.from_file(sys.argv[1])"
INPUT = (1, 49, 10, 1)


def least(call: Callable[[], object], times: int = 7) -> float:
    """CPU seconds of the fastest of several calls."""
    best = float("inf")
    for _ in range(times):
        start = time.process_time()
        call()
        best = min(best, time.process_time() - start)
    return best


SPAWN = """
import os, sys
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
print(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status))
"""  # a small process: a child's peak memory counts that of the one it is forked from


def once(command: list[str]) -> tuple[float, int]:
    """CPU seconds and peak memory in bytes of one process."""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(
        [sys.executable, "-c", SPAWN, *command], env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    seconds, peak = done.stderr.splitlines()[-1].split()
    return float(seconds), int(peak)


def in_turn(*commands: list[str]) -> list[tuple[float, int]]:
    """The least of seven processes of each command; in turn, so that all meet the same load."""
    rounds = [[once(command) for command in commands] for _ in range(7)]
    return [(min(t for t, _ in runs), min(m for _, m in runs)) for runs in zip(*rounds)]


# ---- one process -----------------------------------------------------------------------------


RIVALS = {
    "wheel": [sys.executable, "-c", WHEEL, str(VWW)],
    "mcufit": [str(Path(sys.executable).parent / "mcufit"), "check", str(VWW), "-b", "nano33ble"],
}
COMMANDS = {
    name: [sys.executable, "-m", "estimator", name, str(VWW), *options.split()]
    for name, options in (("estimate", "--format json"), ("check", "--exit-zero"))
}


@pytest.mark.benchmark(group="process: vww_96")
@pytest.mark.parametrize("command", [*COMMANDS, *RIVALS])
def test_process(benchmark: object, command: str) -> None:
    arguments = (COMMANDS | RIVALS)[command]
    benchmark.pedantic(once, args=(arguments,), rounds=5)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("rival", "share"), [("wheel", 1), ("mcufit", 0.5)])
def test_a_process_is_faster_and_smaller_than(rival: str, share: float) -> None:
    """The wheel's import and interpreter; mcufit runs a build of TFLM in Node.js."""
    least = in_turn(RIVALS[rival], *COMMANDS.values())
    for _ in range(4):  # more rounds where other load has hidden what a process takes at least
        (most_seconds, _), *ours = least
        if all(seconds <= share * most_seconds for seconds, _ in ours):
            break
        again = in_turn(RIVALS[rival], *COMMANDS.values())
        least = [(min(a[0], b[0]), min(a[1], b[1])) for a, b in zip(least, again)]
    (most_seconds, most_bytes), *ours = least
    for name, (seconds, peak) in zip(COMMANDS, ours):
        assert seconds <= share * most_seconds, (name, seconds, most_seconds)
        assert peak <= share * most_bytes, (name, peak, most_bytes)


def test_imports_hold_nothing_unused() -> None:
    script = (
        "import sys; sys.argv = ['mculint', 'estimate', sys.argv[1], '--format', 'json']\n"
        "from estimator.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(VWW)], capture_output=True, text=True, check=True,
        cwd=REPOSITORY,
    )  # fmt: skip
    loaded = set(done.stderr.splitlines()[-1].split())
    unused = {"numpy", "scipy", "networkx", "rich", "flatbuffers", "tflite", "tensorflow",
              "matplotlib", "dask", "distributed", "asyncio", "unittest"}  # fmt: skip
    assert not loaded & unused


# ---- in process ------------------------------------------------------------------------------


@pytest.mark.benchmark(group="in process: KWS")
def test_estimate(benchmark: Callable[..., object]) -> None:
    benchmark(estimate, KWS, target="stm32f746zg")


@pytest.mark.benchmark(group="in process: KWS")
def test_read(benchmark: Callable[..., object]) -> None:
    benchmark(read, KWS)


def candidates(count: int) -> list[tuple[Layer, ...]]:
    """DS-CNNs of four blocks with widths at random."""
    rng = Random(1)
    return [
        (
            Conv(rng.choice((16, 32, 48, 64)), (10, 4), (2, 2)),
            *(layer for _ in range(4) for layer in separable(8 * rng.randint(2, 12))),
            Pool(), Flatten(), Dense(12), Softmax(),
        )
        for _ in range(count)
    ]  # fmt: skip


@pytest.mark.benchmark(group="search: 100 DS-CNNs")
def test_search(benchmark: Callable[..., object]) -> None:
    evaluator, found = Evaluator(INPUT, target="stm32f746zg"), candidates(100)
    benchmark(lambda: [evaluator.evaluate(layers) for layers in found])


def test_a_search_is_faster_than_estimates_of_files() -> None:
    evaluator, found = Evaluator(INPUT, target="stm32f746zg"), candidates(50)
    search = least(lambda: [evaluator.evaluate(layers) for layers in found]) / len(found)
    whole = least(lambda: estimate(KWS, target="stm32f746zg"))
    assert 3 * search <= whole, (search, whole)


# ---- growth ----------------------------------------------------------------------------------


def chain(operators: int, reach: int = 1) -> Graph:
    """Every ADD_N reads the ``reach`` tensors before it."""
    q = Quantization((0.5,), (0,))
    tensors = tuple(
        Tensor(i, "", (1, 8, 8, 4 + 7 * i % 13 * (reach == 1)), DType.INT8, q)
        for i in range(operators + 1)
    )
    name = "RELU" if reach == 1 else "ADD_N"
    ops = tuple(
        Op(i, name, tuple(range(max(0, i + 1 - reach), i + 1)), (i + 1,))
        for i in range(operators)
    )  # fmt: skip
    codes = (OperatorCode(ops[0].name, 1, False, 19),)
    return Graph((Subgraph(0, "", tensors, (0,), (operators,), ops),), codes)


@pytest.mark.benchmark(group="growth: operators")
@pytest.mark.parametrize("reach", [1, 16], ids=["chain", "dense"])
@pytest.mark.parametrize("operators", [100, 1_000, 10_000])
def test_growth(benchmark: object, operators: int, reach: int) -> None:
    graph = chain(operators, reach)
    benchmark.pedantic(estimate_graph, args=(graph,), rounds=3)  # type: ignore[attr-defined]


@pytest.mark.parametrize("reach", [1, 16], ids=["chain", "dense"])
def test_time_grows_no_faster_than_n_log_n(reach: int) -> None:
    small, large = (
        least(lambda graph=graph: estimate_graph(graph), 3)  # type: ignore[misc]
        for graph in (chain(1_000, reach), chain(10_000, reach))
    )
    assert large <= 10 * (13.3 / 10) * 1.6 * small, (small, large)  # log ratio, and noise


def file_of(operators: int) -> bytes:
    tensors = [TensorSpec((1, 8), DType.INT8, (0.5,), (0,)) for _ in range(operators + 1)]
    ops = [OpSpec("RELU", [i], [i + 1]) for i in range(operators)]
    return ModelSpec([SubgraphSpec(tensors, ops, [0], [operators])]).to_bytes()


def test_a_long_file_takes_a_few_times_its_reading() -> None:
    data = file_of(10_000)
    reading, whole = least(lambda: read(data), 3), least(lambda: estimate(data), 3)
    assert whole <= 5 * reading, (reading, whole)


def weighty(path: Path, weights_bytes: int) -> Path:
    """A fully connected layer whose weights are so large: a hole at the end of the file."""
    units = weights_bytes // 1000
    spec = ModelSpec([
        SubgraphSpec(
            [TensorSpec((1, 1000), DType.INT8, (0.5,), (0,)),
             TensorSpec((units, 1000), DType.INT8, (0.5,), (0,), data=bytes(4)),
             TensorSpec((1, units), DType.INT8, (0.5,), (0,))],
            [OpSpec("FULLY_CONNECTED", [0, 1, -1], [2], {"keep_num_dims": 0})], [0], [2],
        )
    ])  # fmt: skip
    data = bytearray(spec.to_bytes())
    spans = Walker(memoryview(data), "").walk().spans
    buffer = next(span for span in spans if span.owner == (None, "buffers", 1) and not span.field)
    struct.pack_into("<I", data, buffer.end - 4, len(data) - (buffer.end - 4))
    with path.open("wb") as file:
        file.write(data + struct.pack("<I", weights_bytes))
        file.truncate(file.tell() + weights_bytes)
    return path


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory comes from Linux")
def test_weights_are_not_read(tmp_path: Path) -> None:
    script = (
        "import sys, time; from estimator import estimate\n"
        "weights = estimate(sys.argv[1]).graph.main.tensors[1].data\n"
        "assert len(weights) == int(sys.argv[2])\n"
        "best = 9.0\n"
        "for _ in range(100):\n"
        "  start = time.process_time()\n"
        "  for _ in range(5): estimate(sys.argv[1])\n"
        "  best = min(best, time.process_time() - start)\n"
        "peak = open('/proc/self/status').read().split('VmHWM:')[1].split()[0]\n"
        "print(best, peak)"
    )

    def measured(size: int) -> tuple[float, int]:
        path = weighty(tmp_path / f"{size}.tflite", size)
        runs = [
            subprocess.run([sys.executable, "-c", script, str(path), str(size)],
                           capture_output=True, text=True, check=True,
                           cwd=REPOSITORY).stdout.split()
            for _ in range(3)
        ]  # fmt: skip
        return min(float(seconds) for seconds, _ in runs), min(int(peak) for _, peak in runs)

    (small, small_kib), (large, large_kib) = measured(100_000), measured(500_000_000)
    assert large <= 1.2 * small, (small, large)
    assert large_kib - small_kib < 60_000, (small_kib, large_kib)
