"""Markdown in which the words of others stay words: code spans, escaped text, tables.

Input: any text. Output: GitHub Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from fctune.dataset.inspect.marks import visible
from fctune.patterns import regex

_MARKS = regex(r"[\\`*\[\]<>|~$#]|&(?=#|[A-Za-z])|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_CONTROL = regex(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def words(text: str) -> str:
    r"""Return a text that Markdown shows as it is, on one line.

    >>> words("a|b\n<script>")
    'a\\|b \\<script\\>'
    """
    return _MARKS.sub(r"\\\g<0>", _CONTROL.sub(" ", visible(text)).strip())


def code(text: str) -> str:
    """Return a text as a code span that also stands in a table.

    >>> code("a`b"), code("a|b")
    ('``a`b``', '<code>a&#124;b</code>')
    """
    shown = _CONTROL.sub(" ", visible(text)).strip()
    if not shown:
        return ""
    if "|" in shown:  # a backslash before it would end the cell whatever is done
        plain = (one if one.isalnum() or one in " .-/:" else f"&#{ord(one)};" for one in shown)
        return f"<code>{''.join(plain)}</code>"
    ticks = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    space = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{ticks}{space}{shown}{space}{ticks}"


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; its cells are Markdown already."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
