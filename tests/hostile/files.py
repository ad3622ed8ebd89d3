"""Hostile files by name; each is sound enough to get far."""

from __future__ import annotations

import struct
from collections.abc import Callable

from estimator.graph import DType
from tests.oracle.builder import ModelSpec, OpSpec, SubgraphSpec, TensorSpec
from tests.oracle.generator import random_model

INT8, INT32, BOOL = DType.INT8, DType.INT32, DType.BOOL
LARGEST = 0x7FFFFFFF
ESCAPE = "\x1b]0;owned\x07\x1b[31m"
INJECTIONS = (
    ESCAPE, "</script><script>alert(1)</script>", '"><img src=x onerror=alert(1)>',
    "\n::error file=a.py,line=1::owned", "\r::warning::owned", "%0A::error::owned",
    "=HYPERLINK(\"http://x\")", "|a|b|\n|---|", "]]><x/>", "\x00\x01\x0b", "[bold red]owned[/]",
    "\u202egnp.exe", "`rm -rf`", "&lt;&amp;", "{{7*7}}", "\ud7ff\ufffe",
)  # fmt: skip
"""Names that would do something to a terminal, a browser, GitHub, a spreadsheet or XML."""


def _relu(tensors: list[TensorSpec], **fields: object) -> SubgraphSpec:
    return SubgraphSpec(tensors, [OpSpec("RELU", [0], [1])], [0], [1])


def _plain(shape: tuple[int, ...] = (1, 4), **fields: object) -> TensorSpec:
    return TensorSpec(shape, INT8, (0.5,), (0,), **fields)  # type: ignore[arg-type]


def _caller(*callees: int, name: str = "IF") -> SubgraphSpec:
    """A subgraph that calls one or two others."""
    condition = TensorSpec((1,), BOOL)
    keys = {"IF": ("then_subgraph_index", "else_subgraph_index"),
            "WHILE": ("cond_subgraph_index", "body_subgraph_index"),
            "CALL_ONCE": ("init_subgraph_index",)}[name]  # fmt: skip
    options = dict(zip(keys, callees))
    inputs, outputs = ([], []) if name == "CALL_ONCE" else ([0], [1])
    op = OpSpec(name, inputs, outputs, options)
    return SubgraphSpec([condition, TensorSpec((1,), BOOL)], [op], [0], [1])


def while_calls_itself() -> ModelSpec:
    return ModelSpec([_caller(0, 0, name="WHILE")])


def two_call_each_other() -> ModelSpec:
    return ModelSpec([_caller(1, 1), _caller(0, 0)])


def nested_deeply() -> ModelSpec:
    depth = 3000
    return ModelSpec([*(_caller(n + 1, n + 1) for n in range(depth)), _relu([_plain(), _plain()])])


def once_nested_deeply() -> ModelSpec:
    callers = [_caller(n + 1, name="CALL_ONCE") for n in range(3000)]
    return ModelSpec([*callers, _relu([_plain(), _plain()])])


def unrolls_exponentially() -> ModelSpec:
    callers = [
        SubgraphSpec(
            [TensorSpec((1,), BOOL), TensorSpec((1,), BOOL)],
            [OpSpec("IF", [0], [1], {f"{b}_subgraph_index": n + 1 for b in ("then", "else")})] * 4,
            [0], [1],
        )
        for n in range(60)
    ]  # fmt: skip
    return ModelSpec([*callers, SubgraphSpec([TensorSpec((1,), BOOL)] * 2, [], [0], [1])])


def thousands_of_subgraphs() -> ModelSpec:
    return ModelSpec([_relu([_plain(), _plain()]) for _ in range(5000)])


def many_operators_on_one_tensor() -> ModelSpec:
    ops = [OpSpec("RELU", [0], [1]) for _ in range(10_000)]
    return ModelSpec([SubgraphSpec([_plain(), _plain()], ops, [0], [1])])


def sizes_overflow() -> ModelSpec:
    huge = _plain((LARGEST,) * 8)
    return ModelSpec([_relu([huge, huge])])


def rank_in_the_thousands() -> ModelSpec:
    huge = _plain((LARGEST,) * 3000)
    return ModelSpec([_relu([huge, huge])])


def negative_shapes() -> ModelSpec:
    return ModelSpec([_relu([_plain((-LARGEST - 1, -5)), _plain((-1, 0))])])


def huge_images() -> ModelSpec:
    """Each tensor fits TFLM's int; loops over their rows would not end."""
    tall = (1, LARGEST, 1, 1)
    options = {"padding": 0, "stride_h": 1, "stride_w": 1, "filter_height": LARGEST,
               "filter_width": LARGEST, "fused_activation_function": 0}  # fmt: skip
    ops = [OpSpec(name, [0], [1], options) for name in ("AVERAGE_POOL_2D", "MAX_POOL_2D")] * 50
    return ModelSpec([SubgraphSpec([_plain(tall), _plain(tall)], ops, [0], [1])])


