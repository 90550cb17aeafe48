"""Markdown for the reports: tables and verbatim text that cannot break out of their place."""

from __future__ import annotations

import re
from collections.abc import Sequence


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; line ends and bars inside cells are made harmless.

    >>> print(table(("tool", "n"), [("f", "1")]))
    | tool | n |
    | --- | --- |
    | f | 1 |
    """
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def verbatim(text: str) -> str:
    """Return a code block that holds any text, with a fence longer than those inside it."""
    longest = max((len(found) for found in re.findall("`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
