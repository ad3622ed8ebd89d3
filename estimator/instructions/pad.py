"""Loop bodies of PAD and PADV2: kernels/pad.cc, cmsis_nn/pad.cc.

(tflite-micro 90b983c2, reference/pad.h; CMSIS-NN 4ab83cc3, Source/PadFunctions/arm_pad_s8.c.)
"""

from __future__ import annotations

from estimator.graph import DType
from estimator.instructions._memory import memory
from estimator.loops import Counts, OperatorLoops, merge, named
from estimator.opmodel import Node


def reference(node: Node) -> Counts | None:
    """One output element after the other, inside the input or not."""
    source, output = node.input(0), node.output(0)
    if source is None or output is None:
        return None
    last = output.shape[-1] if output.rank else 1
    return named(
        f"Pad {output.dtype.name}",
        call=1,
        row=output.elements // max(last, 1),
        copied=source.elements,
        padded=output.elements - source.elements,
    )


def cmsis_nn(node: Node) -> Counts | None:
    """arm_pad_s8: rows by memcpy, what is around them by memset; other types as the reference."""
    source, output, paddings = node.input(0), node.output(0), node.input(1)
    if source is None or output is None or paddings is None:
        return None
    if output.dtype is not DType.INT8 or source.rank > 4 or node.mve:
        return reference(node)
    if not paddings.is_constant:
        return None
    lead = 4 - source.rank
    before, after = zip(*([(0, 0)] * lead), *_pairs(paddings.values()))
    sizes, outer = (1,) * lead + source.shape, (1,) * lead + output.shape
    row, plane = outer[2] * outer[3], outer[1] * outer[2] * outer[3]
    rows = sizes[0] * sizes[1]
    if sizes[3] == outer[3]:
        inner = memory("memcpy", rows, sizes[2] * sizes[3])
    else:
        cells = rows * sizes[2]
        inner = merge(
            named("arm_pad_s8", cell=cells), memory("memset", cells, before[3]),
            memory("memcpy", cells, sizes[3]), memory("memset", cells, after[3]),
        )  # fmt: skip
    return merge(
        named("arm_pad_s8", call=1, row=rows),
        memory("memset", 1, plane * before[0]), memory("memset", 1, plane * after[0]),
        memory("memset", sizes[0], row * before[1]), memory("memset", sizes[0], row * after[1]),
        memory("memset", rows, outer[3] * before[2]), memory("memset", rows, outer[3] * after[2]),
        inner,
    )  # fmt: skip


def _pairs(values: tuple[int, ...]) -> list[tuple[int, int]]:
    return list(zip(values[::2], values[1::2]))


LOOPS = (
    OperatorLoops("PAD", reference=reference, cmsis_nn=cmsis_nn),
    OperatorLoops("PADV2", reference=reference, cmsis_nn=cmsis_nn),
)
