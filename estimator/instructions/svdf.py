"""Loop bodies of SVDF: kernels/svdf_common.cc, cmsis_nn/svdf.cc (tflite-micro 90b983c2).

(CMSIS-NN 4ab83cc3: Source/SVDFunctions/arm_svdf_s8.c, arm_svdf_state_s16_s8.c.)
"""

from __future__ import annotations

from functools import partial

from estimator.loops import Counts, OperatorLoops, named
from estimator.opmodel import Node


def _svdf(node: Node, library: str) -> Counts | None:
    source, feature, time, output = (
        node.input(0), node.input(1), node.input(2), node.output(0),
    )  # fmt: skip
    if source is None or feature is None or time is None or output is None:
        return None
    if feature.rank != 2 or time.rank != 2 or source.rank != 2:
        return None
    batches, filters, memory_size = source.shape[0], feature.shape[0], time.shape[1]
    return named(
        f"{library}Svdf {source.dtype.name} state {time.dtype.name}",
        call=1,
        filter=batches * filters,
        feature_mac=batches * filters * feature.shape[1],
        time_mac=batches * filters * memory_size,
        output=output.elements,
    )


LOOPS = (
    OperatorLoops(
        "SVDF", reference=partial(_svdf, library=""), cmsis_nn=partial(_svdf, library="cmsis_nn ")
    ),
)
