"""Which inputs of an operator are weights and which are biases.

Input positions as in the kernels of tflite-micro 90b983c2 (kWeightsTensor, kBiasTensor and so on
in tensorflow/lite/micro/kernels/*.h).
"""

from __future__ import annotations

WEIGHTS: dict[str, tuple[int, ...]] = {
    "CONV_2D": (1,),
    "DEPTHWISE_CONV_2D": (1,),
    "CONV_3D": (1,),
    "TRANSPOSE_CONV": (1,),
    "FULLY_CONNECTED": (1,),
    "BATCH_MATMUL": (0, 1),
    "EMBEDDING_LOOKUP": (1,),
    "PRELU": (1,),
    "SVDF": (1, 2),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": (*range(1, 12), 16),
    "LSTM": (*range(1, 12), 16),
}
BIASES: dict[str, tuple[int, ...]] = {
    "CONV_2D": (2,),
    "DEPTHWISE_CONV_2D": (2,),
    "CONV_3D": (2,),
    "TRANSPOSE_CONV": (3,),
    "FULLY_CONNECTED": (2,),
    "SVDF": (3,),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": (12, 13, 14, 15, 17),
    "LSTM": (12, 13, 14, 15, 17),
}
