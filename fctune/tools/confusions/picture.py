"""The heat map of a catalogue: tools on both sides, the darker a cell the more confusable its pair.

Input: a Survey. Output: labels and cells with their places, in units of the picture; the page draws
them. Tools that are confusable stand side by side. A picture of more than MAX_TOOLS tools shows the
tools of the highest pairs only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from fctune.tools.confusions.find import Survey
from fctune.tools.confusions.segment import is_cjk

MAX_TOOLS = 60
CELL = 15
_MAX_LABEL = 30
_LEAST = 0.03


@dataclass(frozen=True, slots=True)
class Cell:
    """One coloured cell: its place, its score, and the place of its pair in the list or -1."""

    x: int
    y: int
    score: float
    one: str
    other: str
    pair: int


@dataclass(frozen=True, slots=True)
class HeatMap:
    """The picture: labels in order, cells, and the sizes of its parts.

    Attributes:
        labels: the tools, shortened where long.
        names: the tools, as they are.
        cells: both halves of the matrix; cells near 0 are left out.
        margin: the room for the labels.
        size: width and height of the whole picture.
        cell: the side of one cell.
        left_out: tools of the catalogue that are not in the picture.
    """

    labels: tuple[str, ...]
    names: tuple[str, ...]
    cells: tuple[Cell, ...]
    margin: int
    size: int
    cell: int
    left_out: int


def heat_map(survey: Survey, names: Sequence[str]) -> HeatMap:
    """Return the heat map of a survey.

    Args:
        survey: what was found.
        names: all tools of the catalogue, in its order.
    """
    shown = _ordered(_shown(survey, names), survey)
    place = {name: index for index, name in enumerate(shown)}
    listed = {(pair.a, pair.b): index for index, pair in enumerate(survey.pairs)}
    labels = tuple(_short(name) for name in shown)
    margin = 12 + round(max((_width(label) for label in labels), default=0) * 6.6)
    cells = []
    for (one, other), score in survey.scores.items():
        if score >= _LEAST and one in place and other in place:
            pair = listed.get((one, other), -1)
            for a, b in ((one, other), (other, one)):
                x, y = margin + CELL * place[a], margin + CELL * place[b]
                cells.append(Cell(x, y, score, a, b, pair))
    size = margin + CELL * len(shown) + 2
    return HeatMap(labels, shown, tuple(cells), margin, size, CELL, len(names) - len(shown))


def _shown(survey: Survey, names: Sequence[str]) -> list[str]:
    if len(names) <= MAX_TOOLS:
        return list(names)
    chosen: dict[str, None] = {}
    for pair in survey.scores:
        if len(chosen.keys() | set(pair)) > MAX_TOOLS:
            break
        chosen.update(dict.fromkeys(pair))
    return [name for name in names if name in chosen]


def _ordered(names: Sequence[str], survey: Survey) -> tuple[str, ...]:
    """Return the tools so that each stands beside the nearest one that is not placed yet."""
    near: dict[str, dict[str, float]] = defaultdict(dict)
    for (one, other), score in survey.scores.items():
        near[one][other] = near[other][one] = score
    rank = {name: index for index, name in enumerate(names)}
    strongest = {name: max(near[name].values(), default=0.0) for name in names}
    waiting = set(names)
    placed: list[str] = []
    while waiting:
        around = near[placed[-1]] if placed else {}
        best = max(waiting, key=lambda name: (around.get(name, 0.0), -rank[name]))
        if around.get(best, 0.0) < _LEAST:
            best = max(waiting, key=lambda name: (strongest[name], -rank[name]))
        placed.append(best)
        waiting.remove(best)
    return tuple(placed)


def _short(name: str) -> str:
    return name if len(name) <= _MAX_LABEL else f"{name[: _MAX_LABEL - 11]}…{name[-10:]}"


def _width(label: str) -> int:
    """Return the width of a label in Latin letters."""
    return sum(2 if is_cjk(char) else 1 for char in label)
