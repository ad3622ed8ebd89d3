"""From model files to records: build, flash or emulate, ask, write."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from estimator.errors import EstimatorError, MeasurementError
from estimator.measuring.boards import HarnessBoard, find_harness, load_board
from estimator.measuring.build import Firmware, build_firmware
from estimator.measuring.flash_tool import flash
from estimator.measuring.library import BinaryFacts, TflmLibrary, check_library, load_library
from estimator.measuring.oracle import expected_outputs
from estimator.measuring.protocol import Link, Timeouts
from estimator.measuring.record import (
    SCHEMA_VERSION,
    FirmwareSize,
    Model,
    Outputs,
    Provenance,
    Record,
    RuntimeBuild,
)
from estimator.measuring.record_files import Written, write_record
from estimator.measuring.session import Measurement, Plan, measure_firmware
from estimator.measuring.transport import ProcessTransport, SerialTransport, Transport
from estimator.reading import open_model, read

_BOOT_SECONDS = 10.0
_DEFAULT_RUNS = {"silicon": 20, "emulated": 3, "host": 20}
"""An emulator that counts instructions gives the same figure each time."""


@dataclass(frozen=True, slots=True)
class Progress:
    """A sign of life for the user.

    Attributes:
        model: the model's name.
        step: what is being done, in a few words.
        done, of: how far it is; ``of`` is 0 where nobody can know.
    """

    model: str
    step: str
    done: int
    of: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one model: a record and its file, or an error."""

    model: Path
    record: Record | None = None
    path: Path | None = None
    written: Written | None = None
    error: EstimatorError | None = None


@dataclass(frozen=True, slots=True)
class _Setup:
    """What all models of one call share."""

    board: HarnessBoard
    library: TflmLibrary | None
    facts: BinaryFacts | None
    build_folder: Path
    port: str | None
    probe_serial: str | None
    plan: Plan
    check_outputs: bool
    timeouts: Timeouts