def huge_windows() -> ModelSpec:
    tall = (1, LARGEST, 1, 1)
    options = {"padding": 0, "stride_h": 1, "stride_w": 1, "dilation_w_factor": LARGEST,
               "dilation_h_factor": LARGEST, "fused_activation_function": 0,
               "depth_multiplier": 1}  # fmt: skip
    convolution = {k: v for k, v in options.items() if k != "depth_multiplier"}
    weights = TensorSpec(tall, INT8, (0.5,), (0,), 3, data=bytes(16))
    bias = TensorSpec((1,), INT32, (0.25,), (0,), data=bytes(4))
    ops = [OpSpec("DEPTHWISE_CONV_2D", [0, 2, 3], [1], options),
           OpSpec("CONV_2D", [0, 2, 3], [1], convolution)] * 20  # fmt: skip
    tensors = [_plain(tall), _plain(tall), weights, bias]
    return ModelSpec([SubgraphSpec(tensors, ops, [0], [1])])


def zero_strides() -> ModelSpec:
    options = {"padding": 0, "stride_h": 0, "stride_w": 0, "filter_height": 0, "filter_width": 0,
               "fused_activation_function": 0}  # fmt: skip
    image = (1, 4, 4, 1)
    ops = [OpSpec(name, [0], [1], options) for name in ("AVERAGE_POOL_2D", "MAX_POOL_2D")]
    return ModelSpec([SubgraphSpec([_plain(image), _plain(image)], ops, [0], [1])])


def endless_counts() -> ModelSpec:
    """Operators that say how many outputs or axes they have."""
    ops = [
        OpSpec("UNPACK", [0], [1], {"num": LARGEST, "axis": 0}),
        OpSpec("SPLIT", [0, 0], [1], {"num_splits": LARGEST}),
        OpSpec("SPLIT_V", [0, 0, 0], [1], {"num_splits": LARGEST}),
        OpSpec("PACK", [0], [1], {"values_count": LARGEST, "axis": 0}),
        OpSpec("SVDF", [0, 0, 0, 0, 0], [1], {"rank": -LARGEST}),
        OpSpec("CONCATENATION", [0], [1], {"axis": -LARGEST}),
        OpSpec("GATHER", [0, 0], [1], {"axis": LARGEST, "batch_dims": LARGEST}),
        OpSpec("CUMSUM", [0, 0], [1], {}),
    ]
    return ModelSpec([SubgraphSpec([_plain(), _plain()], ops, [0], [1])])


def _scaled(*scales: float) -> ModelSpec:
    names = ("RELU", "LOGISTIC", "TANH", "SOFTMAX", "ADD", "MUL", "LEAKY_RELU", "QUANTIZE", "ELU")
    tensors, ops = [], []
    for scale in scales:
        for name in names:
            first = len(tensors)
            tensors += [TensorSpec((1, 4), INT8, (scale,), (-(2**63),)) for _ in range(3)]
            inputs = [first, first + 1] if name in ("ADD", "MUL") else [first]
            ops.append(OpSpec(name, inputs, [first + 2]))
    return ModelSpec([SubgraphSpec(tensors, ops, [0], [len(tensors) - 1])])


def strange_scales() -> ModelSpec:
    return _scaled(float("nan"), float("inf"), float("-inf"), -0.5, 0.0, -0.0, 1e-45, 3.4e38)


def injected_names() -> ModelSpec:
    tensors = [_plain(name=f"tensor {text}") for text in INJECTIONS for _ in range(2)]
    ops = [
        OpSpec(f"op {text}", [2 * index], [2 * index + 1], is_custom=True)
        for index, text in enumerate(INJECTIONS)
    ]
    spec = ModelSpec([SubgraphSpec(tensors, ops, [0], [1])])
    spec.metadata = {f"meta {text}": b"x" for text in INJECTIONS}
    return spec


def injected_names_accepted() -> ModelSpec:
    tensors = [_plain(name=text) for text in INJECTIONS]
    ops = [OpSpec("RELU", [index], [index + 1]) for index in range(len(tensors) - 1)]
    return ModelSpec([SubgraphSpec(tensors, ops, [0], [len(tensors) - 1])])


def _patched(find: bytes, put: bytes) -> Callable[[], bytes]:
    def build() -> bytes:
        data = ModelSpec([_relu([_plain(name="first name"), _plain()])]).to_bytes()
        assert data.count(find) == 1
        return data.replace(find, put)

    return build


def _words_replaced(value: int) -> Callable[[], bytes]:
    """Every eleventh word of a model says the same."""

    def build() -> bytes:
        data = bytearray(random_model(3).data)
        for at in range(8, len(data) - 4, 44):
            struct.pack_into("<I", data, at, value)
        return bytes(data)

    return build


_SPECS: tuple[Callable[[], ModelSpec], ...] = (
    while_calls_itself, two_call_each_other, nested_deeply, once_nested_deeply,
    unrolls_exponentially, thousands_of_subgraphs, many_operators_on_one_tensor, sizes_overflow,
    rank_in_the_thousands, negative_shapes, huge_images, huge_windows, zero_strides,
    endless_counts, strange_scales, injected_names, injected_names_accepted,
)  # fmt: skip
FILES: dict[str, Callable[[], bytes]] = {
    **{make.__name__: (lambda make=make: make().to_bytes()) for make in _SPECS},  # type: ignore[misc]
    "name_is_no_utf8": _patched(b"first name", b"\xff\xfe\x80st name"),
    "name_never_ends": _patched(b"\x0a\0\0\0first name", b"\xff\xff\xff\xfffirst name"),
    "words_are_minus_one": _words_replaced(0xFFFFFFFF),
    "words_are_zero": _words_replaced(0),
    "words_point_back": _words_replaced(0x80000000),
}
