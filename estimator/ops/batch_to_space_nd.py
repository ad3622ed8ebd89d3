"""BATCH_TO_SPACE_ND, after kernels/batch_to_space_nd.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.opmodel import Answer, Kernel, OperatorModel
from estimator.ops._batch_space import invoke, prepare
from estimator.ops._work import data_movement

OPERATORS = (
    OperatorModel(
        name="BATCH_TO_SPACE_ND",
        resolver="AddBatchToSpaceNd",
        source="kernels/batch_to_space_nd.cc",
        parse=Answer.NONE,
        reference=Kernel(
            init=Answer.NONE,
            prepare=prepare,
            invoke=invoke,
        ),
        cmsis_nn=Answer.FALLBACK,
        work=data_movement,
    ),
)
