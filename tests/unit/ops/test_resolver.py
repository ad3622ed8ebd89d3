"""Every operator that TFLM can register is modelled."""

from __future__ import annotations

import pytest

from estimator.opmodel import Answer, Kernel
from estimator.ops import operators

RESOLVER = {
    "AddAbs": "ABS",
    "AddAdd": "ADD",
    "AddAddN": "ADD_N",
    "AddArgMax": "ARG_MAX",
    "AddArgMin": "ARG_MIN",
    "AddAssignVariable": "ASSIGN_VARIABLE",
    "AddAveragePool2D": "AVERAGE_POOL_2D",
    "AddBatchMatMul": "BATCH_MATMUL",
    "AddBatchToSpaceNd": "BATCH_TO_SPACE_ND",
    "AddBroadcastArgs": "BROADCAST_ARGS",
    "AddBroadcastTo": "BROADCAST_TO",
    "AddCallOnce": "CALL_ONCE",
    "AddCast": "CAST",
    "AddCeil": "CEIL",
    "AddCircularBuffer": "CIRCULAR_BUFFER",
    "AddConcatenation": "CONCATENATION",
    "AddConv2D": "CONV_2D",
    "AddCos": "COS",
    "AddCumSum": "CUMSUM",
    "AddDecode": "TFLM_DECODE",
    "AddDelay": "SignalDelay",
    "AddDepthToSpace": "DEPTH_TO_SPACE",
    "AddDepthwiseConv2D": "DEPTHWISE_CONV_2D",
    "AddDequantize": "DEQUANTIZE",
    "AddDetectionPostprocess": "TFLite_Detection_PostProcess",
    "AddDiv": "DIV",
    "AddDynamicUpdateSlice": "DYNAMIC_UPDATE_SLICE",
    "AddElu": "ELU",
    "AddEmbeddingLookup": "EMBEDDING_LOOKUP",
    "AddEnergy": "SignalEnergy",
    "AddEqual": "EQUAL",
    "AddEthosU": "ethos-u",
    "AddExp": "EXP",
    "AddExpandDims": "EXPAND_DIMS",
    "AddFftAutoScale": "SignalFftAutoScale",
    "AddFill": "FILL",
    "AddFilterBank": "SignalFilterBank",
    "AddFilterBankLog": "SignalFilterBankLog",
    "AddFilterBankSpectralSubtraction": "SignalFilterBankSpectralSubtraction",
    "AddFilterBankSquareRoot": "SignalFilterBankSquareRoot",
    "AddFloor": "FLOOR",
    "AddFloorDiv": "FLOOR_DIV",
    "AddFloorMod": "FLOOR_MOD",
    "AddFramer": "SignalFramer",
    "AddFullyConnected": "FULLY_CONNECTED",
    "AddGather": "GATHER",
    "AddGatherNd": "GATHER_ND",
    "AddGreater": "GREATER",
    "AddGreaterEqual": "GREATER_EQUAL",
    "AddHardSwish": "HARD_SWISH",
    "AddIf": "IF",
    "AddIrfft": "SignalIrfft",
    "AddL2Normalization": "L2_NORMALIZATION",
    "AddL2Pool2D": "L2_POOL_2D",
    "AddLeakyRelu": "LEAKY_RELU",
    "AddLess": "LESS",
    "AddLessEqual": "LESS_EQUAL",
    "AddLog": "LOG",
    "AddLogSoftmax": "LOG_SOFTMAX",
    "AddLogicalAnd": "LOGICAL_AND",
    "AddLogicalNot": "LOGICAL_NOT",
    "AddLogicalOr": "LOGICAL_OR",
    "AddLogistic": "LOGISTIC",
    "AddMaxPool2D": "MAX_POOL_2D",
    "AddMaximum": "MAXIMUM",
    "AddMean": "MEAN",
    "AddMinimum": "MINIMUM",
    "AddMirrorPad": "MIRROR_PAD",
    "AddMul": "MUL",
    "AddNeg": "NEG",
    "AddNotEqual": "NOT_EQUAL",
    "AddOverlapAdd": "SignalOverlapAdd",
    "AddPCAN": "SignalPCAN",
    "AddPack": "PACK",
    "AddPad": "PAD",
    "AddPadV2": "PADV2",
    "AddPrelu": "PRELU",
    "AddQuantize": "QUANTIZE",
    "AddReadVariable": "READ_VARIABLE",
    "AddReduceAll": "REDUCE_ALL",
    "AddReduceMax": "REDUCE_MAX",
    "AddReduceMin": "REDUCE_MIN",
    "AddRelu": "RELU",
    "AddRelu6": "RELU6",
    "AddReshape": "RESHAPE",
    "AddResizeBilinear": "RESIZE_BILINEAR",
    "AddResizeNearestNeighbor": "RESIZE_NEAREST_NEIGHBOR",
    "AddReverseV2": "REVERSE_V2",
    "AddRfft": "SignalRfft",
    "AddRound": "ROUND",
    "AddRsqrt": "RSQRT",
    "AddSelectV2": "SELECT_V2",
    "AddShape": "SHAPE",
    "AddSin": "SIN",
    "AddSlice": "SLICE",
    "AddSoftmax": "SOFTMAX",
    "AddSpaceToBatchNd": "SPACE_TO_BATCH_ND",
    "AddSpaceToDepth": "SPACE_TO_DEPTH",
    "AddSplit": "SPLIT",
    "AddSplitV": "SPLIT_V",
    "AddSqrt": "SQRT",
    "AddSquare": "SQUARE",
    "AddSquaredDifference": "SQUARED_DIFFERENCE",
    "AddSqueeze": "SQUEEZE",
    "AddStacker": "SignalStacker",
    "AddStridedSlice": "STRIDED_SLICE",
    "AddSub": "SUB",
    "AddSum": "SUM",
    "AddSvdf": "SVDF",
    "AddTanh": "TANH",
    "AddTranspose": "TRANSPOSE",
    "AddTransposeConv": "TRANSPOSE_CONV",
    "AddUnidirectionalSequenceLSTM": "UNIDIRECTIONAL_SEQUENCE_LSTM",
    "AddUnpack": "UNPACK",
    "AddVarHandle": "VAR_HANDLE",
    "AddWhile": "WHILE",
    "AddWindow": "SignalWindow",
    "AddZerosLike": "ZEROS_LIKE",
}
"""Method of MicroMutableOpResolver -> what it registers: micro_mutable_op_resolver.h, tflite-micro
90b983c2. AddCustom(), for the application's own operators, is not among them; AddEthosU() takes its
name from kernels/ethos_u/ethosu.cc."""


def test_every_method_of_the_resolver_has_its_model() -> None:
    assert {model.resolver: model.name for model in operators().values()} == RESOLVER


@pytest.mark.parametrize("name", sorted(RESOLVER.values()))
def test_no_step_is_left_unmodelled(name: str) -> None:
    model = operators()[name]
    kernels = [model.reference]
    if isinstance(model.cmsis_nn, Kernel):
        kernels.append(model.cmsis_nn)
    else:
        assert model.cmsis_nn is Answer.FALLBACK
    steps = [model.parse, *(step for k in kernels for step in (k.init, k.prepare, k.invoke))]
    assert Answer.UNKNOWN not in steps
