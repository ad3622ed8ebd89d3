"""Real and random models with one or a few things changed: an Estimate or an error with a place."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from estimator.reading import open_model, read, verify
from estimator.reading.schema import SCALAR_BYTES, table
from estimator.reading.tree import Node, decode, encode
from fuzz import mutator, target
from tests.conftest import SHARED
from tests.oracle.generator import NAMES, random_model

GOLDEN = Path(__file__).parents[2] / "golden" / "models"
LARGEST_BYTES = 400_000
"""Mutating larger files takes longer and shows no more: what they have more of is weights."""
NUMBERS = (0, 1, 2, 3, 4, 7, 8, 16, 63, 127, 128, 255, 256, 32767, 65535, 65536, 2**30, 2**31 - 1,
           2**31, 2**32 - 1, 2**32 - 2, 2**63 - 1, 2**63, 2**64 - 1, 0x3F800000, 0x7F800000,
           0x7FC00000, 0xFF800000, 0x00000001, 0x80000000)  # fmt: skip
"""Small numbers, the ends of every width, and 1, infinities, NaN and a subnormal as float."""
TABLES = ("tensors", "operators", "buffers", "subgraphs", "operator_codes", "metadata")
Slot = tuple[Node, str]


def files() -> list[Path]:
    """Models of the repository and, where they are, of the folder of shared ones."""
    found = sorted(GOLDEN.glob("*.tflite"))
    found += sorted((SHARED / "models").rglob("*.tflite")) if SHARED.is_dir() else []
    return [path for path in found if path.stat().st_size <= LARGEST_BYTES]


FILES = files()
RANDOM = 4 * len(NAMES)


@lru_cache(maxsize=64)
def model(number: int) -> bytes:
    """A real model, or beyond those a random one."""
    if number < len(FILES):
        return bytes(open_model(FILES[number]))
    return random_model(number - len(FILES)).data


@lru_cache(maxsize=16)
def tree(number: int) -> Node:
    data = memoryview(model(number))
    verify(data, "model")
    return decode(data)


def nodes(node: Node) -> Iterator[Node]:
    yield node
    for value in node.fields.values():
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, Node):
                yield from nodes(child)


def vectors(node: Node) -> list[Slot]:
    """Every vector of tables."""
    return [(n, name) for n in nodes(node) for name, v in n.fields.items() if isinstance(v, list)]


def flip(rng: Random, root: Node, _: Node) -> None:
    """A scalar becomes a telling number, or an absent one appears."""
    node = rng.choice(list(nodes(root)))
    scalars = [f for f in table(node.name) if f.kind == "scalar" and not f.name.endswith("_type")]
    if scalars:
        field = rng.choice(scalars)
        value = rng.choice(NUMBERS) % (1 << 8 * field.bytes)
        node.fields[field.name] = value.to_bytes(field.bytes, "little")


def entry(rng: Random, root: Node, _: Node) -> None:
    """An entry of a vector of numbers (a shape, inputs, scales, constants) changes."""
    places = [
        (node, field) for node in nodes(root) for field in table(node.name)
        if field.kind not in ("scalar", "table", "tables", "union", "string")
        and len(node.fields.get(field.name, b""))
    ]  # fmt: skip
    if not places:
        return
    node, field = rng.choice(places)
    size = SCALAR_BYTES.get(field.item, 1)
    content = bytearray(node.fields[field.name])
    at = rng.randrange(max(len(content) // size, 1)) * size
    content[at : at + size] = (rng.choice(NUMBERS) % (1 << 8 * size)).to_bytes(size, "little")
    node.fields[field.name] = bytes(content)


def resize(rng: Random, root: Node, _: Node) -> None:
    """A vector of numbers gets shorter, longer or empty."""
    places = [
        (node, field) for node in nodes(root) for field in table(node.name)
        if field.name in node.fields
        and field.kind not in ("scalar", "table", "tables", "union", "string")
    ]  # fmt: skip
    if places:
        node, field = rng.choice(places)
        size = SCALAR_BYTES.get(field.item, 1)
        content = bytes(node.fields[field.name])
        node.fields[field.name] = rng.choice(
            (b"", content[:size], content[:-size], content * 2, content + bytes(size))
        )


def absent(rng: Random, root: Node, _: Node) -> None:
    """A field goes away."""
    node = rng.choice([n for n in nodes(root) if n.fields])
    name = rng.choice(sorted(node.fields))
    if not name.endswith("_type"):
        del node.fields[name]


def delete(rng: Random, root: Node, _: Node) -> None:
    node, name = rng.choice(vectors(root))
    if node.fields[name]:
        del node.fields[name][rng.randrange(len(node.fields[name]))]


def duplicate(rng: Random, root: Node, _: Node) -> None:
    node, name = rng.choice(vectors(root))
    items = node.fields[name]
    if items:
        items.insert(rng.randrange(len(items) + 1), rng.choice(items))


def reorder(rng: Random, root: Node, _: Node) -> None:
    node, name = rng.choice(vectors(root))
    rng.shuffle(node.fields[name])


def splice(rng: Random, root: Node, other: Node) -> None:
    """Entries of the other model's vector take part in this one's."""
    places = [place for place in vectors(root) if place[1] in TABLES]
    node, name = rng.choice(places)
    sources = [n.fields[name] for n in nodes(other) if isinstance(n.fields.get(name), list)]
    items = [item for source in sources for item in source]
    if items:
        mine = node.fields[name]
        for _ in range(rng.choice((1, 1, 2, 5))):
            at = rng.randrange(len(mine) + 1)
            mine[at : at + rng.choice((0, 1))] = [rng.choice(items)]


def options(rng: Random, root: Node, other: Node) -> None:
    """An operator gets the options, or the code, of another."""
    ops = [n for n in nodes(root) if n.name == "Operator"]
    others = [n for n in nodes(other) if n.name == "Operator"]
    if not ops or not others:
        return
    op, donor = rng.choice(ops), rng.choice(others)
    if rng.random() < 0.5:
        op.fields["opcode_index"] = donor.fields.get("opcode_index", bytes(4))
        return
    for name in ("builtin_options_type", "builtin_options"):
        op.fields.pop(name, None)
        if name in donor.fields:
            op.fields[name] = donor.fields[name]


CHANGES: tuple[Callable[[Random, Node, Node], None], ...] = (
    flip, flip, entry, entry, resize, absent, delete, duplicate, reorder, splice, splice, options,
)  # fmt: skip


def by_structure(number: int, other: int, seed: int) -> bytes:
    rng = Random(seed)
    root = copied(tree(number))
    for _ in range(rng.choice((1, 1, 2, 4))):
        if vectors(root):
            rng.choice(CHANGES)(rng, root, tree(other))
    return encode(root)


def copied(node: Node) -> Node:
    """A copy whose byte vectors are shared: they are replaced, never written into."""

    def one(value: Any) -> Any:
        if isinstance(value, Node):
            return copied(value)
        return [copied(item) for item in value] if isinstance(value, list) else value

    return Node(node.name, {name: one(value) for name, value in node.fields.items()})


@lru_cache(maxsize=64)
def places(number: int) -> list[Any]:
    return mutator.spans(model(number))


def by_bytes(number: int, other: int, seed: int) -> bytes:
    rng = Random(seed)
    data = model(number)
    for turn in range(rng.choice((1, 1, 3))):
        spans = places(number) if turn == 0 else mutator.spans(data)
        data = mutator.mutate(rng, data, spans, model(other) if rng.random() < 0.2 else None)
    if rng.random() < 0.1:
        return data[: rng.randrange(len(data))]
    return data


def survive(data: bytes) -> bool:
    """Whether it was readable; target.run() holds its time and its errors, this the memory."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    readable = target.run(data)
    more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert more * 1024 <= 20 * len(data) + 200_000_000
    return readable


