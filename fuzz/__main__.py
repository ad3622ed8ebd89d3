"""Runs the fuzzer: ``python -m fuzz --seconds 60 --jobs 2``; exits 1 if it found a defect."""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from random import Random

from fuzz import corpus

FINDINGS = Path("build/fuzz/findings")
CORPUS = Path("build/fuzz/corpus")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--runs", type=int, default=-1, help="stop after so many executions")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--largest", type=int, default=8192, metavar="BYTES",
                        help="of a file, of the corpus and mutated")  # fmt: skip
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        _fuzz(options)
        return 0
    print(f"{corpus.write(CORPUS, options.largest)} files in {CORPUS}")
    FINDINGS.mkdir(parents=True, exist_ok=True)
    before = set(FINDINGS.iterdir())
    executions, sound = _run_workers(options)
    found = sorted(set(FINDINGS.iterdir()) - before)
    print(f"{executions:,} executions, {len([f for f in found if f.suffix == '.txt'])} defects")
    for path in found:
        print(path)
    return 1 if found or not sound else 0


def _run_workers(options: argparse.Namespace) -> tuple[int, bool]:
    """Executions of all workers, and whether each ended well."""
    command = [sys.executable, "-m", "fuzz", "--worker", "--seconds", str(options.seconds),
               "--runs", str(options.runs), "--largest", str(options.largest)]  # fmt: skip
    logs = [tempfile.TemporaryFile("w+") for _ in range(options.jobs)]  # noqa: SIM115
    workers = [
        subprocess.Popen([*command, "--seed", str(options.seed + job)], stdout=log, stderr=log)
        for job, log in enumerate(logs)
    ]
    executions, sound = 0, True
    for worker, log in zip(workers, logs):
        sound &= worker.wait() == 0
        log.seek(0)
        text = log.read()
        match = re.search(r"stat::number_of_executed_units:\s+(\d+)", text)
        executions += int(match[1]) if match else 0
        if match is None or worker.returncode:
            print(text[-3000:])
    return executions, sound


def _fuzz(options: argparse.Namespace) -> None:
    import atheris

    with atheris.instrument_imports(include=["estimator"]):
        from fuzz import mutator, target

    structure = mutator.Structure()

    def one_input(data: bytes) -> int:
        try:
            return 0 if target.run(data) else -1 if len(data) < 64 else 0
        except Exception as error:  # every one is a finding
            _keep(data, error)
            return 0

    def custom_mutator(data: bytes, largest: int, seed: int) -> bytes:
        rng = Random(seed)
        if rng.random() < 0.2:
            return bytes(atheris.Mutate(data, largest))
        return mutator.mutate(rng, data, structure.of(data))[:largest]

    def custom_crossover(data: bytes, other: bytes, largest: int, seed: int) -> bytes:
        return mutator.mutate(Random(seed), data, mutator.spans(data), other)[:largest]

    arguments = [
        sys.argv[0], str(CORPUS), f"-max_total_time={options.seconds}", f"-runs={options.runs}",
        f"-max_len={options.largest}", f"-seed={options.seed}", "-print_final_stats=1",
        "-timeout=300", "-rss_limit_mb=1500", "-malloc_limit_mb=400", "-reload=30",
        f"-artifact_prefix={FINDINGS}/",
    ]  # fmt: skip
    atheris.Setup(
        arguments, one_input, custom_mutator=custom_mutator, custom_crossover=custom_crossover
    )
    atheris.Fuzz()


def _keep(data: bytes, error: Exception) -> None:
    """Keep the first (smallest) file for each place that raises."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "fuzz" not in f.filename]
    last = frames[-1] if frames else traceback.extract_tb(error.__traceback__)[-1]
    place = f"{type(error).__name__} {Path(last.filename).name}:{last.name}:{last.lineno}"
    name = hashlib.sha256(place.encode()).hexdigest()[:12]
    file = FINDINGS / f"{name}.tflite"
    if not file.exists() or file.stat().st_size > len(data):
        file.write_bytes(data)
        (FINDINGS / f"{name}.txt").write_text("".join(traceback.format_exception(error)))


if __name__ == "__main__":
    sys.exit(main())
