"""Flash for the terminal: the model file's parts, the code's parts, and what could be saved."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from estimator.analysis.flash import FlashMap
from estimator.analysis.flash_shares import CodeChoices, Share
from estimator.reports._escape import printable
from estimator.rewriting.strip import Saving

_BAR_CELLS = 24


def render(
    flash: FlashMap,
    shares: Sequence[Share],
    *,
    top: int | None = None,
    choices: CodeChoices | None = None,
    savings: Sequence[Saving] = (),
) -> RenderableType:
    """The report of `mculint flash`.

    Args:
        flash: the firmware.
        shares: the model file by kind, operator or tensor.
        top: show only so many of them, and the rest as one line.
        choices: what the operators' code costs, if known.
        savings: what `mculint strip` would leave out.
    """
    model = round(flash.model_bytes.best or 0)
    parts: list[RenderableType] = [Text(f"model file {model:,} B", "bold"), _shares(shares, top)]
    if flash.code_bytes.best is None:
        parts.append(Text(f"code: {flash.code_bytes.source}", "dim"))
    else:
        code = round(flash.code_bytes.best)
        parts.append(Text(f"code about {code:,} B ({flash.code_bytes.source})", "bold"))
        parts.append(_rows(sorted(flash.code_parts.items(), key=lambda p: -p[1]), code))
    if choices is not None:
        parts += [Text("operators", "bold"), _operators(choices), *_choices(choices)]
    if savings:
        parts.append(Text("`mculint strip` would save, each alone", "bold"))
        parts.append(_rows([(saving.what, saving.bytes) for saving in savings], model))
    if flash.total_bytes.best is not None:
        total = round(flash.total_bytes.best)
        parts.append(Text(f"total about {total:,} B: {flash.total_bytes.source}", "bold"))
    return Group(*parts)


def _shares(shares: Sequence[Share], top: int | None) -> Table:
    shown = list(shares if top is None else shares[:top])
    rest = shares[len(shown) :]
    rows = [(share.label, share.bytes) for share in shown]
    if rest:
        rows.append((f"{len(rest)} more", sum(share.bytes for share in rest)))
    return _rows(rows, sum(share.bytes for share in shares))


def _rows(rows: Sequence[tuple[str, int]], whole: int) -> Table:
    table = Table(box=None, pad_edge=True, show_header=False)
    table.add_column(overflow="fold")
    for _ in range(2):
        table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    for label, size in rows:
        share = size / whole if whole else 0.0
        bar = "█" * min(max(round(share * _BAR_CELLS), 0), _BAR_CELLS)
        table.add_row(Text(printable(label)), f"{size:,} B", f"{share:.1%}", bar)
    return table


def _operators(choices: CodeChoices) -> Table:
    table = Table(box=None, pad_edge=True)
    table.add_column("", no_wrap=True)
    for heading in ("brings", "its own", "shared with others"):
        table.add_column(heading, justify="right", no_wrap=True)
    for cost in choices.operators:
        table.add_row(
            cost.resolver.removeprefix("Add"),
            f"{cost.bytes:,} B", f"{cost.own_bytes:,} B", f"{cost.shared_bytes:,} B",
        )  # fmt: skip
    return table


def _choices(choices: CodeChoices) -> list[Text]:
    extra = choices.all_operators_bytes - choices.code_bytes
    lines = [Text(f" all operators of TFLM instead of these: {extra:+,} B")]
    for kernels, size in choices.kernels_bytes:
        if size != choices.code_bytes:
            lines.append(
                Text(f" {kernels.value} kernels instead: {size - choices.code_bytes:+,} B")
            )
    return lines
