"""How to use each operator of TFLM in a growing subgraph, with random shapes, types and options.

Most of what these write TFLM accepts, though not all: they need not know every requirement.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

from estimator.graph import DType
from tests.oracle.builder import TensorSpec
from tests.oracle.maker import (
    BOOL,
    FLOAT32,
    INT4,
    INT8,
    INT16,
    INT32,
    INT64,
    PLAIN_SCALE,
    UINT8,
    Maker,
)  # fmt: skip

Recipe = Callable[[Maker, str], None]
RECIPES: dict[str, Recipe] = {}
SAME, VALID = 0, 1


def recipe(*names: str) -> Callable[[Recipe], Recipe]:
    def register(function: Recipe) -> Recipe:
        RECIPES.update(dict.fromkeys(names, function))
        return function

    return register


_UNARY = {
    "ABS": (FLOAT32, INT8, INT16), "RSQRT": (FLOAT32, INT8), "SIN": (FLOAT32,),
    "COS": (FLOAT32,), "LOG": (FLOAT32,), "SQRT": (FLOAT32,), "SQUARE": (FLOAT32,),
    "LOGICAL_NOT": (BOOL,), "NEG": (FLOAT32,), "CEIL": (FLOAT32,), "FLOOR": (FLOAT32,),
    "ROUND": (FLOAT32,), "EXP": (FLOAT32,), "ELU": (FLOAT32, INT8),
    "RELU": (FLOAT32, INT8, INT16), "RELU6": (FLOAT32, INT8, INT16),
    "HARD_SWISH": (FLOAT32, INT8), "L2_NORMALIZATION": (FLOAT32, INT8),
    "ZEROS_LIKE": (FLOAT32, INT8, INT32, INT64),
}  # fmt: skip


@recipe(*_UNARY)
def unary(g: Maker, name: str) -> None:
    source = g.source(_UNARY[name])
    fields = {}
    if name == "L2_NORMALIZATION" and g[source].dtype is INT8:
        fields = {"scales": (PLAIN_SCALE,), "zero_points": (0,)}
    g.op(name, [source], [g.same(source, **fields)])


@recipe("LEAKY_RELU")
def leaky_relu(g: Maker, name: str) -> None:
    source = g.source((FLOAT32, INT8, INT16))
    g.op(name, [source], [g.same(source)], alpha=0.1)


@recipe("LOGISTIC", "TANH", "SOFTMAX", "LOG_SOFTMAX")
def sigmoid_like(g: Maker, name: str) -> None:
    """Their quantized outputs have a prescribed quantization."""
    types = (FLOAT32, INT8) if name == "LOG_SOFTMAX" else (FLOAT32, INT8, INT16)
    source = g.source(types)
    dtype = g[source].dtype
    scale, zero = {
        "LOGISTIC": (1 / 256, -128), "TANH": (1 / 128, 0), "SOFTMAX": (1 / 256, -128),
        "LOG_SOFTMAX": (16 / 256, 127),
    }[name]  # fmt: skip
    target = INT16 if name == "SOFTMAX" and dtype is INT8 and g.chance(0.2) else dtype
    if target is INT16:
        scale, zero = 1 / 32768, 0
    fields = {} if dtype is FLOAT32 else {"scales": (scale,), "zero_points": (zero,)}
    options = {"beta": g.rng.choice((0.5, 1.0))} if name == "SOFTMAX" else {}
    g.op(name, [source], [g.output(g[source].shape, target, **fields)], **options)


@recipe("PRELU")
def prelu(g: Maker, name: str) -> None:
    source = g.source((FLOAT32, INT8), rank=4)
    shape = (1, 1, g[source].shape[3]) if g.chance(0.7) else g[source].shape
    alpha = g.weights(g[source].dtype, shape, 0, 1)
    g.op(name, [source, alpha], [g.same(source)])


@recipe("QUANTIZE")
def quantize(g: Maker, name: str) -> None:
    source = g.source((FLOAT32, INT8, INT16, UINT8, INT32))
    targets = {
        FLOAT32: (INT8, UINT8, INT16), INT8: (INT8, INT32, UINT8), INT16: (INT8, INT16, INT32),
        UINT8: (INT8,), INT32: (INT8, INT16),
    }[g[source].dtype]  # fmt: skip
    target = g.rng.choice(targets)
    fields = {"scales": (0.25,), "zero_points": (0,)} if target is INT32 else {}
    g.op(name, [source], [g.output(g[source].shape, target, **fields)])


@recipe("DEQUANTIZE")
def dequantize(g: Maker, name: str) -> None:
    source = g.source((INT8, INT16, UINT8))
    g.op(name, [source], [g.output(g[source].shape, FLOAT32)])


@recipe("CAST")
def cast(g: Maker, name: str) -> None:
    types = (FLOAT32, INT8, INT16, INT32)
    source = g.source((*types, BOOL))
    target = BOOL if g.chance(0.05) else g.rng.choice(types)
    g.op(name, [source], [g.output(g[source].shape, target)])


@recipe("FILL")
def fill(g: Maker, name: str) -> None:
    shape = g.dims(g.rng.randint(1, 4))
    dtype = g.rng.choice((FLOAT32, INT8, INT32))
    value = g.source((dtype,), shape=())
    g.op(name, [g.vector(shape), value], [g.output(shape, dtype, like=value)])


# ---- two inputs ----------------------------------------------------------------------------

_BINARY = {
    "ADD": (FLOAT32, INT8, INT16, INT32), "SUB": (FLOAT32, INT8, INT16, INT32),
    "MUL": (FLOAT32, INT8, INT16, INT32), "DIV": (FLOAT32, INT8),
    "MAXIMUM": (FLOAT32, INT8, INT32, INT64), "MINIMUM": (FLOAT32, INT8, INT32),
    "SQUARED_DIFFERENCE": (FLOAT32, INT8, INT32), "FLOOR_DIV": (FLOAT32,),
    "FLOOR_MOD": (FLOAT32,),
}  # fmt: skip
_COMPARED = {
    **dict.fromkeys(("EQUAL", "NOT_EQUAL"), (FLOAT32, INT8, INT32, INT64, BOOL)),
    **dict.fromkeys(("GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL"),
                    (FLOAT32, INT8, INT32, INT64)),
    **dict.fromkeys(("LOGICAL_AND", "LOGICAL_OR"), (BOOL,)),
}  # fmt: skip


def broadcast(one: Sequence[int], two: Sequence[int]) -> tuple[int, ...]:
    rank = max(len(one), len(two))
    one, two = (1,) * (rank - len(one)) + tuple(one), (1,) * (rank - len(two)) + tuple(two)
    return tuple(b if a == 1 else a for a, b in zip(one, two))


def second(g: Maker, first: int, power_of_two: bool = False) -> int:
    """A second operand: the same shape (a residual, perhaps), broadcast, a scalar or constant."""
    spec = g[first]
    style = g.rng.choice(("same", "same", "ones", "shorter", "scalar", "constant"))
    fields = {"scales": spec.scales, "zero_points": spec.zero_points}
    if style == "constant" and spec.dtype is not BOOL:
        return g.constant(spec.dtype, shape=spec.shape, **fields)
    shape = {
        "ones": tuple(d if g.chance(0.5) else 1 for d in spec.shape),
        "shorter": spec.shape[1:], "scalar": (),
    }.get(style, spec.shape)  # fmt: skip
    wanted = fields if g.chance(0.5) or not spec.scales else {}
    return g.source((spec.dtype,), shape=shape, **wanted)


@recipe(*_BINARY)
def binary(g: Maker, name: str) -> None:
    one = g.source(_BINARY[name], fits=lambda spec: len(spec.shape) <= 4)
    two = second(g, one)
    if g.chance(0.3):
        one, two = two, one
    shape = broadcast(g[one].shape, g[two].shape)
    options = {}
    if name in ("ADD", "SUB", "MUL", "DIV"):
        options = {"fused_activation_function": g.rng.choice((0, 0, 1, 2, 3))}
        if name in ("ADD", "SUB"):
            options["pot_scale_int16"] = g.chance(0.1)
    keep = {"like": one} if g.chance(0.5) or name in ("MAXIMUM", "MINIMUM") else {}
    g.op(name, [one, two], [g.output(shape, g[one].dtype, **keep)], **options)


@recipe(*_COMPARED)
def compared(g: Maker, name: str) -> None:
    one = g.source(_COMPARED[name], fits=lambda spec: len(spec.shape) <= 4)
    two = second(g, one)
    g.op(name, [one, two], [g.output(broadcast(g[one].shape, g[two].shape), BOOL)])


@recipe("ADD_N")
def add_n(g: Maker, name: str) -> None:
    first = g.source((FLOAT32, INT8))
    spec = g[first]
    same = {"scales": spec.scales, "zero_points": spec.zero_points}
    others = [g.source((spec.dtype,), shape=spec.shape, **same) for _ in range(g.rng.randint(1, 4))]
    g.op(name, [first, *others], [g.same(first)])


@recipe("SELECT_V2")
def select(g: Maker, name: str) -> None:
    one = g.source((FLOAT32, INT8, INT16), fits=lambda spec: len(spec.shape) <= 4)
    two = g.source((g[one].dtype,), shape=g[one].shape)
    shape = g[one].shape if g.chance(0.7) else tuple(1 for _ in g[one].shape)
    g.op(name, [g.source((BOOL,), shape=shape), one, two], [g.same(one)])


# ---- layers with weights -------------------------------------------------------------------

_WEIGHTS = {FLOAT32: (FLOAT32,), INT8: (INT8, INT8, INT4), INT16: (INT8,)}
_BIAS = {FLOAT32: FLOAT32, INT8: INT32, INT16: INT64}


def window(size: int, filter_size: int, stride: int, dilation: int, padding: int) -> int:
    """Output size of a window in one dimension."""
    if padding == SAME:
        return -(-size // stride)
    return (size - (filter_size - 1) * dilation - 1) // stride + 1


def windowed(g: Maker, shape: Sequence[int], dilate: bool = True) -> dict[str, int]:
    """Random window parameters that fit the feature map."""
    padding = g.rng.choice((SAME, VALID))
    dilation = 2 if dilate and g.chance(0.15) else 1
    fit = [max(1, (size - 1) // dilation + 1) for size in shape[1:3]]
    kh, kw = (min(g.rng.choice((1, 1, 2, 3, 3, 5)), size) for size in fit)
    return {
        "padding": padding, "kh": kh, "kw": kw, "sh": g.rng.choice((1, 1, 2)),
        "sw": g.rng.choice((1, 1, 2)), "dilation": dilation,
    }  # fmt: skip


def bias(g: Maker, dtype: DType, channels: int, must: bool = False) -> list[int]:
    """No bias, -1 for it, or one."""
    style = g.rng.choice(("none", "omitted", *("there",) * (20 if must else 4)))
    if style == "there":
        kind = INT32 if dtype is INT16 and g.chance(0.2) else _BIAS[dtype]
        return [g.constant(kind, shape=(channels,))]
    return [-1] if style == "omitted" else []


def quantized_sources(g: Maker) -> int:
    """A feature map whose quantization suits kernels with weights."""
    return g.source(
        (FLOAT32, INT8, INT8, INT8, INT16), shape=g.feature_map, rank=4,
        fits=lambda spec: prod(spec.shape) < 20_000,
    )  # fmt: skip


@recipe("CONV_2D", "DEPTHWISE_CONV_2D")
def convolution(g: Maker, name: str) -> None:
    source = quantized_sources(g)
    n, h, w, c = g[source].shape
    dtype = g[source].dtype
    p = windowed(g, g[source].shape)
    depthwise = name == "DEPTHWISE_CONV_2D"
    multiplier = g.rng.choice((1, 1, 1, 2, 3))
    out = c * multiplier if depthwise else g.rng.choice((1, 2, 3, 4, 8, 17))
    groups = 2 if not depthwise and c % 2 == 0 and out % 2 == 0 and g.chance(0.1) else 1
    shape = (1, p["kh"], p["kw"], out) if depthwise else (out, p["kh"], p["kw"], c // groups)
    weights = g.weights(g.rng.choice(_WEIGHTS[dtype]), shape, 3 if depthwise else 0, out)
    oh = window(h, p["kh"], p["sh"], p["dilation"], p["padding"])
    ow = window(w, p["kw"], p["sw"], p["dilation"], p["padding"])
    options = {
        "padding": p["padding"], "stride_h": p["sh"], "stride_w": p["sw"],
        "dilation_h_factor": p["dilation"], "dilation_w_factor": p["dilation"],
        "fused_activation_function": g.rng.choice((0, 1, 3)),
    }  # fmt: skip
    if depthwise:
        options["depth_multiplier"] = multiplier
    inputs = [source, weights, *bias(g, dtype, out, must=depthwise)]
    g.op(name, inputs, [g.output((n, oh, ow, out), dtype)], **options)


@recipe("TRANSPOSE_CONV")
def transpose_conv(g: Maker, name: str) -> None:
    source = quantized_sources(g)
    n, h, w, c = g[source].shape
    dtype = g[source].dtype
    k, stride, out = g.rng.choice((1, 2, 3)), g.rng.choice((1, 2)), g.rng.choice((1, 2, 4))
    padding = g.rng.choice((SAME, VALID))
    grow = 0 if padding == SAME else max(k - stride, 0)
    shape = (n, h * stride + grow, w * stride + grow, out)
    weights = g.weights(FLOAT32 if dtype is FLOAT32 else INT8, (out, k, k, c), 0, out)
    extra = [t for t in bias(g, dtype, out) if t >= 0]
    g.op(
        name, [g.vector(shape), weights, source, *extra], [g.output(shape, dtype)],
        padding=padding, stride_h=stride, stride_w=stride,
        fused_activation_function=g.rng.choice((0, 0, 1)),
    )  # fmt: skip


@recipe("AVERAGE_POOL_2D", "MAX_POOL_2D", "L2_POOL_2D")
def pooling(g: Maker, name: str) -> None:
    types = (FLOAT32,) if name == "L2_POOL_2D" else (FLOAT32, INT8, INT16)
    source = g.source(types, shape=g.feature_map, rank=4)
    n, h, w, c = g[source].shape
    p = windowed(g, g[source].shape, dilate=False)
    shape = (
        n, window(h, p["kh"], p["sh"], 1, p["padding"]),
        window(w, p["kw"], p["sw"], 1, p["padding"]), c,
    )  # fmt: skip
    g.op(
        name, [source], [g.output(shape, g[source].dtype, like=source)], padding=p["padding"],
        stride_h=p["sh"], stride_w=p["sw"], filter_height=p["kh"], filter_width=p["kw"],
        fused_activation_function=g.rng.choice((0, 1, 3)),
    )  # fmt: skip


@recipe("FULLY_CONNECTED")
def fully_connected(g: Maker, name: str) -> None:
    source = g.source((FLOAT32, INT8, INT8, INT16), fits=lambda s: 0 < len(s.shape) <= 4)
    spec = g[source]
    depth, out = spec.shape[-1], g.rng.choice((1, 2, 4, 7, 10, 16))
    weights = g.weights(g.rng.choice(_WEIGHTS[spec.dtype]), (out, depth), 0, out)
    keep = g.chance(0.4)
    shape = (*spec.shape[:-1], out) if keep else (prod(spec.shape[:-1]), out)
    g.op(
        name, [source, weights, *bias(g, spec.dtype, out)], [g.output(shape, spec.dtype)],
        keep_num_dims=keep, fused_activation_function=g.rng.choice((0, 0, 1)),
    )  # fmt: skip


@recipe("BATCH_MATMUL")
def batch_matmul(g: Maker, name: str) -> None:
    rank = g.rng.choice((2, 3, 4))
    one = g.source((FLOAT32, INT8, INT16), rank=rank)
    *batch, rows, depth = g[one].shape
    out = g.rng.randint(1, 6)
    adj_x, adj_y = g.chance(0.3), g.chance(0.3)
    if adj_x:
        rows, depth = depth, rows
    shape = (*batch, out, depth) if adj_y else (*batch, depth, out)
    dtype = g[one].dtype
    two = g.weights(dtype, shape, 0, 1) if g.chance(0.4) else g.source((dtype,), shape=shape)
    target = INT32 if dtype is INT8 and g.chance(0.2) else dtype
    g.op(name, [one, two], [g.output((*batch, rows, out), target)], adj_x=adj_x, adj_y=adj_y)


@recipe("SVDF")
def svdf(g: Maker, name: str) -> None:
    source = g.source((FLOAT32, INT8), rank=2)
    batch, depth = g[source].shape
    rank, units, memory = g.rng.choice((1, 2)), g.rng.randint(1, 5), g.rng.randint(1, 5)
    filters = rank * units
    quantized = g[source].dtype is INT8
    feature = g.weights(INT8 if quantized else FLOAT32, (filters, depth), 0, 1)
    time_type = g.rng.choice((INT8, INT16)) if quantized else FLOAT32
    quantization = {"scales": (0.01,), "zero_points": (0,)} if quantized else {}
    time = g.constant(time_type, shape=(filters, memory), **quantization)
    scale = {"scales": (0.0001,), "zero_points": (0,)} if quantized else {}
    extra = g.constant(INT32 if quantized else FLOAT32, shape=(units,), **scale)
    if g.chance(0.02):
        extra = -1
    state = g.spec.add(
        TensorSpec((batch, memory * filters), time_type, is_variable=True, **quantization)
    )
    g.op(
        name, [source, feature, time, extra, state], [g.output((batch, units), g[source].dtype)],
        rank=rank, fused_activation_function=1 if quantized else 0,
    )  # fmt: skip


@recipe("UNIDIRECTIONAL_SEQUENCE_LSTM")
def lstm(g: Maker, name: str) -> None:
    source = g.source((FLOAT32, INT8, INT16), rank=3)
    one, two, depth = g[source].shape
    dtype = g[source].dtype
    state, major = g.rng.randint(1, 6), g.chance(0.3)
    batch = two if major else one
    kind = FLOAT32 if dtype is FLOAT32 else INT8
    inputs = [source]
    inputs += [g.weights(kind, (state, depth), 0, 1) for _ in range(4)]
    inputs += [g.weights(kind, (state, state), 0, 1) for _ in range(4)]
    inputs += [-1] * 3
    inputs += [g.constant(_BIAS[dtype], shape=(state,)) for _ in range(4)]
    inputs += [-1] * 2
    for types, scale in ((dtype, PLAIN_SCALE), (FLOAT32 if dtype is FLOAT32 else INT16, 1 / 2048)):
        quantization = {} if dtype is FLOAT32 else {"scales": (scale,), "zero_points": (0,)}
        inputs.append(
            g.spec.add(TensorSpec((batch, state), types, is_variable=True, **quantization))
        )
    inputs += [-1] * 4
    g.op(
        name, inputs, [g.output((one, two, state), dtype)], time_major=major,
        fused_activation_function=4, cell_clip=g.rng.choice((0.0, 10.0)),
    )  # fmt: skip
    if g.chance(0.5) and dtype is not FLOAT32:
        quantization = {"scales": (0.001,), "zero_points": (0,)}
        g.spec.ops[-1].intermediates = [
            g.spec.add(TensorSpec((0,), INT16, **quantization)) for _ in range(5)
        ]


@recipe("EMBEDDING_LOOKUP")
def embedding_lookup(g: Maker, name: str) -> None:
    ids = g.source((INT32,), rank=1)
    table = (g.rng.randint(1, 9), *g.dims(g.rng.randint(1, 2)))
    dtype = g.rng.choice((FLOAT32, INT8))
    weights = g.weights(dtype, table, 0, 1)
    target = dtype if g.chance(0.5) else FLOAT32
    out = g.output((*g[ids].shape, *table[1:]), target, like=weights)
    g.op(name, [ids, weights], [out])


# ---- reductions and indices ----------------------------------------------------------------

_REDUCERS = {
    "MEAN": (FLOAT32, INT8, INT16), "SUM": (FLOAT32, INT8, INT16), "REDUCE_MAX": (FLOAT32, INT8),
    "REDUCE_MIN": (FLOAT32, INT8), "REDUCE_ALL": (BOOL,),
}  # fmt: skip


@recipe(*_REDUCERS)
def reducer(g: Maker, name: str) -> None:
    source = g.source(_REDUCERS[name], fits=lambda spec: 1 <= len(spec.shape) <= 4)
    shape = g[source].shape
    axes = g.rng.sample(range(len(shape)), g.rng.randint(1, len(shape)))
    if len(shape) == 4 and g.chance(0.3):
        axes = [1, 2]
    keep = g.chance(0.5)
    out = tuple(1 if i in axes else d for i, d in enumerate(shape) if keep or i not in axes)
    given = [a - len(shape) if g.chance(0.2) else a for a in axes]
    like = {"like": source} if g.chance(0.5) or name.startswith("REDUCE") else {}
    g.op(name, [source, g.vector(given)], [g.output(out, g[source].dtype, **like)], keep_dims=keep)


@recipe("ARG_MAX", "ARG_MIN")
def arg(g: Maker, name: str) -> None:
    source = g.source((FLOAT32, INT8), fits=lambda spec: len(spec.shape) >= 1)
    axis = g.rng.randrange(len(g[source].shape))
    shape = tuple(d for i, d in enumerate(g[source].shape) if i != axis)
    g.op(name, [source, g.scalar(axis)], [g.output(shape, INT32)], output_type=INT32.value)


@recipe("CUMSUM")
def cumsum(g: Maker, name: str) -> None:
    source = g.source((FLOAT32, INT8), fits=lambda spec: len(spec.shape) >= 1)
    axis = g.scalar(g.rng.randrange(len(g[source].shape)))
    g.op(name, [source, axis], [g.same(source)], exclusive=g.chance(0.5), reverse=g.chance(0.5))


@recipe("GATHER")
def gather(g: Maker, name: str) -> None:
    source = g.source((FLOAT32, INT8), fits=lambda spec: 1 <= len(spec.shape) <= 3)
    shape = g[source].shape
    axis = g.rng.randrange(len(shape))
    count = g.dims(g.rng.randint(0, 1))
    indices = g.constant(INT32, [g.rng.randrange(shape[axis]) for _ in range(prod(count))], count)
    out = (*shape[:axis], *count, *shape[axis + 1 :])
    given = axis - len(shape) if g.chance(0.2) else axis
    g.op(name, [source, indices], [g.output(out, g[source].dtype, like=source)], axis=given)


@recipe("GATHER_ND")
def gather_nd(g: Maker, name: str) -> None:
    source = g.source((FLOAT32, INT8), fits=lambda spec: 1 <= len(spec.shape) <= 4)
    shape = g[source].shape
    depth, count = g.rng.randint(1, len(shape)), g.rng.randint(1, 4)
    indices = g.constant(INT32, [0] * (depth * count), (count, depth))
    out = (count, *shape[depth:])
    g.op(name, [source, indices], [g.output(out, g[source].dtype, like=source)])


@recipe("SHAPE")
def shape_of(g: Maker, name: str) -> None:
    source = g.source((FLOAT32, INT8, INT32))
    g.op(name, [source], [g.output((len(g[source].shape),), INT32)], out_type=INT32.value)


# ---- data movement -------------------------------------------------------------------------

_ANY = (FLOAT32, INT8, INT16, INT32)


@recipe("RESHAPE")
def reshape(g: Maker, name: str) -> None:
    source = g.source((*_ANY, BOOL, INT64))
    dims = list(g[source].shape)
    g.rng.shuffle(dims)
    if len(dims) > 1 and g.chance(0.5):
        dims = [dims[0] * dims[1], *dims[2:]]
    if g.chance(0.3):
        dims.insert(g.rng.randint(0, len(dims)), 1)
    out = g.output(dims, g[source].dtype, like=source)
    style = g.rng.choice(("tensor", "options", "both", "unknown"))
    if style == "unknown" and dims:
        given = list(dims)
        given[g.rng.randrange(len(given))] = -1
        g.op(name, [source, g.vector(given)], [out])
    elif style == "options":
        g.op(name, [source], [out], new_shape=dims)
    else:
        g.op(
            name,
            [source, g.vector(dims)],
            [out],
            **({"new_shape": dims} if style == "both" else {}),
        )


@recipe("SQUEEZE")
def squeeze(g: Maker, name: str) -> None:
    shape = tuple(1 if g.chance(0.5) else g.rng.randint(2, 5) for _ in range(g.rng.randint(1, 4)))
    source = g.source((FLOAT32, INT8), shape=shape)
    ones = [i for i, d in enumerate(shape) if d == 1]
    gone = ones if g.chance(0.5) else g.rng.sample(ones, g.rng.randint(0, len(ones)))
    out = [d for i, d in enumerate(shape) if i not in (gone or ones)]
    options = {"squeeze_dims": gone} if gone != ones or g.chance(0.5) else {}
    g.op(name, [source], [g.output(out, g[source].dtype, like=source)], **options)


@recipe("EXPAND_DIMS")
def expand_dims(g: Maker, name: str) -> None:
    source = g.source((FLOAT32, INT8))
    shape = list(g[source].shape)
    axis = g.rng.randint(0, len(shape))
    shape.insert(axis, 1)
    given = axis - len(shape) if g.chance(0.3) else axis
    g.op(name, [source, g.scalar(given)], [g.output(shape, g[source].dtype, like=source)])


@recipe("TRANSPOSE")
def transpose(g: Maker, name: str) -> None:
    source = g.source((FLOAT32, INT8, INT16), fits=lambda spec: 1 <= len(spec.shape) <= 5)
    shape = g[source].shape
    order = g.rng.sample(range(len(shape)), len(shape))
    out = g.output([shape[i] for i in order], g[source].dtype, like=source)
    g.op(name, [source, g.vector(order)], [out])


@recipe("CONCATENATION")
def concatenation(g: Maker, name: str) -> None:
    first = g.source((FLOAT32, INT8, INT16, INT32, INT64, BOOL),
                     fits=lambda spec: 1 <= len(spec.shape) <= 4)  # fmt: skip
    spec = g[first]
    axis = g.rng.randrange(len(spec.shape))
    inputs = [first]
    for _ in range(g.rng.randint(1, 5)):
        shape = list(spec.shape)
        if g.chance(0.5):
            shape[axis] = g.rng.randint(1, 5)
        inputs.append(
            g.source((spec.dtype,), shape=shape, scales=spec.scales, zero_points=spec.zero_points)
        )
    shape = list(spec.shape)
    shape[axis] = sum(g[index].shape[axis] for index in inputs)
    given = axis - len(shape) if g.chance(0.3) else axis
    g.op(name, inputs, [g.output(shape, spec.dtype, like=first)], axis=given)


@recipe("PACK")
def pack(g: Maker, name: str) -> None:
    first = g.source((FLOAT32, INT8, INT32, INT64), fits=lambda spec: len(spec.shape) <= 4)
    spec, count = g[first], g.rng.randint(1, 4)
    others = [g.source((spec.dtype,), shape=spec.shape) for _ in range(count - 1)]
    axis = g.rng.randint(0, len(spec.shape))
    shape = [*spec.shape[:axis], count, *spec.shape[axis:]]
    out = g.output(shape, spec.dtype, like=first)
    g.op(name, [first, *others], [out], axis=axis, values_count=count)


@recipe("UNPACK")
def unpack(g: Maker, name: str) -> None:
    source = g.source((FLOAT32, INT8, INT32), fits=lambda spec: 1 <= len(spec.shape) <= 4)
    shape = g[source].shape
    axis = g.rng.randrange(len(shape))
    out = [*shape[:axis], *shape[axis + 1 :]]
    outputs = [g.output(out, g[source].dtype, like=source) for _ in range(shape[axis])]
    g.op(name, [source], outputs, num=shape[axis], axis=axis)


@recipe("SPLIT", "SPLIT_V")
def split(g: Maker, name: str) -> None:
    count = g.rng.randint(1, 4)
    shape = list(g.dims(g.rng.randint(1, 4)))
    axis = g.rng.randrange(len(shape))
    sizes = [g.rng.randint(1, 3)] * count
    if name == "SPLIT_V":
        sizes = [g.rng.randint(1, 4) for _ in range(count)]
    shape[axis] = sum(sizes)
    source = g.source((FLOAT32, INT8, INT32), shape=shape)
    outputs = []
    for size in sizes:
        shape[axis] = size
        outputs.append(g.output(shape, g[source].dtype, like=source))
    axis_tensor = g.scalar(axis) if g.chance(0.5) else g.vector([axis])
    if name == "SPLIT":
        g.op(name, [axis_tensor, source], outputs, num_splits=count)
    else:
        g.op(name, [source, g.vector(sizes), axis_tensor], outputs, num_splits=count)


@recipe("SLICE")
def slice_(g: Maker, name: str) -> None:
    source = g.source((FLOAT32, INT8, INT16, INT32), fits=lambda s: 1 <= len(s.shape) <= 5)
    shape = g[source].shape
    begin = [g.rng.randrange(d) for d in shape]
    size = [g.rng.randint(1, d - b) for b, d in zip(begin, shape)]
    out = g.output(size, g[source].dtype, like=source)
    dtype = INT32 if g.chance(0.8) else INT64
    g.op(name, [source, g.vector(begin, dtype), g.vector(size, dtype)], [out])


@recipe("STRIDED_SLICE")
def strided_slice(g: Maker, name: str) -> None:
    source = g.source((FLOAT32, INT8, INT16, INT32), fits=lambda s: 1 <= len(s.shape) <= 5)
    shape = g[source].shape
    begin, end, strides, out, shrink = [], [], [], [], 0
    begin_mask, end_mask = (g.rng.choice((0, 0, g.rng.randrange(8))) for _ in range(2))
    for axis, size in enumerate(shape):
        low = g.rng.randrange(size)
        high = g.rng.randint(low + 1, size)
        stride = g.rng.choice((1, 1, 1, 2))
        begin.append(low)
        end.append(high if g.chance(0.8) or high == size else high - size)
        strides.append(stride)
        if g.chance(0.1):
            shrink |= 1 << axis
            strides[-1] = 1
        else:
            first = 0 if begin_mask >> axis & 1 else low
            last = size if end_mask >> axis & 1 else high
            out.append(-(-(last - first) // stride))
    inputs = [source, g.vector(begin), g.vector(end), g.vector(strides)]
    g.op(
        name, inputs, [g.output(out, g[source].dtype, like=source)], begin_mask=begin_mask,
        end_mask=end_mask, shrink_axis_mask=shrink,
    )  # fmt: skip


@recipe("PAD", "PADV2", "MIRROR_PAD")
def pad(g: Maker, name: str) -> None:
    types = (FLOAT32, INT8) if name == "MIRROR_PAD" else (FLOAT32, INT8, INT16, INT32)
    source = g.source(types, fits=lambda spec: 1 <= len(spec.shape) <= 4)
    spec = g[source]
    pads = [(g.rng.randint(0, min(2, d - 1)), g.rng.randint(0, min(2, d - 1))) for d in spec.shape]
    out = g.output([d + a + b for d, (a, b) in zip(spec.shape, pads)], spec.dtype, like=source)
    flat = [value for pair in pads for value in pair]
    paddings = g.constant(INT32, flat, (len(pads), 2))
    if name == "MIRROR_PAD":
        g.op(name, [source, paddings], [out], mode=g.rng.randint(0, 1))
        return
    value = []
    if name == "PADV2":
        quantization = {"scales": spec.scales, "zero_points": spec.zero_points}
        value = [g.constant(spec.dtype, [0], (1,), **quantization)]
    g.op(name, [source, paddings, *value], [out])


@recipe("BROADCAST_TO")
def broadcast_to(g: Maker, name: str) -> None:
    source = g.source((FLOAT32, INT8, INT32), fits=lambda spec: len(spec.shape) <= 4)
    shape = [g.rng.randint(1, 4) if d == 1 else d for d in g[source].shape]
    shape = [*g.dims(g.rng.randint(0, 5 - len(shape)), 3), *shape]
    g.op(name, [source, g.vector(shape)], [g.output(shape, g[source].dtype, like=source)])


@recipe("BROADCAST_ARGS")
def broadcast_args(g: Maker, name: str) -> None:
    one = g.dims(g.rng.randint(1, 4), 4)
    two = [d if g.chance(0.5) else 1 for d in one[g.rng.randint(0, len(one) - 1) :]]
    dtype = g.rng.choice((INT32, INT64))
    out = g.output((len(one),), dtype)
    g.op(name, [g.vector(one, dtype), g.vector(two, dtype)], [out])


@recipe("REVERSE_V2")
def reverse(g: Maker, name: str) -> None:
    source = g.source((FLOAT32, INT8, INT16, INT32), fits=lambda spec: 1 <= len(spec.shape) <= 8)
    axis = g.rng.randrange(len(g[source].shape))
    g.op(name, [source, g.vector([axis])], [g.same(source)])


@recipe("SPACE_TO_DEPTH", "DEPTH_TO_SPACE")
def depth_space(g: Maker, name: str) -> None:
    n, h, w, c = (1, *g.dims(3, 4))
    block = g.rng.choice((1, 2, 3))
    wide, deep = (n, h * block, w * block, c), (n, h, w, c * block * block)
    shape, out = (wide, deep) if name == "SPACE_TO_DEPTH" else (deep, wide)
    source = g.source((FLOAT32, INT8), shape=shape)
    g.op(name, [source], [g.output(out, g[source].dtype, like=source)], block_size=block)


@recipe("SPACE_TO_BATCH_ND", "BATCH_TO_SPACE_ND")
def batch_space(g: Maker, name: str) -> None:
    n, h, w, c = g.dims(4, 4)
    bh, bw = g.rng.randint(1, 3), g.rng.randint(1, 3)
    wide, many = (n, h * bh, w * bw, c), (n * bh * bw, h, w, c)
    shape, out = (wide, many) if name == "SPACE_TO_BATCH_ND" else (many, wide)
    source = g.source((FLOAT32, INT8), shape=shape)
    zeros = g.constant(INT32, [0, 0, 0, 0], (2, 2))
    out_tensor = g.output(out, g[source].dtype, like=source)
    g.op(name, [source, g.vector([bh, bw]), zeros], [out_tensor])


@recipe("RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR")
def resize(g: Maker, name: str) -> None:
    types = (FLOAT32, INT8) if name == "RESIZE_BILINEAR" else (FLOAT32, INT8, INT16)
    source = g.source(types, shape=g.feature_map, rank=4)
    n, _, _, c = g[source].shape
    h, w = g.dims(2, 12)
    half = g.chance(0.3)
    out = g.output((n, h, w, c), g[source].dtype, like=source)
    g.op(
        name, [source, g.vector([h, w])], [out], align_corners=not half and g.chance(0.3),
        half_pixel_centers=half,
    )  # fmt: skip


@recipe("DYNAMIC_UPDATE_SLICE")
def dynamic_update_slice(g: Maker, name: str) -> None:
    source = g.source((FLOAT32, INT8, INT32), fits=lambda spec: 1 <= len(spec.shape) <= 4)
    spec = g[source]
    update = g.source((spec.dtype,), shape=[g.rng.randint(1, d) for d in spec.shape])
    start = g.vector([0] * len(spec.shape), g.rng.choice((INT32, INT64)))
    g.op(name, [source, update, start], [g.same(source)])