def measure(
    models: Sequence[Path],
    board: str,
    *,
    library: Path | None = None,
    records: Path | None = None,
    replace: bool = False,
    port: str | None = None,
    probe_serial: str | None = None,
    warm_up: int = 1,
    runs: int | None = None,
    seed: int = 1,
    check_outputs: bool = True,
    harness: Path | None = None,
    build_folder: Path | None = None,
    timeouts: Timeouts | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Iterator[Outcome]:
    """Measure models on a board, one after the other; one that fails doesn't stop the others.

    Args:
        models: .tflite files.
        board: a folder of firmware_harness/boards.
        library: TOML that describes the user's TFLM library; None links the harness's test engine.
        records: where records go (golden/records); None writes none.
        replace: write over records that differ.
        port: the serial port, for boards on silicon.
        probe_serial: serial number of the debug probe, where several are connected.
        warm_up, runs: inferences before and during the timing; ``runs`` defaults to 20 on silicon
            and 3 in an emulator.
        seed: of the inputs.
        check_outputs: compare them with those of the tflite-micro wheel, where it is installed.
        harness: the folder firmware_harness, if not that of this checkout.
        build_folder: where to build, kept; default is a temporary one.
        timeouts: how long to wait for the board.
        progress: called at each step.

    Raises:
        MeasurementError: before the first model, where the board, the library or the port is wrong.
    """
    description = load_board(find_harness(harness), board)
    if description.kind == "silicon" and port is None:
        raise MeasurementError(
            "is on silicon and needs a serial port", where=board, fix="--port /dev/ttyACM0"
        )
    loaded = None if library is None else load_library(library)
    facts = None if loaded is None else check_library(loaded, description.core)
    plan = Plan(warm_up, runs or _DEFAULT_RUNS[description.kind], seed)
    with tempfile.TemporaryDirectory(
        prefix="mculint-measure-", ignore_cleanup_errors=True
    ) as temporary:
        setup = _Setup(
            board=description,
            library=loaded,
            facts=facts,
            build_folder=(build_folder or Path(temporary)).resolve(),
            port=port,
            probe_serial=probe_serial,
            plan=plan,
            check_outputs=check_outputs,
            timeouts=timeouts or Timeouts(),
        )
        for path in models:
            yield _outcome(path, setup, records, replace, progress or (lambda _: None))


def _outcome(
    path: Path,
    setup: _Setup,
    records: Path | None,
    replace: bool,
    progress: Callable[[Progress], None],
) -> Outcome:
    try:
        record = _measure_one(path, setup, progress)
        written = None if records is None else write_record(record, records, replace=replace)
    except EstimatorError as error:
        return Outcome(path, error=error)
    target = None if records is None else record.path(records)
    return Outcome(path, record, target, written)


def _measure_one(path: Path, setup: _Setup, progress: Callable[[Progress], None]) -> Record:
    def report(step: str, done: int = 0, of: int = 0) -> None:
        progress(Progress(path.stem, step, done, of))

    model = open_model(path)
    graph = read(model, str(path))
    report("build")
    firmware = build_firmware(model, graph, setup.board, setup.library, setup.build_folder)
    report("start")
    with _connected(setup, firmware) as transport:
        link = Link(transport, setup.timeouts)
        if setup.board.kind != "silicon":
            link.await_boot(_BOOT_SECONDS)
        measurement = measure_firmware(link, setup.board, model, setup.plan, report)
    return Record(
        schema_version=SCHEMA_VERSION,
        model=Model(path.stem, hashlib.sha256(model).hexdigest(), len(model)),
        runtime=_runtime(setup, measurement),
        provenance=_provenance(setup.board, firmware, measurement),
        arena=measurement.arena,
        stack=measurement.stack,
        latency=measurement.latency,
        operators=measurement.operators,
        outputs=_checked(measurement.outputs, path, setup),
        firmware=_size(firmware),
    )


@contextmanager
def _connected(setup: _Setup, firmware: Firmware) -> Iterator[Transport]:
    board = setup.board
    transport: Transport
    if board.qemu is not None:
        transport = ProcessTransport(board.qemu.command(firmware.elf))
    elif board.baud is None:
        transport = ProcessTransport([str(firmware.elf)])
    else:
        assert setup.port is not None and board.flash is not None and firmware.binary is not None
        flash(firmware.elf, firmware.binary, board.flash, setup.probe_serial)
        transport = SerialTransport(setup.port, board.baud)
    try:
        yield transport
    finally:
        transport.close()


def _checked(outputs: Outputs, model: Path, setup: _Setup) -> Outputs:
    """The outputs, held against the reference kernels on the host where that can be done."""
    if setup.library is None or not setup.check_outputs:
        return outputs
    expected = expected_outputs(model, outputs.input_seed)
    if expected is None:
        return outputs
    if expected.crc32 != outputs.crc32:
        raise MeasurementError(
            f"the outputs' CRC is {outputs.crc32}, {expected.source} gives {expected.crc32}",
            where=model.name,
            fix="fast wrong answers are no measurement; if these kernels round on purpose, measure"
            " without the comparison",
        )
    return dataclasses.replace(outputs, equal_to=expected.source)


def _runtime(setup: _Setup, measurement: Measurement) -> RuntimeBuild:
    engine = str(measurement.hello["engine"])
    library = setup.library
    if (engine == "tflm") != (library is not None):
        raise MeasurementError(f"the firmware runs the engine {engine!r}", where=setup.board.name)
    if library is None:
        return RuntimeBuild("builtin", engine, None, None, None, None, None, (), None)
    return RuntimeBuild(
        name=library.name,
        engine=engine,
        kernels=library.kernels.value,
        tflm_commit=library.tflm_commit,
        cmsis_nn_commit=library.cmsis_nn_commit,
        build=library.build,
        flags=library.flags,
        definitions=library.definitions,
        compiler=setup.facts.compiler if setup.facts is not None else None,
    )


def _provenance(board: HarnessBoard, firmware: Firmware, measurement: Measurement) -> Provenance:
    hello = measurement.hello
    return Provenance(
        kind=board.kind,
        board=board.name,
        core=board.core,
        emulator=_emulator(board),
        clock_hz=hello["clock_hz"] if board.kind == "silicon" else None,
        waits=tuple(hello["waits"]),
        compiler=firmware.compiler,
        cpu_flags=firmware.cpu_flags,
        harness_flags=firmware.harness_flags,
        harness_version=hello["harness_version"],
        date=datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
    )


def _emulator(board: HarnessBoard) -> str | None:
    if board.qemu is None:
        return None
    said = subprocess.run(
        ["qemu-system-arm", "--version"], capture_output=True, text=True, check=True
    ).stdout
    version = re.search(r"version (\S+)", said)
    return (
        f"QEMU {version.group(1) if version else 'of unknown version'} -M {board.qemu.machine}"
        f" -icount shift={board.qemu.icount_shift}"
    )


def _size(firmware: Firmware) -> FirmwareSize | None:
    if firmware.text_bytes is None or firmware.data_bytes is None:
        return None
    return FirmwareSize(firmware.text_bytes, firmware.data_bytes)
