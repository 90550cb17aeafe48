"""confusion.svg: the confusion matrix of tools as a picture.

Input: names and counts. Output: the text of an SVG file that stands alone, follows light and dark,
and is the same bytes for the same counts. All names are escaped; long ones are cut, with the whole
name in the title that a reader sees on pointing at it.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Sequence
from html import escape

from fctune.evaluation.report.visible_text import visible_text

_CELL = 26  # pixels
_MOST_LABEL = 28  # of the width of a Latin letter
_LETTER = 7  # pixels
_STYLE = """
:root { --bg: #ffffff; --fg: #1b1f24; --muted: #5b6470; --line: #d9dee4; --right: #1a7f4b; --wrong: #c0362c; }
@media (prefers-color-scheme: dark) {
  :root { --bg: #14171b; --fg: #e6e9ed; --muted: #9aa4b0; --line: #343b44; --right: #56c98a; --wrong: #ff7b72; }
}
svg { background: var(--bg); }
text { fill: var(--fg); font: 12px ui-monospace, Menlo, Consolas, "Noto Sans Mono CJK SC", monospace; }
.axis { fill: var(--muted); font-family: system-ui, "Noto Sans CJK SC", sans-serif; }
.n { font-size: 10px; text-anchor: middle; }
.special { fill: var(--muted); font-style: italic; }
.grid { fill: none; stroke: var(--line); }
.right { fill: var(--right); } .wrong { fill: var(--wrong); } .mixed { fill: var(--muted); }
"""  # noqa: E501


def draw(
    rows: Sequence[str], columns: Sequence[str], matrix: Sequence[Sequence[int]], tools: int
) -> str:
    """Return the picture.

    Args:
        rows: names of the rows.
        columns: names of the columns.
        matrix: counts, a list for each row.
        tools: how many rows and columns are tools; the others are set in italics.
    """
    left = 24 + _LETTER * max(_width(cut_label(name)) for name in rows)
    top = 24 + _LETTER * max(_width(cut_label(name)) for name in columns)
    width, height = left + _CELL * len(columns) + 12, top + _CELL * len(rows) + 12
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" '
        'aria-label="Confusion matrix of tools: rows are the tool that was due, columns the tool '
        'that was called">',
        f"<style>{_STYLE}</style>",
        '<text class="axis" x="8" y="16">due ↓ called →</text>',
        *_labels(rows, columns, tools, (left, top)),
        *_cells(rows, columns, matrix, tools, (left, top)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def cut_label(name: str) -> str:
    """Return a name no wider than its place.

    >>> cut_label("a" * 40)
    'aaaaaaaaaaaaaaaaaaaaaaaaaaa…'
    """
    shown = " ".join(visible_text(name).split())
    if _width(shown) <= _MOST_LABEL:
        return shown
    while _width(shown) >= _MOST_LABEL:
        shown = shown[: min(len(shown) - 1, _MOST_LABEL)]
    return f"{shown}…"


def depth(count: int, highest: int) -> float:
    """Return how strong a cell of a count is, from 0 to 1; a single call can be seen.

    >>> depth(0, 9), depth(9, 9), depth(1, 1000) > 0.15
    (0.0, 1.0, True)
    """
    return 0.15 + 0.85 * math.log1p(count) / math.log1p(highest) if count else 0.0


def _labels(
    rows: Sequence[str], columns: Sequence[str], tools: int, at: tuple[int, int]
) -> Iterator[str]:
    left, top = at
    for place, name in enumerate(rows):
        y = top + _CELL * place + 17
        mark = "" if place < tools else ' class="special"'
        yield (
            f'<text{mark} x="{left - 6}" y="{y}" text-anchor="end">{_text(cut_label(name))}'
            f"<title>{_text(visible_text(name))}</title></text>"
        )
    for place, name in enumerate(columns):
        x = left + _CELL * place + 17
        mark = "" if place < tools else ' class="special"'
        yield (
            f'<text{mark} transform="translate({x} {top - 6}) rotate(-90)">'
            f"{_text(cut_label(name))}<title>{_text(visible_text(name))}</title></text>"
        )


def _cells(
    rows: Sequence[str],
    columns: Sequence[str],
    matrix: Sequence[Sequence[int]],
    tools: int,
    at: tuple[int, int],
) -> Iterator[str]:
    left, top = at
    highest = max((count for row in matrix for count in row), default=0)
    for y, (gold, counts) in enumerate(zip(rows, matrix, strict=True)):
        for x, (name, count) in enumerate(zip(columns, counts, strict=True)):
            merged = x == y == tools < len(rows) - 1  # `other`: right and wrong calls together
            kind = "mixed" if merged else "right" if x == y else "wrong"
            spot = f'x="{left + _CELL * x}" y="{top + _CELL * y}"'
            box = f'{spot} width="{_CELL}" height="{_CELL}"'
            yield f'<rect class="grid" {box}/>'
            if count:
                told = _text(f"{visible_text(gold)} → {visible_text(name)}: {count}")
                strength = f"{0.75 * depth(count, highest):.3f}"
                yield (
                    f'<g><title>{told}</title><rect class="{kind}" {box} '
                    f'fill-opacity="{strength}"/><text class="n" x="{left + _CELL * x + 13}" '
                    f'y="{top + _CELL * y + 17}">{_short(count)}</text></g>'
                )


def _short(count: int) -> str:
    """Return a count of at most four signs.

    >>> _short(999), _short(12_345)
    ('999', '12k')
    """
    return str(count) if count < 1_000 else f"{count // 1_000}k"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def _text(text: str) -> str:
    return escape(text, quote=True)
