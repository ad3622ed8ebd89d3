"""Random models must get from mculint the bytes and answers that TFLM itself gives.

The TFLM is that of the tflite-micro wheel: 64 bits, reference kernels, compression compiled in,
recording allocator. ``--long`` runs ten times as many.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
from collections import Counter

import pytest

from estimator.analysis.arena import ArenaOptions
from estimator.ops import operators
from estimator.ops._variables import variables_after_prepare
from estimator.reading import read
from tests.oracle.comparison import Foretold, Verdict, compare, foretell
from tests.oracle.conftest import SUMMARY
from tests.oracle.generator import RandomModel, random_model
from tests.oracle.wheel import ARENA_BYTES, WHEEL, Question, ask

BLOCK = 100
BLOCKS = 24
LONG_BLOCKS = 240
MAXIMUM_SHARE = {
    Verdict.NO_PREDICTION: 0.12,  # faults that only assertions catch, and branches not taken
    Verdict.NOT_ASKED: 0.03,
    Verdict.VALUES: 0.12,
    Verdict.NEWER: 0.05,
}
"""Of a block's models; the others must be the same."""
ARENA_EVERY = 5
"""Of every so many models the smallest arena is tried."""
PLANNING = ("planning", "the plan", "subgraph offsets", "input and output", "TfLite")
MAXIMUM_BY_LUCK = 2
"""Of a block. TFLM checks what a Prepare keeps against the head only, not against temporaries. What
is overwritten then may happen not to matter; mculint says that the model needs 16 bytes more."""
VALUES_MATTER = {
    "compute_constant", "make_variable",  # it may be a divisor, a size or an index
    "dynamic",  # some kernels follow the null pointer of an input without elements; not all known
}  # fmt: skip
"""Faults after which Invoke may crash without having been foretold to."""
NEVER_ACCEPTED = {"ethos-u"}  # only a TFLM built for an Ethos-U NPU has it

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("tflite_micro") is None, reason="needs the tflite-micro wheel"
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "block" in metafunc.fixturenames:
        count = BLOCKS + (LONG_BLOCKS if metafunc.config.getoption("--long") else 0)
        ids = [f"seeds from {block * BLOCK}" for block in range(count)]
        metafunc.parametrize("block", range(count), ids=ids)


def test_wheel_is_the_one_compared_with() -> None:
    assert importlib.metadata.version("tflite-micro") == WHEEL


def test_bytes_and_answers(block: int, record_property: pytest.RecordProperty) -> None:
    models = [random_model(seed) for seed in range(block * BLOCK, (block + 1) * BLOCK)]
    foretold = [foretell(model.data) for model in models]
    answers = ask(Question(model.data, _arena_bytes(f), invoke=True)
                  for model, f in zip(models, foretold))  # fmt: skip
    verdicts: Counter[Verdict] = Counter()
    different = []
    for model, expected, answer in zip(models, foretold, answers):
        verdict, words = compare(expected, answer, bool(VALUES_MATTER & {*model.faults}))
        verdicts[verdict] += 1
        if verdict is Verdict.DIFFERENT:
            different.append(f"{_label(model)}: {words}\n    {answer.log[:300]}")
    tried, wrong = _smallest_arenas(models[::ARENA_EVERY], foretold[::ARENA_EVERY])
    record_property(SUMMARY, json.dumps(_summary(models, foretold, verdicts, tried)))
    assert not different + wrong, "\n".join(different + wrong)
    for verdict, share in MAXIMUM_SHARE.items():
        assert verdicts[verdict] <= share * BLOCK, f"too often: {verdict.value}"


def test_every_operator_is_accepted_and_refused() -> None:
    """Among the short run's models; that TFLM answers the same, the blocks show."""
    accepted, refused = set(), set()
    names = set(operators())
    for seed in range(BLOCKS * BLOCK):
        model = random_model(seed)
        expected = foretell(model.data)
        stops = expected.stops + expected.invoke_stops
        refused |= {stop.operator_name for stop in stops}
        if not stops:
            accepted |= _operators(model)
        if accepted >= names - NEVER_ACCEPTED and refused >= names:
            break
    assert accepted & names == names - NEVER_ACCEPTED
    assert refused & names == names


