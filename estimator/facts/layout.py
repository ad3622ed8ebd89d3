"""Loads ``data/layouts/*.toml``: struct sizes under one ABI, as a compiler printed them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from estimator.errors import FactsError
from estimator.facts.runtime import Layout
from estimator.facts.strict import load

_LARGEST = 2**20
LAYOUTS = Path(__file__).parent.parent / "data" / "layouts"


def layout_names() -> tuple[str, ...]:
    """The names of the layouts that there are."""
    return tuple(sorted(path.stem for path in LAYOUTS.glob("*.toml")))


@cache
def load_layout(name: str) -> Layout:
    """The layout of an ABI. Raises FactsError if there is none of that name or it is malformed."""
    path = LAYOUTS / f"{name}.toml"
    if name not in layout_names():
        raise FactsError(
            f"there is no ABI {name!r}", fix=f"choose one of {', '.join(layout_names())}"
        )
    table = load(path)
    structs = table.table("structs")
    sizes = {}
    for struct in structs:
        pair = structs.take(struct, list)
        if len(pair) != 2 or not all(type(n) is int and 0 < n <= _LARGEST for n in pair):
            raise structs.fail(f"must be [size, alignment] in bytes, not {pair!r}", struct)
        if pair[1] & (pair[1] - 1) or pair[0] % pair[1]:
            raise structs.fail(f"no size is a multiple of such an alignment: {pair!r}", struct)
        sizes[struct] = (pair[0], pair[1])
    layout = Layout(
        name=table.one_of("name", (name,)),
        pointer_bytes=table.whole("pointer_bytes", 4, 8),
        structs=sizes,
        compression=table.take("compression", bool),
        source=table.text("source"),
    )
    table.done()
    return layout
