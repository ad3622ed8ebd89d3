"""Tables of the TFLite schema: what each field is, so that a walk can follow every offset.

Mirrors tensorflow/compiler/mlir/lite/schema/schema.fbs of tflite-micro 90b983c2, which is newer
than the ``tflite`` package (external buffers, blockwise and multi-axis quantization).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

SCALAR_BYTES = {"b": 1, "h": 2, "i": 4, "f": 4, "l": 8}
"""Size of a scalar by its code: byte or bool, short, int, float, long."""

_TABLES = {
    # name:type in the order of the vtable's slots. Types: a scalar's code, s a string, [x] a
    # vector of x, a table's name, a union's name (which takes two slots: its type and its value).
    "Model": (
        "version:i operator_codes:[OperatorCode] subgraphs:[SubGraph] description:s "
        "buffers:[Buffer] metadata_buffer:[i] metadata:[Metadata] signature_defs:[SignatureDef] "
        "external_buffer_groups:[ExternalBufferGroup] external_buffers:[ExternalBuffer]"
    ),
    "OperatorCode": "deprecated_builtin_code:b custom_code:s version:i builtin_code:i",
    "SubGraph": (
        "tensors:[Tensor] inputs:[i] outputs:[i] operators:[Operator] name:s debug_metadata_index:i"
    ),
    "Tensor": (
        "shape:[i] type:b buffer:i name:s quantization:QuantizationParameters is_variable:b "
        "sparsity:SparsityParameters shape_signature:[i] has_rank:b "
        "variant_tensors:[VariantSubType] external_buffer:i"
    ),
    "QuantizationParameters": (
        "min:[f] max:[f] scale:[f] zero_point:[l] details:QuantizationDetails quantized_dimension:i"
    ),
    "CustomQuantization": "custom:[b]",
    "BlockwiseQuantization": "scales:i zero_points:i block_size:i",
    "MultiAxisQuantization": "scales:i zero_points:i block_size:i quantized_dimensions:[i]",
    "SparsityParameters": "traversal_order:[i] block_map:[i] dim_metadata:[DimensionMetadata]",
    "DimensionMetadata": (
        "format:b dense_size:i array_segments:SparseIndexVector array_indices:SparseIndexVector"
    ),
    "Int32Vector": "values:[i]",
    "Uint16Vector": "values:[h]",
    "Uint8Vector": "values:[b]",
    "VariantSubType": "shape:[i] type:b has_rank:b",
    "Operator": (
        "opcode_index:i inputs:[i] outputs:[i] builtin_options:BuiltinOptions "
        "custom_options:[b] custom_options_format:b mutating_variable_inputs:[b] "
        "intermediates:[i] large_custom_options_offset:l large_custom_options_size:l "
        "builtin_options_2:BuiltinOptions2 debug_metadata_index:i"
    ),
    "Buffer": "data:[b] offset:l size:l",
    "Metadata": "name:s buffer:i",
    "SignatureDef": (
        "inputs:[TensorMap] outputs:[TensorMap] signature_key:s deprecated_tag:s subgraph_index:i"
    ),
    "TensorMap": "name:s tensor_index:i",
    "ExternalBufferGroup": "name:s",
    "ExternalBuffer": "id:i group:i offset:l length:l packing:s",
    "StablehloGatherOptions": (
        "offset_dims:[l] collapsed_slice_dims:[l] start_index_map:[l] index_vector_dim:l "
        "slice_sizes:[l] indices_are_sorted:b"
    ),
    "StablehloTransposeOptions": "permutation:[l]",
    "StablehloDotGeneralOptions": (
        "lhs_batching_dimensions:[l] rhs_batching_dimensions:[l] lhs_contracting_dimensions:[l] "
        "rhs_contracting_dimensions:[l] precision_config:[i]"
    ),
    "StablehloReduceWindowOptions": (
        "window_dimensions:[l] window_strides:[l] base_dilations:[l] window_dilations:[l] "
        "padding:[l] body_subgraph_index:i"
    ),
    "StablehloWhileOptions": "cond_subgraph_index:i body_subgraph_index:i",
    "StablehloSortOptions": "dimension:l is_stable:b comparator_subgraph_index:i",
    "StablehloConcatenateOptions": "dimension:l",
    "StablehloBroadcastInDimOptions": "broadcast_dimensions:[l]",
    "StablehloCompareOptions": "comparison_direction:i compare_type:i",
    "StablehloDynamicSliceOptions": "slice_sizes:[l]",
    "StablehloPadOptions": "edge_padding_low:[l] edge_padding_high:[l] interior_padding:[l]",
    "StablehloIotaOptions": "iota_dimension:l",
    "StablehloCustomCallOptions": (
        "call_target_name:s has_side_effect:b backend_config:s api_version:i "
        "called_computations:[i] custom_attributes:[b]"
    ),
    "StablehloReduceOptions": "dimensions:[l] body_subgraph_index:i",
    "StablehloSliceOptions": "start_indices:[l] limit_indices:[l] strides:[l]",
    "StablehloConvolutionOptions": (
        "window_strides:[l] padding:[l] lhs_dilation:[l] rhs_dilation:[l] window_reversal:[b] "
        "input_batch_dimension:l input_feature_dimension:l input_spatial_dimensions:[l] "
        "kernel_input_feature_dimension:l kernel_output_feature_dimension:l "
        "kernel_spatial_dimensions:[l] output_batch_dimension:l output_feature_dimension:l "
        "output_spatial_dimensions:[l] feature_group_count:l batch_group_count:l "
        "precision_config:[i]"
    ),
    "StablehloScatterOptions": (
        "indices_are_sorted:b update_window_dims:[l] inserted_window_dims:[l] "
        "scatter_dims_to_operand_dims:[l] index_vector_dim:l unique_indices:b "
        "update_computation_subgraph_index:i"
    ),
    "StablehloCaseOptions": "branch_subgraph_indices:[i]",
    "StablehloRngBitGeneratorOptions": "algorithm:b",
    "Conv2DOptions": (
        "padding:b stride_w:i stride_h:i fused_activation_function:b dilation_w_factor:i "
        "dilation_h_factor:i quantized_bias_type:b"
    ),
    "Conv3DOptions": (
        "padding:b stride_d:i stride_w:i stride_h:i fused_activation_function:b "
        "dilation_d_factor:i dilation_w_factor:i dilation_h_factor:i"
    ),
    "Pool2DOptions": (
        "padding:b stride_w:i stride_h:i filter_width:i filter_height:i fused_activation_function:b"
    ),
    "DepthwiseConv2DOptions": (
        "padding:b stride_w:i stride_h:i depth_multiplier:i fused_activation_function:b "
        "dilation_w_factor:i dilation_h_factor:i"
    ),
    "ConcatEmbeddingsOptions": (
        "num_channels:i num_columns_per_channel:[i] embedding_dim_per_channel:[i]"
    ),
    "LSHProjectionOptions": "type:b",
    "SVDFOptions": "rank:i fused_activation_function:b asymmetric_quantize_inputs:b",
    "RNNOptions": "fused_activation_function:b asymmetric_quantize_inputs:b",
    "SequenceRNNOptions": "time_major:b fused_activation_function:b asymmetric_quantize_inputs:b",
    "BidirectionalSequenceRNNOptions": (
        "time_major:b fused_activation_function:b merge_outputs:b asymmetric_quantize_inputs:b"
    ),
    "FullyConnectedOptions": (
        "fused_activation_function:b weights_format:b keep_num_dims:b "
        "asymmetric_quantize_inputs:b quantized_bias_type:b"
    ),
    "SoftmaxOptions": "beta:f",
    "ConcatenationOptions": "axis:i fused_activation_function:b",
    "AddOptions": "fused_activation_function:b pot_scale_int16:b",
    "MulOptions": "fused_activation_function:b",
    "L2NormOptions": "fused_activation_function:b",
    "LocalResponseNormalizationOptions": "radius:i bias:f alpha:f beta:f",
    "LSTMOptions": (
        "fused_activation_function:b cell_clip:f proj_clip:f kernel_type:b "
        "asymmetric_quantize_inputs:b"
    ),
    "UnidirectionalSequenceLSTMOptions": (
        "fused_activation_function:b cell_clip:f proj_clip:f time_major:b "
        "asymmetric_quantize_inputs:b diagonal_recurrent_tensors:b"
    ),
    "BidirectionalSequenceLSTMOptions": (
        "fused_activation_function:b cell_clip:f proj_clip:f merge_outputs:b time_major:b "
        "asymmetric_quantize_inputs:b"
    ),
    "ResizeBilinearOptions": "new_height:i new_width:i align_corners:b half_pixel_centers:b",
    "ResizeNearestNeighborOptions": "align_corners:b half_pixel_centers:b",
    "CallOptions": "subgraph:i",
    "ReshapeOptions": "new_shape:[i]",
    "SkipGramOptions": "ngram_size:i max_skip_size:i include_all_ngrams:b",
    "SpaceToDepthOptions": "block_size:i",
    "DepthToSpaceOptions": "block_size:i",
    "SubOptions": "fused_activation_function:b pot_scale_int16:b",
    "DivOptions": "fused_activation_function:b",
    "EmbeddingLookupSparseOptions": "combiner:b",
    "GatherOptions": "axis:i batch_dims:i",
    "ReducerOptions": "keep_dims:b",
    "SqueezeOptions": "squeeze_dims:[i]",
    "SplitOptions": "num_splits:i",
    "SplitVOptions": "num_splits:i",
    "StridedSliceOptions": (
        "begin_mask:i end_mask:i ellipsis_mask:i new_axis_mask:i shrink_axis_mask:i offset:b"
    ),
    "CastOptions": "in_data_type:b out_data_type:b",
    "ArgMaxOptions": "output_type:b",
    "ArgMinOptions": "output_type:b",
    "TransposeConvOptions": (
        "padding:b stride_w:i stride_h:i fused_activation_function:b quantized_bias_type:b"
    ),
    "SparseToDenseOptions": "validate_indices:b",
    "ShapeOptions": "out_type:b",
    "FakeQuantOptions": "min:f max:f num_bits:i narrow_range:b",
    "PackOptions": "values_count:i axis:i",
    "OneHotOptions": "axis:i",
    "UnpackOptions": "num:i axis:i",
    "LeakyReluOptions": "alpha:f",
    "MirrorPadOptions": "mode:b",
    "UniqueOptions": "idx_out_type:b",
    "ReverseSequenceOptions": "seq_dim:i batch_dim:i",
    "IfOptions": "then_subgraph_index:i else_subgraph_index:i",
    "CallOnceOptions": "init_subgraph_index:i",
    "WhileOptions": "cond_subgraph_index:i body_subgraph_index:i",
    "BatchMatMulOptions": "adj_x:b adj_y:b asymmetric_quantize_inputs:b",
    "CumsumOptions": "exclusive:b reverse:b",
    "HashtableOptions": "table_id:i key_dtype:b value_dtype:b",
    "VarHandleOptions": "container:s shared_name:s",
    "RandomOptions": "seed:l seed2:l",
    "BucketizeOptions": "boundaries:[f]",
    "GeluOptions": "approximate:b",
    "ReduceWindowOptions": "reduce_function:i",
    "StableHLOCompositeOptions": (
        "name:s decomposition_subgraph_index:i composite_attributes:[b] "
        "composite_attributes_format:b version:i"
    ),
}
"""Tables that have fields; the schema's other tables (options of some operators) have none."""