def _arena_bytes(foretold: Foretold) -> int:
    needed = foretold.arena.minimum_bytes if foretold.arena else 0
    return max(ARENA_BYTES, needed + 65536)


def _label(model: RandomModel) -> str:
    return f"seed {model.seed} ({model.focus}; {', '.join((*model.faults, *model.oddities))})"


def _operators(model: RandomModel) -> set[str]:
    return {op.name for subgraph in model.spec.subgraphs for op in subgraph.ops}


def _summary(
    models: list[RandomModel], foretold: list[Foretold], verdicts: Counter[Verdict], tried: int
) -> dict[str, dict[str, int]]:
    accepted: Counter[str] = Counter()
    for model, expected in zip(models, foretold):
        if not expected.stops and not expected.invoke_stops:
            accepted.update(_operators(model))
    return {
        "models": {verdict.value: count for verdict, count in verdicts.items()},
        "smallest arenas tried": {"models": tried},
        "operators in accepted models": accepted,
        "first operators refused": Counter(
            (e.stops + e.invoke_stops)[0].operator_name or "the model"
            for e in foretold
            if e.stops or e.invoke_stops
        ),
        "shapes": Counter(shape for model in models for shape in model.shapes),
        "faults and oddities": Counter(n for m in models for n in (*m.faults, *m.oddities)),
    }


# ---- the smallest arena ----------------------------------------------------------------------


def _smallest_arenas(models: list[RandomModel], foretold: list[Foretold]) -> tuple[int, list[str]]:
    """Each must work in the smallest arena foretold and not in 16 bytes less.

    In turn: the recording interpreter; the same with an arena that is no multiple of 16; and
    preserve_all_tensors. Returns how many were tried, and what was wrong.
    """
    asked, questions = [], []
    for position, (model, known) in enumerate(zip(models, foretold)):
        if known.arena is None:
            continue
        linear, odd = position % 3 == 1, position % 15 + 1 if position % 3 == 2 else 0
        options = ArenaOptions(
            preserve_all_tensors=linear, recording=not linear, misalignment_bytes=odd,
            resource_variables=len(variables_after_prepare(read(model.data)).handles),
        )  # fmt: skip
        expected = foretell(model.data, options)
        if expected.arena is None:
            continue  # the linear planner takes no offline plan
        for size in (expected.arena.minimum_bytes, expected.arena.minimum_bytes - 16):
            asked.append((model, expected, size, options))
            questions.append(Question(model.data, size + odd, preserve_all_tensors=linear))
    wrong, by_luck = [], 0
    for (model, expected, size, options), answer in zip(asked, ask(questions)):
        arena = expected.arena
        assert arena is not None
        if "circular_buffer_common.cc" in answer.log:
            continue  # the wheel is newer; see tests.oracle.comparison
        works = answer.outcome == "allocated"
        if works and size < arena.minimum_bytes and not arena.limited_by.startswith(PLANNING):
            by_luck += 1
        elif works != (size == arena.minimum_bytes):
            wrong.append(
                f"{_label(model)}: in {size} bytes: {answer.outcome}; the smallest arena should be "
                f"{arena.minimum_bytes}, limited by {arena.limited_by!r}, with {options}"
            )
        elif works and options.recording and answer.used_bytes != arena.used_bytes:
            wrong.append(
                f"{_label(model)}: used {answer.used_bytes}, foretold {arena.used_bytes}, "
                f"with {options}"
            )
    if by_luck > MAXIMUM_BY_LUCK:
        wrong.append(f"{by_luck} models work in 16 bytes less")
    return len(questions) // 2, wrong
