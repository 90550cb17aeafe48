"""Cells and tables of the page, as the template draws them.

Input: metrics and values of results.json. Output: frozen cells with the text that is seen, the
value that sorts, and the place of the interval bar in per cent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fctune.evaluation.metrics.measure import FEW_CASES
from fctune.evaluation.report.visible_text import visible_text

_MOST_ROWS = 1_000
_TALL = 40  # rows from which a table scrolls in its place


@dataclass(frozen=True, slots=True)
class Bar:
    """A value with its interval on the line from 0 to 1, in per cent of its length."""

    at: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table.

    Attributes:
        text: what is seen.
        sort: what sorts; text sorts as text.
        kind: `text`, `number`, `metric`, `measure` (the name of a metric), `name` (in code
            letters), `word` (a label by its key) or `meaning` (with its Chinese in `detail`).
        link: a place of the page, or "".
        detail: smaller, after the text.
        few: it rests on fewer than 30 cases.
        bar: its interval.
        hint: what is told on pointing at it.
    """

    text: str
    sort: float | str
    kind: str = "text"
    link: str = ""
    detail: str = ""
    few: bool = False
    bar: Bar | None = None
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table that readers can sort.

    Attributes:
        columns: keys of the labels, or names as they are.
        rows: cells, as many as columns.
        caption: key of a label, or a name as it is; "" where the heading tells it.
        note: key of a label, or a sentence as it is, under the caption.
        more: rows that are left out.
        literal: the caption is words as they are, and no key.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""
    note: str = ""
    more: int = 0
    literal: bool = False

    @property
    def tall(self) -> bool:
        """Whether it is long enough to scroll in its place."""
        return len(self.rows) > _TALL

    @property
    def slim(self) -> bool:
        """Whether its two columns look better side by side than at both edges of the page."""
        return len(self.columns) == 2

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kind of each column, by its first row."""
        return tuple(cell.kind for cell in self.rows[0]) if self.rows else ()


def words(text: object, *, link: str = "") -> Cell:
    """Return a cell of words."""
    shown = visible_text(str(text))
    return Cell(shown, shown.lower(), link=link)


def name(text: object, *, link: str = "") -> Cell:
    """Return a cell of a name, in code letters."""
    shown = visible_text(str(text))
    return Cell(shown, shown.lower(), "name", link)


def word(key: str, *, link: str = "") -> Cell:
    """Return a cell of a label by its key, or of the key where there is no such label."""
    return Cell(visible_text(key), key, "word", link)


def measure(key: str) -> Cell:
    """Return a cell of the name of a metric: as readers say it, and as results.json has it."""
    return Cell(visible_text(key), key, "measure")


def number(value: float) -> Cell:
    """Return a cell of a number.

    >>> number(12345).text, number(0.5).text
    ('12,345', '0.5')
    """
    return Cell(count(value), value, "number")


def metric(value: Mapping[str, Any] | None, *, with_counts: bool = True) -> Cell:
    """Return a cell of a metric: value, interval, counts and bar; `-` where nothing was counted.

    Args:
        value: `{value, ci, n, num, den, method}`; a difference has neither `num` nor `den`, and
            is shown with its sign and without a bar.
        with_counts: show numerator and denominator too.
    """
    if not value or value.get("value") is None:
        return Cell("-", -1.0, "metric")
    at, interval = float(value["value"]), value.get("ci")
    low, high = interval if interval else (at, at)
    sign = "" if "num" in value else "+"
    ends = f"{low:+.3f} … {high:+.3f}" if sign else f"{low:.3f}–{high:.3f}"
    parts = [ends] if interval else []
    if with_counts and not sign:
        parts.append(f"{count(value['num'])}\u00a0/\u00a0{count(value['den'])}")
    few = 0 < value.get("n", 0) < FEW_CASES
    bar = None if sign else Bar(*(_percent(one) for one in (at, low, high)))
    hint = str(value.get("method", ""))
    return Cell(
        f"{at:{sign}.3f}", at, "metric", detail=" · ".join(parts), few=few, bar=bar, hint=hint
    )


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    caption: str = "",
    note: str = "",
    literal: bool = False,
) -> Table:
    """Return a table, of a thousand rows at most."""
    listed = [tuple(row) for row in rows]
    more = max(0, len(listed) - _MOST_ROWS)
    return Table(tuple(columns), tuple(listed[:_MOST_ROWS]), caption, note, more, literal)


def count(value: float) -> str:
    """Return a count with thousands apart; a part of one with two places.

    >>> count(1234), count(2.0), count(2.345)
    ('1,234', '2', '2.35')
    """
    return f"{int(value):,}" if value == int(value) else f"{value:,.2f}".rstrip("0").rstrip(".")


def is_metric(value: Any) -> bool:
    """Tell whether a value of results.json is a metric, or the difference of two."""
    return isinstance(value, Mapping) and {"value", "ci", "n"} <= value.keys()


def _percent(value: float) -> float:
    return round(100 * min(1.0, max(0.0, value)), 2)