_UNIONS = {
    # Members by type code, from 1 (0 is none); those of operator options without "Options".
    "QuantizationDetails": ("CustomQuantization BlockwiseQuantization MultiAxisQuantization"),
    "SparseIndexVector": ("Int32Vector Uint16Vector Uint8Vector"),
    "BuiltinOptions": (
        "Conv2D DepthwiseConv2D ConcatEmbeddings LSHProjection Pool2D SVDF RNN FullyConnected "
        "Softmax Concatenation Add L2Norm LocalResponseNormalization LSTM ResizeBilinear Call "
        "Reshape SkipGram SpaceToDepth EmbeddingLookupSparse Mul Pad Gather BatchToSpaceND "
        "SpaceToBatchND Transpose Reducer Sub Div Squeeze SequenceRNN StridedSlice Exp TopKV2 "
        "Split LogSoftmax Cast Dequantize MaximumMinimum ArgMax Less Neg PadV2 Greater "
        "GreaterEqual LessEqual Select Slice TransposeConv SparseToDense Tile ExpandDims Equal "
        "NotEqual Shape Pow ArgMin FakeQuant Pack LogicalOr OneHot LogicalAnd LogicalNot Unpack "
        "FloorDiv Square ZerosLike Fill BidirectionalSequenceLSTM BidirectionalSequenceRNN "
        "UnidirectionalSequenceLSTM FloorMod Range ResizeNearestNeighbor LeakyRelu "
        "SquaredDifference MirrorPad Abs SplitV Unique ReverseV2 AddN GatherNd Cos Where Rank "
        "ReverseSequence MatrixDiag Quantize MatrixSetDiag HardSwish If While DepthToSpace "
        "NonMaxSuppressionV4 NonMaxSuppressionV5 ScatterNd SelectV2 Densify SegmentSum "
        "BatchMatMul Cumsum CallOnce BroadcastTo Rfft2d Conv3D Hashtable HashtableFind "
        "HashtableImport HashtableSize VarHandle ReadVariable AssignVariable Random Bucketize "
        "Gelu DynamicUpdateSlice UnsortedSegmentProd UnsortedSegmentMax UnsortedSegmentMin "
        "UnsortedSegmentSum ATan2 Sign Bitcast BitwiseXor RightShift"
    ),
    "BuiltinOptions2": (
        "StablehloConcatenate StablehloBroadcastInDim StablehloSlice StablehloConvolution "
        "StablehloCustomCall StablehloReduce StablehloScatter StablehloCompare "
        "StablehloDynamicSlice StablehloPad StablehloIota StablehloDotGeneral "
        "StablehloReduceWindow StablehloSort StablehloWhile StablehloGather StablehloTranspose "
        "Dilate StablehloRngBitGenerator ReduceWindow StableHLOComposite StablehloShiftLeft "
        "StablehloCase"
    ),
}

