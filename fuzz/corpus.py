"""The fixed corpus: random models of every operator, and what golden models are made of."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from tests.oracle.generator import NAMES, random_model

GOLDEN = Path(__file__).parent.parent / "golden" / "models"


def corpus(largest_bytes: int) -> Iterator[bytes]:
    """Models of at most ``largest_bytes``: two or more of each operator, and golden models."""
    for seed in range(3 * len(NAMES)):
        data = random_model(seed).data
        if len(data) <= largest_bytes:
            yield data
    for path in sorted(GOLDEN.glob("*.tflite")):
        if path.stat().st_size <= largest_bytes:
            yield path.read_bytes()


def write(folder: Path, largest_bytes: int) -> int:
    """Write the corpus into a folder. Returns the number of its files."""
    folder.mkdir(parents=True, exist_ok=True)
    for data in corpus(largest_bytes):
        (folder / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
    return sum(1 for _ in folder.iterdir())
