"""From a seed to a .tflite model over TFLM's operators; the same seed gives the same model."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from random import Random

from tests.oracle import control_flow, mutations
from tests.oracle.builder import ModelSpec, SubgraphSpec
from tests.oracle.maker import FLOAT32, INT8, Maker
from tests.oracle.recipes import RECIPES

assert control_flow  # its recipes register themselves
NAMES = tuple(sorted(RECIPES))
_FAULTY = 0.5  # share of models that get a fault
_ODD = 0.4
_MAXIMUM_OPERATORS = 12
_COMPRESSED = 0.3  # of models that have a filter
_RESIDUAL = 0.05  # after each operator


@dataclass(frozen=True)
class RandomModel:
    """A model and what it was made of.

    Attributes:
        seed: gives the same model again.
        spec: its content.
        focus: the operator that it surely has (before faults).
        faults, oddities: names of the mutations.
        shapes: words for its graph's shape.
    """

    seed: int
    spec: ModelSpec
    focus: str
    faults: tuple[str, ...]
    oddities: tuple[str, ...]
    shapes: frozenset[str]

    @cached_property
    def data(self) -> bytes:
        """The .tflite file."""
        return self.spec.to_bytes()


def random_model(seed: int) -> RandomModel:
    """The model of a seed; consecutive seeds go round all operators."""
    rng = Random(seed)
    spec = ModelSpec([SubgraphSpec()])
    maker = Maker(rng, spec, spec.subgraphs[0])
    focus = spec.focus = NAMES[seed % len(NAMES)]
    count = rng.choice((1, 2, 3, 5, 8, _MAXIMUM_OPERATORS))
    names = [rng.choice(NAMES) for _ in range(count)]
    names = [name for name in names if name != "ethos-u"]  # of no library: it is always refused
    names.insert(rng.randint(0, len(names)), focus)
    for name in names:
        RECIPES[name](maker, name)
        if rng.random() < _RESIDUAL:
            _residual(maker)
    _choose_outputs(maker)
    shapes = _shapes(maker)
    faults, oddities = [], []
    if rng.random() < _FAULTY:
        for _ in range(rng.choice((1, 1, 1, 2))):
            fault = rng.choice(mutations.FAULTS)
            fault(rng, spec)
            faults.append(fault.__name__)
    if rng.random() < _ODD:
        oddity = rng.choice(mutations.ODDITIES)
        oddity(rng, spec)
        oddities.append(oddity.__name__)
    if rng.random() < _COMPRESSED and mutations.compression(rng, spec):
        oddities.append("compression")  # the last, as it counts buffers
    return RandomModel(seed, spec, focus, tuple(faults), tuple(oddities), frozenset(shapes))


def _residual(maker: Maker) -> None:
    """Two ways from one tensor that meet again, by ADD or CONCATENATION."""
    start = maker.source((FLOAT32, INT8), fits=lambda spec: 1 <= len(spec.shape) <= 4)
    ends = []
    for length in (maker.rng.randint(0, 1), maker.rng.randint(1, 3)):
        tensor = start
        for _ in range(length):
            following = maker.same(tensor)
            maker.op("RELU", [tensor], [following])
            tensor = following
        ends.append(tensor)
    if maker.chance(0.5):
        maker.op("ADD", ends, [maker.same(start)])
    else:
        shape = list(maker[start].shape)
        shape[-1] *= 2
        out = maker.output(shape, maker[start].dtype, like=start)
        maker.op("CONCATENATION", ends, [out], axis=len(shape) - 1)


def _choose_outputs(maker: Maker) -> None:
    """Tensors that nothing reads are outputs, most of them, and a few others."""
    read = {index for op in maker.spec.ops for index in op.inputs}
    written = [index for op in maker.spec.ops for index in op.outputs]
    outputs = [i for i in written if i not in read and maker.chance(0.85)]
    outputs += [i for i in written if i in read and maker.chance(0.05)]
    maker.spec.outputs = outputs or written[-1:]


def _shapes(maker: Maker) -> set[str]:
    """Words for the shape of the main subgraph."""
    spec, found = maker.spec, set(maker.shapes)
    readers = Counter(index for op in spec.ops for index in {*op.inputs})
    producer = {index: i for i, op in enumerate(spec.ops) for index in op.outputs}
    if any(count > 1 for index, count in readers.items() if index in producer):
        found.add("branch")
    for position, op in enumerate(spec.ops):
        given = [producer[index] for index in op.inputs if index in producer]
        if given:
            found.add("chain")
        if len(set(given)) > 1:
            found.add("join")
            if max(given) - min(given) > 1 or position - min(given) > 2:
                found.add("residual")
        if -1 in op.inputs:
            found.add("omitted input")
    if len(spec.inputs) > 1:
        found.add("several inputs")
    if len(spec.outputs) > 1:
        found.add("several outputs")
    if any(tensor.is_variable for tensor in spec.tensors):
        found.add("variable tensor")
    if len(maker.model.subgraphs) > 1:
        found.add("several subgraphs")
    if set(spec.inputs) & set(spec.outputs):
        found.add("input is output")
    return found
