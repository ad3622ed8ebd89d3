"""The questions that every operator must answer, and the node on which it answers them.

A kernel's life in TFLM is: its parser allocates the builtin params, Init and Prepare ask the
allocator for memory and check the model, Invoke runs (and may refuse what Prepare let pass). An
operator file mirrors these steps as functions over a :class:`Node`, which records in order what
the kernel would ask of MicroContext.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from math import prod
from typing import NamedTuple, Union

from estimator.facts.runtime import Kernels, Layout, Runtime
from estimator.graph import Graph, Op, OptionValue, Subgraph, Tensor

ARENA_ALIGNMENT = 16
"""MicroArenaBufferAlignment() in tensorflow/lite/micro/micro_arena_constants.h."""


class RequestKind(Enum):
    """What a kernel or its parser asks the allocator for."""

    BUILTIN = "builtin params"
    PERSISTENT = "persistent buffer"
    SCRATCH = "scratch buffer"
    TEMP = "temporary tensor"
    OWNED = "tensor whose data pointer the kernel sets"
    RESIZED = "tensor whose dims the kernel sets; the planner goes by its new size"


class Request(NamedTuple):
    """One request in the order in which the kernel makes it.

    ``size_bytes`` and ``alignment`` are bytes; ``tensor`` is the index of the tensor for TEMP,
    OWNED and RESIZED, else None; ``what`` names the buffer for reports; ``shape`` is the new one of
    a tensor that is RESIZED.
    """

    kind: RequestKind
    size_bytes: int
    alignment: int
    what: str
    tensor: int | None = None
    shape: tuple[int, ...] = ()


class Stage(str, Enum):
    """Where TFLM stops."""

    LOAD = "load"  # the resolver doesn't know the operator, or the file is not for TFLM
    PARSE = "parse"
    INIT = "init"
    PREPARE = "prepare"
    PLAN = "plan"
    INVOKE = "invoke"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A requirement of TFLM that the model breaks.

    Attributes:
        stage: where TFLM stops; AllocateTensors() fails for all but INVOKE.
        reason: the requirement that fails, in our words, with the values found.
        fix: what the user can do.
        source: file of TFLM that has the requirement, relative to tensorflow/lite/micro.
        subgraph, operator: indices; None for the model as a whole.
        operator_name: such as CONV_2D.
        tensor: index of the tensor at fault, or None.
        aborts: the requirement is an assertion: a debug build stops the program (and a release
            build goes on, with undefined results), rather than returning an error.
    """

    stage: Stage
    reason: str
    fix: str = ""
    source: str = ""
    subgraph: int | None = None
    operator: int | None = None
    operator_name: str = ""
    tensor: int | None = None
    aborts: bool = False


class LayerKind(str, Enum):
    """Kinds of layers that differ in throughput."""

    FIRST_CONV = "first convolution"
    CONV = "convolution"
    POINTWISE = "pointwise convolution"
    DEPTHWISE = "depthwise convolution"
    FULLY_CONNECTED = "fully connected"
    RECURRENT = "recurrent"
    ELEMENTWISE = "elementwise"
    POOLING = "pooling"
    ACTIVATION = "activation"
    DATA_MOVEMENT = "data movement"
    SIGNAL = "signal processing"
    CONTROL = "control flow"


class Work(NamedTuple):
    """What one execution of an operator does.

    Attributes:
        kind: layer kind.
        macs: multiply-accumulates.
        other_ops: arithmetic operations that are not part of a MAC (elementwise, comparisons).
        read_bytes, written_bytes: tensor bytes touched once each (inputs with weights; outputs).
    """

    kind: LayerKind
    macs: int
    other_ops: int
    read_bytes: int
    written_bytes: int

    @property
    def ops(self) -> int:
        """Operations by the MicroNets convention: 1 MAC = 2 ops (arXiv 2010.11267, footnote 2)."""
        return 2 * self.macs


class _Stop(Exception):
    """Ends a step early: what follows can't be computed."""


class Answer(Enum):
    """Answers that are no function."""

    NONE = "looked at: asks for nothing"
    UNKNOWN = "not modelled"
    FALLBACK = "the optimized library has no kernel of its own and uses the reference one"


