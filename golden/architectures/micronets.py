"""MicroNets for keyword spotting and anomaly detection, and the DSCNN baselines of their paper.

Layer lists: Banbury et al., "MicroNets", arXiv 2010.11267v6, Table 5 (Appendix A). The form (fused
RELU6, 1x1 convolution as head, pooling with stride 1) is that of Arm ML-zoo's
keyword_spotting/micronet_medium file.
"""

from __future__ import annotations

from functools import partial

from tensorflow import keras

from golden.architectures.architecture import Architecture, PublishedOps
from golden.architectures.layers import (
    average_pool_all,
    convolution,
    convolution_head,
    depthwise_separable,
)

_PAPER = "MicroNets, arXiv 2010.11267v6"
_TABLE_4 = f"{_PAPER}, Table 4 (Appendix B)"
_HALF_ROW = (
    "the paper's count takes the height after stride 2 as 49/2 = 24.5; SAME padding makes it 25"
)

Blocks = tuple[tuple[int, int], ...]
"""(filters, stride) of each depthwise separable block."""


def _network(
    input_shape: tuple[int, int, int],
    kernel: tuple[int, int],
    first: int,
    blocks: Blocks,
    outputs: int,
) -> keras.Model:
    inputs = keras.Input(input_shape, name="input")
    x = convolution(inputs, first, kernel, relu=6.0)
    for filters, stride in blocks:
        x = depthwise_separable(x, filters, stride, relu=6.0)
    return keras.Model(inputs, convolution_head(average_pool_all(x, stride=1), outputs))


def _keyword_spotting(first: int, blocks: Blocks) -> keras.Model:
    return _network((49, 10, 1), (10, 4), first, blocks, 12)


def _anomaly_detection(first: int, blocks: Blocks) -> keras.Model:
    return _network((32, 32, 1), (3, 3), first, blocks, 4)


def _kws(size: str, seed: int, ops: int, first: int, blocks: Blocks) -> Architecture:
    return Architecture(
        f"micronet_kws_{size}_int8",
        f"{_PAPER}, Table 5, KWS-{size.upper()}",
        seed=seed,
        build=partial(_keyword_spotting, first, blocks),
        published=PublishedOps(ops, _TABLE_4, tolerance=0.02, explanation=_HALF_ROW),
    )


def _ad(size: str, seed: int, ops: int, first: int, blocks: Blocks) -> Architecture:
    return Architecture(
        f"micronet_ad_{size}_int8",
        f"{_PAPER}, Table 5, AD-{size.upper()} (4 outputs as there; ML-zoo's files have 8)",
        seed=seed,
        build=partial(_anomaly_detection, first, blocks),
        published=PublishedOps(ops, _TABLE_4, tolerance=0.001),
    )


def _baseline(size: str, seed: int, ops: int, filters: int, count: int) -> Architecture:
    """DSCNN with the strides that Table 4's op count implies, which are not those of Hello Edge."""
    return Architecture(
        f"micronets_dscnn_{size}_int8",
        f"{_PAPER}, baseline DSCNN-{size.upper()}; channels of Zhang et al. 2017, strides "
        "(1 in the first convolution, 2 in the first block) inferred from Table 4's op count",
        seed=seed,
        build=partial(_keyword_spotting, filters, ((filters, 2), *((filters, 1),) * (count - 1))),
        published=PublishedOps(ops, _TABLE_4, tolerance=0.02, explanation=_HALF_ROW),
    )


ARCHITECTURES = (
    _kws("s", 201, 16_400_000, 84, ((112, 2), (84, 1), (84, 1), (84, 1), (196, 1))),
    _kws("m", 202, 30_600_000, 140, ((140, 2), (140, 1), (140, 1), (112, 1), (196, 1))),
    _kws(
        "l",
        203,
        129_000_000,
        276,
        ((248, 2), (276, 1), (276, 1), (248, 1), (248, 1), (248, 1), (248, 1)),
    ),
    _ad("s", 211, 37_500_000, 72, ((164, 2), (220, 1), (276, 2), (276, 2))),
    _ad("m", 212, 124_700_000, 192, ((276, 2), (276, 1), (276, 1), (276, 2), (276, 2))),
    _ad("l", 213, 129_000_000, 276, ((248, 2), (276, 1), (276, 1), (248, 2), (248, 2))),
    _baseline("s", 221, 7_100_000, 64, 4),
    _baseline("m", 222, 37_300_000, 172, 4),
    _baseline("l", 223, 107_200_000, 276, 5),
)