MODELS = st.integers(0, len(FILES) + RANDOM - 1)
SEEDS = st.integers(0, 2**32 - 1)
PLAIN = settings(
    max_examples=400, derandomize=True, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
LONG = settings(PLAIN, max_examples=60_000, derandomize=False)


@given(MODELS, MODELS, SEEDS)
@PLAIN
def test_changed_structure(number: int, other: int, seed: int) -> None:
    survive(by_structure(number, other, seed))


@given(MODELS, MODELS, SEEDS)
@PLAIN
def test_changed_bytes(number: int, other: int, seed: int) -> None:
    survive(by_bytes(number, other, seed))


@pytest.mark.long
@given(MODELS, MODELS, SEEDS)
@LONG
def test_changed_structure_long(number: int, other: int, seed: int) -> None:
    survive(by_structure(number, other, seed))


@pytest.mark.long
@given(MODELS, MODELS, SEEDS)
@LONG
def test_changed_bytes_long(number: int, other: int, seed: int) -> None:
    survive(by_bytes(number, other, seed))


def test_most_changed_trees_are_readable() -> None:
    """So that what is tested is the estimate, and not only the reader."""
    rng = Random(1)
    count = len(FILES) + RANDOM
    readable = [
        survive(by_structure(rng.randrange(count), rng.randrange(count), seed))
        for seed in range(60)
    ]
    assert sum(readable) > 30


def test_unchanged_trees_encode_to_models_that_read_alike() -> None:
    """Else every change would be refused for what the encoder did."""
    for number in (0, len(FILES), len(FILES) + 1):
        data = memoryview(encode(copied(tree(number))))
        assert read(data, "model").main.tensors == read(memoryview(model(number)), "m").main.tensors