class Node:
    """One operator during parse, Init, Prepare and Invoke; records what the kernel asks for.

    The names of the methods are those of MicroContext where it has them. All sizes are bytes.

    Attributes:
        op: the operator.
        graph, subgraph: where it stands.
        runtime: how TFLM is built.
        requests: what has been asked for so far, in order.
        refusals: requirements found broken so far.
        earlier_scratch: scratch buffers of all operators before, None where it is not known.
    """

    __slots__ = (
        "earlier_scratch", "graph", "op", "refusals", "requests", "runtime", "source", "stage",
        "subgraph", "tensors",
    )  # fmt: skip

    def __init__(self, graph: Graph, subgraph: Subgraph, op: Op, runtime: Runtime, source: str):
        self.graph = graph
        self.subgraph = subgraph
        self.op = op
        self.runtime = runtime
        self.tensors = subgraph.tensors
        self.source = source
        self.stage = Stage.PARSE
        self.requests: list[Request] = []
        self.refusals: list[Refusal] = []
        self.earlier_scratch: int | None = None

    # ---- facts about the build -------------------------------------------------------------

    @property
    def layout(self) -> Layout:
        return self.runtime.layout

    @property
    def dsp(self) -> bool:
        return self.runtime.core.dsp

    @property
    def mve(self) -> bool:
        return self.runtime.core.mve

    # ---- the operator's tensors and options ------------------------------------------------

    def input(self, position: int) -> Tensor | None:
        """GetInput / GetOptionalInputTensor: None if omitted (-1) or beyond the inputs."""
        return self._tensor(self.op.inputs, position)

    def output(self, position: int) -> Tensor | None:
        """GetOutput: None if omitted or beyond the outputs."""
        return self._tensor(self.op.outputs, position)

    def _tensor(self, indices: Sequence[int], position: int) -> Tensor | None:
        if 0 <= position < len(indices) and indices[position] >= 0:
            return self.tensors[indices[position]]
        return None

    def option(self, name: str) -> int:
        """An integer (or bool) field of the builtin options; 0 where the file has no table.

        TFLM's parsers (core/api/flatbuffer_conversions.cc) leave the zero-initialised params as
        they are when the options table is missing.
        """
        options = self.op.options
        value = options.get(name, 0) if options else 0
        return int(value) if isinstance(value, (int, float)) else 0

    @property
    def options(self) -> dict[str, OptionValue]:
        """All fields of the builtin options in snake case; {} where the file has no table."""
        return dict(self.op.options or {})

    # ---- what the kernel asks for ----------------------------------------------------------

    def allocate_builtin_data(self, struct: str) -> None:
        """The parser's allocation of its params struct, by its name in the layout."""
        size, alignment = self.layout.size_of(struct), self.layout.align_of(struct)
        self.requests.append(Request(RequestKind.BUILTIN, size, alignment, struct))

    def allocate_persistent_buffer(self, size_bytes: int, what: str) -> None:
        """context->AllocatePersistentBuffer(size), aligned to 16 by MicroAllocator."""
        self.requests.append(Request(RequestKind.PERSISTENT, size_bytes, ARENA_ALIGNMENT, what))

    def allocate_persistent_struct(self, struct: str) -> None:
        """AllocatePersistentBuffer(sizeof(struct)), the struct by its name in the layout."""
        self.allocate_persistent_buffer(self.layout.size_of(struct), struct)

    def request_scratch_buffer(self, size_bytes: int, what: str) -> None:
        """context->RequestScratchBufferInArena(size)."""
        self.requests.append(Request(RequestKind.SCRATCH, size_bytes, ARENA_ALIGNMENT, what))

    def temp_input(self, position: int) -> Tensor:
        """AllocateTempInputTensor, which must exist: TFLM refuses a null pointer."""
        return self._required(self.temp_optional_input(position), f"input {position}")

    def temp_optional_input(self, position: int) -> Tensor | None:
        """AllocateTempInputTensor, None where the input is omitted."""
        return self._temp(self.input(position))

    def temp_output(self, position: int) -> Tensor:
        """AllocateTempOutputTensor, which must exist."""
        return self._required(self.temp_optional_output(position), f"output {position}")

    def temp_optional_output(self, position: int) -> Tensor | None:
        """AllocateTempOutputTensor, None where there is no such output."""
        return self._temp(self.output(position))

    def temp_intermediate(self, position: int) -> Tensor:
        """AllocateTempIntermediateTensor, which must exist."""
        found = self._tensor(self.op.intermediates, position)
        return self._required(self._temp(found), f"intermediate {position}")

    def allocate_temp_buffer(self, size_bytes: int, alignment: int, what: str) -> None:
        """MicroContext::AllocateTempBuffer(size, alignment)."""
        self.requests.append(Request(RequestKind.TEMP, size_bytes, alignment, what))

    def reads_zero_points(self) -> None:
        """The kernel goes on to read its temporaries' arrays of zero points.

        Most kernels read params.zero_point alone, and TFLM lets a persistent buffer overwrite the
        arrays unnoticed; here they must stay whole. Recorded as a temporary of 0 bytes.
        """
        self.allocate_temp_buffer(0, 1, "zero points in use")

    def owns(self, tensor: Tensor, what: str) -> None:
        """The kernel sets the tensor's data pointer itself, so the planner leaves it out."""
        self.requests.append(Request(RequestKind.OWNED, 0, 1, what, tensor.index))

    def resizes(self, tensor: Tensor, shape: Sequence[int]) -> None:
        """The kernel sets the tensor's dims; recorded where they differ from the file's."""
        if tuple(shape) != tensor.shape:
            size = prod(shape) * (tensor.dtype.size_bytes or 0)
            what = f"tensor {tensor.index} becomes {list(shape)}"
            self.requests.append(
                Request(RequestKind.RESIZED, size, 1, what, tensor.index, tuple(shape))
            )

    def _temp(self, tensor: Tensor | None) -> Tensor | None:
        if tensor is not None:
            if tensor.dtype.size_bytes is None:
                self.refuse(
                    f"tensor {tensor.index} has the type {tensor.dtype.name}, for which TFLM knows "
                    "no size",
                    tensor=tensor, fix="convert the model for TFLM: int8, int16 or float32",
                )  # fmt: skip
            request = Request(RequestKind.TEMP, 0, 0, tensor.name, tensor.index)
            self.requests.append(request)
        return tensor

    def _required(self, tensor: Tensor | None, which: str) -> Tensor:
        if tensor is None:
            self.refuse(f"{which} is missing", fix="convert the model again: it is malformed")
        assert tensor is not None  # refuse() raises
        return tensor

    # ---- requirements ----------------------------------------------------------------------

    def ensure(
        self,
        condition: bool,
        reason: str,
        *,
        tensor: Tensor | None = None,
        fix: str = "",
        aborts: bool = False,
        go_on: bool = False,
    ) -> bool:
        """TF_LITE_ENSURE: record a refusal where the condition does not hold.

        The step ends there, as the kernel's would, unless ``go_on`` says that what follows can
        still be computed (so that further faults of the operator are reported as well).
        ``aborts`` marks a TFLITE_DCHECK. Returns the condition.
        """
        if not condition:
            refusal = Refusal(
                self.stage, reason, fix, self.source, self.subgraph.index, self.op.index,
                self.op.name, tensor.index if tensor is not None else None, aborts,
            )  # fmt: skip
            self.refusals.append(refusal)
            if not go_on:
                raise _Stop
        return condition

    def refuse(self, reason: str, *, tensor: Tensor | None = None, fix: str = "") -> None:
        """Record a refusal and end the step."""
        self.ensure(False, reason, tensor=tensor, fix=fix)

    def dim(self, tensor: Tensor, axis: int) -> int:
        """dims->data[axis]; a refusal where the rank is too small (TFLM reads beyond the shape)."""
        if not -tensor.rank <= axis < tensor.rank:
            self.refuse(
                f"its kernel reads dimension {axis} of tensor {tensor.index}, which has rank "
                f"{tensor.rank}: TFLM's behaviour is undefined",
                tensor=tensor,
            )
        return tensor.shape[axis]


