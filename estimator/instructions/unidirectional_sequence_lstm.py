"""Loop bodies of UNIDIRECTIONAL_SEQUENCE_LSTM: unidirectional_sequence_lstm.cc, lstm_eval.h.

(tflite-micro 90b983c2; CMSIS-NN 4ab83cc3, Source/LSTMFunctions.)
"""

from __future__ import annotations

from estimator.instructions._cmsis_nn import vec_mat_mult_t
from estimator.loops import Counts, OperatorLoops, merge, named
from estimator.opmodel import Node

_GATES = 4


def _shape(node: Node) -> tuple[str, int, int, int, int] | None:
    """(type, sequences, steps of all sequences, input size, hidden size)."""
    source, weights = node.input(0), node.input(2)
    if source is None or weights is None or source.rank != 3 or weights.rank != 2:
        return None
    hidden, inputs = weights.shape
    sequences = source.shape[1] if node.option("time_major") else source.shape[0]
    return source.dtype.name, sequences, source.shape[0] * source.shape[1], inputs, hidden


def reference(node: Node) -> Counts | None:
    found = _shape(node)
    if found is None:
        return None
    dtype, _, steps, inputs, hidden = found
    return named(
        f"Lstm {dtype}",
        step=steps,
        hidden=steps * hidden,
        mac=steps * _GATES * hidden * (inputs + hidden),
    )


def cmsis_nn(node: Node) -> Counts | None:
    """arm_nn_lstm_step_s8: the first step of a sequence has no hidden state to multiply with."""
    found = _shape(node)
    if found is None:
        return None
    dtype, sequences, steps, inputs, hidden = found
    if dtype == "FLOAT32":
        return reference(node)
    if node.mve or not node.dsp:
        return None
    function = f"arm_nn_vec_mat_mul_result_acc {dtype}"
    return merge(
        named(f"arm_nn_lstm_step {dtype}", step=steps, hidden=steps * hidden),
        vec_mat_mult_t(function, steps * _GATES, hidden, inputs),
        vec_mat_mult_t(function, (steps - sequences) * _GATES, hidden, hidden),
    )


LOOPS = (OperatorLoops("UNIDIRECTIONAL_SEQUENCE_LSTM", reference=reference, cmsis_nn=cmsis_nn),)