_OPERATOR_NAMES = (
    "ADD AVERAGE_POOL_2D CONCATENATION CONV_2D DEPTHWISE_CONV_2D DEPTH_TO_SPACE DEQUANTIZE "
    "EMBEDDING_LOOKUP FLOOR FULLY_CONNECTED HASHTABLE_LOOKUP L2_NORMALIZATION L2_POOL_2D "
    "LOCAL_RESPONSE_NORMALIZATION LOGISTIC LSH_PROJECTION LSTM MAX_POOL_2D MUL RELU "
    "RELU_N1_TO_1 RELU6 RESHAPE RESIZE_BILINEAR RNN SOFTMAX SPACE_TO_DEPTH SVDF TANH "
    "CONCAT_EMBEDDINGS SKIP_GRAM CALL CUSTOM EMBEDDING_LOOKUP_SPARSE PAD "
    "UNIDIRECTIONAL_SEQUENCE_RNN GATHER BATCH_TO_SPACE_ND SPACE_TO_BATCH_ND TRANSPOSE MEAN "
    "SUB DIV SQUEEZE UNIDIRECTIONAL_SEQUENCE_LSTM STRIDED_SLICE BIDIRECTIONAL_SEQUENCE_RNN "
    "EXP TOPK_V2 SPLIT LOG_SOFTMAX DELEGATE BIDIRECTIONAL_SEQUENCE_LSTM CAST PRELU MAXIMUM "
    "ARG_MAX MINIMUM LESS NEG PADV2 GREATER GREATER_EQUAL LESS_EQUAL SELECT SLICE SIN "
    "TRANSPOSE_CONV SPARSE_TO_DENSE TILE EXPAND_DIMS EQUAL NOT_EQUAL LOG SUM SQRT RSQRT SHAPE "
    "POW ARG_MIN FAKE_QUANT REDUCE_PROD REDUCE_MAX PACK LOGICAL_OR ONE_HOT LOGICAL_AND "
    "LOGICAL_NOT UNPACK REDUCE_MIN FLOOR_DIV REDUCE_ANY SQUARE ZEROS_LIKE FILL FLOOR_MOD "
    "RANGE RESIZE_NEAREST_NEIGHBOR LEAKY_RELU SQUARED_DIFFERENCE MIRROR_PAD ABS SPLIT_V "
    "UNIQUE CEIL REVERSE_V2 ADD_N GATHER_ND COS WHERE RANK ELU REVERSE_SEQUENCE MATRIX_DIAG "
    "QUANTIZE MATRIX_SET_DIAG ROUND HARD_SWISH IF WHILE NON_MAX_SUPPRESSION_V4 "
    "NON_MAX_SUPPRESSION_V5 SCATTER_ND SELECT_V2 DENSIFY SEGMENT_SUM BATCH_MATMUL "
    "PLACEHOLDER_FOR_GREATER_OP_CODES CUMSUM CALL_ONCE BROADCAST_TO RFFT2D CONV_3D IMAG REAL "
    "COMPLEX_ABS HASHTABLE HASHTABLE_FIND HASHTABLE_IMPORT HASHTABLE_SIZE REDUCE_ALL "
    "CONV_3D_TRANSPOSE VAR_HANDLE READ_VARIABLE ASSIGN_VARIABLE BROADCAST_ARGS "
    "RANDOM_STANDARD_NORMAL BUCKETIZE RANDOM_UNIFORM MULTINOMIAL GELU DYNAMIC_UPDATE_SLICE "
    "RELU_0_TO_1 UNSORTED_SEGMENT_PROD UNSORTED_SEGMENT_MAX UNSORTED_SEGMENT_SUM ATAN2 "
    "UNSORTED_SEGMENT_MIN SIGN BITCAST BITWISE_XOR RIGHT_SHIFT STABLEHLO_LOGISTIC "
    "STABLEHLO_ADD STABLEHLO_DIVIDE STABLEHLO_MULTIPLY STABLEHLO_MAXIMUM STABLEHLO_RESHAPE "
    "STABLEHLO_CLAMP STABLEHLO_CONCATENATE STABLEHLO_BROADCAST_IN_DIM STABLEHLO_CONVOLUTION "
    "STABLEHLO_SLICE STABLEHLO_CUSTOM_CALL STABLEHLO_REDUCE STABLEHLO_ABS STABLEHLO_AND "
    "STABLEHLO_COSINE STABLEHLO_EXPONENTIAL STABLEHLO_FLOOR STABLEHLO_LOG STABLEHLO_MINIMUM "
    "STABLEHLO_NEGATE STABLEHLO_OR STABLEHLO_POWER STABLEHLO_REMAINDER STABLEHLO_RSQRT "
    "STABLEHLO_SELECT STABLEHLO_SUBTRACT STABLEHLO_TANH STABLEHLO_SCATTER STABLEHLO_COMPARE "
    "STABLEHLO_CONVERT STABLEHLO_DYNAMIC_SLICE STABLEHLO_DYNAMIC_UPDATE_SLICE STABLEHLO_PAD "
    "STABLEHLO_IOTA STABLEHLO_DOT_GENERAL STABLEHLO_REDUCE_WINDOW STABLEHLO_SORT "
    "STABLEHLO_WHILE STABLEHLO_GATHER STABLEHLO_TRANSPOSE DILATE STABLEHLO_RNG_BIT_GENERATOR "
    "REDUCE_WINDOW STABLEHLO_COMPOSITE STABLEHLO_SHIFT_LEFT STABLEHLO_CBRT STABLEHLO_CASE"
)
OPERATOR_NAMES = tuple(_OPERATOR_NAMES.split())
"""BuiltinOperator, by its code."""
CUSTOM = 32
"""BuiltinOperator.CUSTOM."""


