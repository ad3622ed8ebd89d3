"""Loop bodies of FULLY_CONNECTED: kernels/fully_connected.cc, cmsis_nn/fully_connected.cc.

(tflite-micro 90b983c2; CMSIS-NN 4ab83cc3, Source/FullyConnectedFunctions.)
"""

from __future__ import annotations

from estimator.graph import DType, Tensor
from estimator.instructions._cmsis_nn import mat_mult_nt_t_s8, vec_mat_mult_t
from estimator.loops import Counts, OperatorLoops, merge, named
from estimator.opmodel import Node


def _shape(node: Node) -> tuple[Tensor, Tensor, Tensor, int] | None:
    """(input, filter, output, batches)."""
    source, filter_, output = node.input(0), node.input(1), node.output(0)
    if source is None or filter_ is None or output is None or filter_.rank != 2:
        return None
    return source, filter_, output, output.elements // max(filter_.shape[0], 1)


def reference(node: Node) -> Counts | None:
    """reference_ops::FullyConnected: one product after the other."""
    found = _shape(node)
    if found is None:
        return None
    source, filter_, output, _ = found
    form = _form(filter_) if source.dtype is not DType.FLOAT32 else ""
    return named(
        f"FullyConnected {source.dtype.name} {filter_.dtype.name}{form}",
        call=1,
        output=output.elements,
        mac=output.elements * filter_.shape[1],
    )


def _form(filter_: Tensor) -> str:
    scales = filter_.quantization.scales if filter_.quantization is not None else ()
    return " per channel" if len(scales) > 1 else ""


def cmsis_nn(node: Node) -> Counts | None:
    found = _shape(node)
    if found is None:
        return None
    source, filter_, output, batches = found
    if source.dtype is DType.FLOAT32:
        return reference(node)
    if node.mve or not node.dsp:
        return None
    rows, columns = filter_.shape
    form = _form(filter_)
    call = named(f"cmsis_nn/fully_connected.cc {source.dtype.name} {filter_.dtype.name}", call=1)
    if (source.dtype, filter_.dtype) != (DType.INT8, DType.INT8):
        function = f"arm_nn_vec_mat_mult_t {source.dtype.name} {filter_.dtype.name}"
        return merge(call, vec_mat_mult_t(function, batches, rows, columns))
    if output.rank > 2 and columns % 4 == 0:
        copied = 0 if form else rows
        return merge(
            call,
            named("cmsis_nn/fully_connected.cc", multiplier_copied=copied),
            mat_mult_nt_t_s8(1, batches, rows, columns),
        )
    function = "arm_nn_vec_mat_mult_t_per_ch_s8" if form else "arm_nn_vec_mat_mult_t_s8"
    offset = " with filter offset" if filter_.zero_point else ""
    return merge(call, vec_mat_mult_t(function + offset, batches, rows, columns))


LOOPS = (OperatorLoops("FULLY_CONNECTED", reference=reference, cmsis_nn=cmsis_nn),)
