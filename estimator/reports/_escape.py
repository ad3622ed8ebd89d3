"""Names from a model file are untrusted: each output needs its own escapes."""

from __future__ import annotations

import json
import re
import unicodedata

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Controls, formats (bidirectional overrides), surrogates, unassigned, line separators."""


_COMMAND = re.compile(r"##|::(?=[\w-]+[^:]*::)")
"""What CI systems act on in a log: ``::error::`` (GitHub; at the start of a line, which wrapping
may give to any place), ``##[error]`` (GitHub, Azure), ``##vso[`` (Azure), ``##teamcity[``."""


def printable(text: str) -> str:
    """The text with everything that a terminal or a parser might act on written as an escape."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(_escaped(c) if unicodedata.category(c) in _HIDDEN else c for c in text)
    if "##" in text or "::" in text:
        text = _COMMAND.sub(lambda found: f"{found[0][0]}{_escaped(found[0][1])}", text)
    return text


def json_text(document: object) -> str:
    """A JSON document in ASCII, with a line feed at its end, in which a log sees no command."""
    return json.dumps(document, indent=2).replace("##", "#\\u0023") + "\n"


def spreadsheet(text: str) -> str:
    """Printable text that no spreadsheet takes for a formula: one begins with one of =+-@."""
    safe = printable(text)
    return f"'{safe}" if safe.startswith(("=", "+", "-", "@")) else safe


def _escaped(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


_LINKED = re.compile(r"(&#64;|&#35;|:(?=//)|www(?=\.))", re.IGNORECASE)


def markdown(text: str) -> str:
    """Text for Markdown and its HTML: nothing in it formats, links or mentions.

    GitHub looks for mentions, issues and addresses in the finished page; a comment parts them.
    """
    safe = printable(text)
    plain = "".join(c if c.isalnum() or c in " ,.;:/%()=+?'\"-" or c > "\x7f" else f"&#{ord(c)};"
                    for c in safe)  # fmt: skip
    return _LINKED.sub(r"\1<!-- -->", plain)