Step = Union[Callable[[Node], None], Answer]
"""A step of a kernel: a function over the node, NONE (nothing happens) or UNKNOWN."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """The steps of one kernel library's kernel; every answer must be given."""

    init: Step
    prepare: Step
    invoke: Step


@dataclass(frozen=True, slots=True)
class OperatorModel:
    """Everything that is known of one operator. No field has a default.

    Attributes:
        name: the schema's name of a builtin, or the name under which TFLM registers a custom one.
        resolver: the method of MicroMutableOpResolver that adds it.
        source: TFLM's kernel file, relative to tensorflow/lite/micro (or signal/).
        parse: the parser's step (core/api/flatbuffer_conversions.cc).
        reference: the reference kernel.
        cmsis_nn: CMSIS-NN's kernel, or FALLBACK if TFLM uses the reference kernel there.
        work: what one execution does, or UNKNOWN.
    """

    name: str
    resolver: str
    source: str
    parse: Step
    reference: Kernel
    cmsis_nn: Kernel | Answer
    work: Callable[[Node], Work] | Answer

    def kernel(self, kernels: Kernels) -> Kernel:
        """The kernel that TFLM registers when built with a library."""
        if kernels is Kernels.CMSIS_NN and isinstance(self.cmsis_nn, Kernel):
            return self.cmsis_nn
        return self.reference

    def kernel_file(self, kernels: Kernels) -> str:
        """The file of that kernel, as :attr:`source`."""
        if kernels is Kernels.CMSIS_NN and isinstance(self.cmsis_nn, Kernel):
            return self.source.replace("kernels/", "kernels/cmsis_nn/")
        return self.source


