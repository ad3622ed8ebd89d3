"""Names from a model file are untrusted: each output needs its own escapes."""

from __future__ import annotations

import unicodedata

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Controls, formats (bidirectional overrides), surrogates, unassigned, line separators."""


def printable(text: str) -> str:
    """The text with everything that a terminal or a parser might act on written as an escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(c) if unicodedata.category(c) in _HIDDEN else c for c in text)


def _escaped(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def markdown(text: str) -> str:
    """Text for Markdown and its HTML: nothing in it formats, links or mentions."""
    safe = printable(text)
    return "".join(c if c.isalnum() or c in " ,.;:/%()=+?'\"-" or c > "\x7f" else f"&#{ord(c)};"
                   for c in safe)  # fmt: skip