def custom_operator_name(code: str) -> str:
    """What a custom operator is called here: its code as C reads it, up to a zero.

    TFLM finds custom operators by their code alone, so that one whose code is a builtin operator's
    name is another operator; it is called by a name that no builtin one has.
    """
    code = code.split("\0")[0]
    return f"custom {code}" if code in OPERATOR_NAMES else code


_DEFAULTS = {
    "OperatorCode.version": 1,
    "Operator.debug_metadata_index": -1,
    "SubGraph.debug_metadata_index": -1,
    "Conv2DOptions.dilation_w_factor": 1,
    "Conv2DOptions.dilation_h_factor": 1,
    "Conv3DOptions.dilation_d_factor": 1,
    "Conv3DOptions.dilation_w_factor": 1,
    "Conv3DOptions.dilation_h_factor": 1,
    "DepthwiseConv2DOptions.dilation_w_factor": 1,
    "DepthwiseConv2DOptions.dilation_h_factor": 1,
    "AddOptions.pot_scale_int16": 1,
    "SubOptions.pot_scale_int16": 1,
    "BidirectionalSequenceLSTMOptions.time_major": 1,
    "UniqueOptions.idx_out_type": 2,
}
"""Scalar fields that are not 0 where a file leaves them out."""

_INDICES = {
    "Tensor.buffer": "buffers", "Metadata.buffer": "buffers", "Model.metadata_buffer": "buffers",
    "Operator.opcode_index": "operator_codes", "SignatureDef.subgraph_index": "subgraphs",
    "SubGraph.inputs": "tensors", "SubGraph.outputs": "tensors", "Operator.inputs": "tensors?",
    "Operator.outputs": "tensors?", "Operator.intermediates": "tensors?",
    "TensorMap.tensor_index": "tensors",
}  # fmt: skip
"""Fields that are positions in another vector; ``?`` where -1 stands for none."""