@dataclass(frozen=True, slots=True)
class Trace:
    """What one operator asks of TFLM, step by step.

    Attributes:
        parse, init, prepare: requests in order.
        refusals: requirements broken, in the order in which TFLM meets them.
        unknown: the steps that are not modelled (empty if all are).
    """

    parse: tuple[Request, ...]
    init: tuple[Request, ...]
    prepare: tuple[Request, ...]
    refusals: tuple[Refusal, ...]
    unknown: tuple[Stage, ...] = ()


def trace(model: OperatorModel, node: Node) -> Trace:
    """Run an operator's steps and return what they recorded.

    A step that refuses ends itself; the later steps still run, so that every reason is found
    (their requests are then of no use: TFLM never gets there).
    """
    kernel = model.kernel(node.runtime.kernels)
    steps = (
        (Stage.PARSE, model.parse),
        (Stage.INIT, kernel.init),
        (Stage.PREPARE, kernel.prepare),
        (Stage.INVOKE, kernel.invoke),
    )
    recorded: dict[Stage, tuple[Request, ...]] = {}
    unknown: list[Stage] = []
    for stage, step in steps:
        recorded[stage] = ()
        if step is Answer.UNKNOWN:
            unknown.append(stage)
        elif not isinstance(step, Answer):
            if stage is Stage.INVOKE and node.refusals:
                continue
            recorded[stage] = _run(step, node, stage)
    return Trace(
        recorded[Stage.PARSE], recorded[Stage.INIT], recorded[Stage.PREPARE],
        tuple(node.refusals), tuple(unknown),
    )  # fmt: skip


def work_of(model: OperatorModel, node: Node, *, refused: bool = False) -> Work | None:
    """What one execution does; None where that is not modelled or a fault of the file hides it.

    Args:
        model, node: the operator.
        refused: TFLM refuses the model, so that what the formula takes for granted (ranks, sane
            sizes) may not hold.
    """
    if isinstance(model.work, Answer):
        return None
    try:
        return model.work(node)
    except _Stop:
        return None
    except (ArithmeticError, LookupError, TypeError, ValueError):
        if refused:
            return None
        raise


def _run(step: Callable[[Node], None], node: Node, stage: Stage) -> tuple[Request, ...]:
    node.stage = stage
    node.requests = []
    with suppress(_Stop):
        step(node)
    return tuple(node.requests)


def params(struct: str) -> Callable[[Node], None]:
    """The parse step of an operator whose parser does nothing but allocate its params struct."""

    def parse(node: Node) -> None:
        node.allocate_builtin_data(struct)

    return parse


def op_data(struct: str) -> Callable[[Node], None]:
    """The Init step of a kernel that does nothing but allocate its OpData struct."""

    def init(node: Node) -> None:
        node.allocate_persistent_struct(struct)

    return init
