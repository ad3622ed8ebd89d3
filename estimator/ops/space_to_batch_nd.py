"""SPACE_TO_BATCH_ND, after kernels/space_to_batch_nd.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.opmodel import Answer, Kernel, OperatorModel, op_data
from estimator.ops._batch_space import invoke, prepare
from estimator.ops._work import data_movement

OPERATORS = (
    OperatorModel(
        name="SPACE_TO_BATCH_ND",
        resolver="AddSpaceToBatchNd",
        source="kernels/space_to_batch_nd.cc",
        parse=Answer.NONE,
        reference=Kernel(
            init=op_data("SpaceToBatchParams"),
            prepare=prepare,
            invoke=invoke,
        ),
        cmsis_nn=Answer.FALLBACK,
        work=data_movement,
    ),
)