@dataclass(frozen=True, slots=True)
class Field:
    """One slot of a table.

    Attributes:
        name: the schema's name; a union's type code has the union's name and ``_type``.
        bytes: size inside the table.
        kind: "scalar", "string", "vector" (of scalars), "table", "tables" (a vector) or "union".
        item: code of a scalar or of a vector's scalars, name of a table or union.
        index_of: the vector that the field points into ("buffers", "tensors?", ...), or "".
        default: value of a scalar that the file leaves out.
    """

    name: str
    bytes: int
    kind: str
    item: str = ""
    index_of: str = ""
    default: int = 0


@cache
def table(name: str) -> tuple[Field, ...]:
    """The slots of a table in vtable order; () for a table without fields or one not known."""
    fields: list[Field] = []
    for entry in _TABLES.get(name, "").split():
        field, _, kind = entry.partition(":")
        if kind in _UNIONS:
            fields.append(Field(f"{field}_type", 1, "scalar", "b"))
        full_name = f"{name}.{field}"
        fields.append(_field(field, kind, _INDICES.get(full_name, ""), _DEFAULTS.get(full_name, 0)))
    return tuple(fields)


def _field(name: str, kind: str, index_of: str, default: int) -> Field:
    if kind in SCALAR_BYTES:
        return Field(name, SCALAR_BYTES[kind], "scalar", kind, index_of, default)
    if kind == "s":
        return Field(name, 4, "string")
    if kind in _UNIONS:
        return Field(name, 4, "union", kind)
    if kind.startswith("["):
        item = kind[1:-1]
        return Field(name, 4, "vector" if item in SCALAR_BYTES else "tables", item, index_of)
    return Field(name, 4, "table", kind)


@cache
def union_member(union: str, code: int) -> str:
    """Name of the table that a union holds; "" for a type code that the schema does not have."""
    members = _UNIONS[union].split()
    if not 0 < code <= len(members):
        return ""
    return members[code - 1] + ("Options" if union.startswith("BuiltinOptions") else "")
