"""UNIDIRECTIONAL_SEQUENCE_LSTM, after kernels/unidirectional_sequence_lstm.cc, lstm_eval.cc,
lstm_eval_common.cc and cmsis_nn/unidirectional_sequence_lstm.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType, Quantization, Tensor
from estimator.opmodel import Kernel, LayerKind, Node, OperatorModel, Work, op_data, params
from estimator.ops._checks import is_constant
from estimator.ops._fully_connected import calculate_op_data
from estimator.ops._quantization import convolution_multiplier, divides_by_scale
from estimator.ops._require import arity, rank, types
from estimator.ops._work import work

INPUTS = 24
INPUT, FORGET_WEIGHTS, FORGET_BIAS, HIDDEN_STATE, CELL_STATE, OUTPUT = 0, 2, 13, 18, 19, 0
INPUT_WEIGHTS, RECURRENT_WEIGHTS, BIASES = range(1, 5), range(5, 9), range(12, 16)
"""Of the input, forget, cell and output gate (lstm_shared.h)."""
VARIANTS = (*range(9, 12), 16, 17, *range(20, 24))
"""Peephole weights, projection and layer normalization, which TFLM does not support."""
GATES_AS_PREPARED = (1, 0, 2, 3)
GATE_SCALE = 2.0**-12
INT8_OR_INT16 = (DType.INT8, DType.INT16)
GATE_OPS_PER_STATE = 9
"""3 products and a sum of gates, 3 sigmoids and 2 tanh."""

Tensors = dict[int, Tensor]


def prepare_reference(node: Node) -> None:
    tensors, output = _validated(node)
    _require_shapes(node, tensors, output)
    _prepare_gates(node, tensors)
    _request_scratch(node, tensors, buffers=4)


def prepare_cmsis_nn(node: Node) -> None:
    tensors, output = _validated(node)
    for positions, role in (
        (INPUT_WEIGHTS, "weights"), (RECURRENT_WEIGHTS, "recurrent weights"), (BIASES, "bias"),
    ):  # fmt: skip
        for position in positions:
            is_constant(node, tensors[position], role)
    _require_shapes(node, tensors, output)
    _prepare_gates(node, tensors)
    source = tensors[INPUT].dtype
    if source in INT8_OR_INT16 and tensors[CELL_STATE].dtype is DType.INT16:
        size = 4 if source is DType.INT8 else 8
        for which in ("input", "recurrent"):
            for gate in ("input", "forget", "cell", "output"):
                node.allocate_persistent_buffer(
                    size * _states(node, tensors), f"sums of the {gate} gate's {which} weights"
                )
        _request_scratch(node, tensors, buffers=3)
    else:
        _request_scratch(node, tensors, buffers=4)


def _validated(node: Node) -> tuple[Tensors, Tensor]:
    """LstmTensors and its ValidateTensorStatus."""
    arity(node, INPUTS, 1)
    found = {position: node.temp_optional_input(position) for position in range(INPUTS)}
    output = node.temp_optional_output(OUTPUT)
    tensors = {position: tensor for position, tensor in found.items() if tensor is not None}

    def required(position: int, role: str) -> Tensor:
        node.ensure(position in tensors, f"its {role} (input {position}) is missing")
        return tensors[position]

    source = required(INPUT, "input")
    for position, role in ((HIDDEN_STATE, "hidden state"), (CELL_STATE, "cell state")):
        state = required(position, role)
        node.ensure(state.is_variable, f"its {role} is no variable tensor", tensor=state)
        if position == HIDDEN_STATE:
            types(node, state, (source.dtype,), role)
    node.ensure(output is not None, "its output is missing")
    assert output is not None
    types(node, output, (source.dtype,), "output")
    for positions, like, role in (
        ((*INPUT_WEIGHTS, *RECURRENT_WEIGHTS), FORGET_WEIGHTS, "weights"),
        (tuple(BIASES), FORGET_BIAS, "bias"),
    ):
        dtype = required(like, role).dtype
        for position in positions:
            types(node, required(position, role), (dtype,), role)
    for position in VARIANTS:
        node.ensure(
            position not in tensors,
            f"it has peepholes, a projection or layer normalization (input {position})",
            tensor=tensors.get(position), fix="use a plain LSTM, as Keras builds it",
        )  # fmt: skip
    return tensors, output


def _batches(node: Node, tensors: Tensors) -> int:
    return node.dim(tensors[INPUT], 1 if node.option("time_major") else 0)


def _states(node: Node, tensors: Tensors) -> int:
    return node.dim(tensors[HIDDEN_STATE], 1)


def _require_shapes(node: Node, tensors: Tensors, output: Tensor) -> None:
    """CreateLstmSizeInfo and ValidateTensorSize."""
    source = tensors[INPUT]
    inputs, states, batches = node.dim(source, 2), _states(node, tensors), _batches(node, tensors)
    for positions, shape, role in (
        (INPUT_WEIGHTS, (states, inputs), "weights"),
        (RECURRENT_WEIGHTS, (states, states), "recurrent weights"),
        (BIASES, (states,), "bias"),
    ):
        for position in positions:
            tensor = tensors[position]
            node.ensure(
                tensor.shape == shape,
                f"its {role} (input {position}) are {list(tensor.shape)}, not {list(shape)}",
                tensor=tensor,
            )
    for position, role in ((HIDDEN_STATE, "hidden state"), (CELL_STATE, "cell state")):
        tensor = tensors[position]
        node.ensure(
            tensor.elements == batches * states,
            f"its {role} has {tensor.elements} elements for {batches} x {states}",
            tensor=tensor,
        )
    rank(node, output, 3, "output")
    node.ensure(
        output.shape == (*source.shape[:2], states),
        f"its output is {list(output.shape)}, not {[*source.shape[:2], states]}",
        tensor=output,
    )


def _prepare_gates(node: Node, tensors: Tensors) -> None:
    """PrepareGateParametersInteger; the float one requires nothing."""
    types(node, tensors[CELL_STATE], (DType.FLOAT32, DType.INT16), "cell state")
    if tensors[CELL_STATE].dtype is DType.FLOAT32:
        return
    gate = Tensor(-1, "gate", (), DType.INT16, Quantization((GATE_SCALE,), (0,)))
    for index in GATES_AS_PREPARED:
        weights, recurrent = tensors[INPUT_WEIGHTS[index]], tensors[RECURRENT_WEIGHTS[index]]
        calculate_op_data(node, tensors[INPUT], weights, None, gate, activation=0)
        convolution_multiplier(node, tensors[INPUT], weights, gate)
        calculate_op_data(node, tensors[HIDDEN_STATE], recurrent, None, gate, activation=0)
    divides_by_scale(node, tensors[CELL_STATE], tensors[HIDDEN_STATE])


def _request_scratch(node: Node, tensors: Tensors, buffers: int) -> None:
    size = tensors[CELL_STATE].dtype.size_bytes or 0
    for number in range(buffers):
        node.request_scratch_buffer(
            size * _batches(node, tensors) * _states(node, tensors), f"gate buffer {number}"
        )


def invoke(node: Node) -> None:
    source, weights = node.input(INPUT), node.input(INPUT_WEIGHTS[0])
    assert source is not None and weights is not None  # Prepare checks
    types(node, source, (DType.FLOAT32, *INT8_OR_INT16), "input")
    if source.dtype in INT8_OR_INT16:
        types(node, weights, (DType.INT8,), "weights")


def lstm_work(node: Node) -> Work:
    """Per step and batch: four gates over input and hidden state, then their combination."""
    source, hidden = node.input(INPUT), node.input(HIDDEN_STATE)
    if source is None or hidden is None or source.rank != 3 or hidden.rank != 2:
        return work(node, LayerKind.RECURRENT)
    steps, states = source.shape[0] * source.shape[1], hidden.shape[1]
    return work(
        node, LayerKind.RECURRENT,
        macs=steps * 4 * states * (source.shape[2] + states),
        other_ops=steps * states * GATE_OPS_PER_STATE,
    )  # fmt: skip


OPERATORS = (
    OperatorModel(
        name="UNIDIRECTIONAL_SEQUENCE_LSTM",
        resolver="AddUnidirectionalSequenceLSTM",
        source="kernels/unidirectional_sequence_lstm.cc",
        parse=params("TfLiteUnidirectionalSequenceLSTMParams"),
        reference=Kernel(init=op_data("OpDataLSTM"), prepare=prepare_reference, invoke=invoke),
        cmsis_nn=Kernel(
            init=op_data("cmsis_nn/unidirectional_sequence_lstm.cc:OpData"),
            prepare=prepare_cmsis_nn,
            invoke=invoke,
        ),
        work=lstm_work,
    ),
)
