"""Which tool was called where another was due: the confusion matrix of tools.

Input: judged cases. Output: Confusion, and from it confusion.csv and confusion.svg. Parallel calls
are paired by the matching that scores them; calls that are left over on both sides are paired by
the arguments that they share, so that a wrong tool stands beside the one that was due.

Rows: the tools of gold calls, `other`, `no_call`. Columns: the same tools, `other`, `no_call`,
`unknown_tool` (a name that is not listed), `malformed` (a call was begun and cannot be read).
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fctune.evaluation.evaluate import Judged
from fctune.evaluation.matching.assignment import best_assignment
from fctune.evaluation.matching.modes import Mode, match_case
from fctune.evaluation.outcomes.listed_calls import as_listed
from fctune.evaluation.report.confusion_svg import draw
from fctune.evaluation.report.visible_text import visible_text
from fctune.evaluation.semantic.comparators import Comparators
from fctune.jsonl import write_text
from fctune.tools.spec import ToolCall

MOST_TOOLS = 30
CSV, SVG = "confusion.csv", "confusion.svg"
OTHER, NO_CALL, UNKNOWN, MALFORMED = "other", "no_call", "unknown_tool", "malformed"
# A spreadsheet runs a cell that begins so as a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class Label:
    """One side of a pair: a tool by its name, or what stands where no tool does.

    Attributes:
        name: of the tool, or `other`, `no_call`, `unknown_tool`, `malformed`.
        is_tool: whether it is a tool; one may bear the name `no_call`.
    """

    name: str
    is_tool: bool = False


@dataclass(frozen=True)
class Confusion:
    """Gold tools against predicted ones, counted in calls.

    Attributes:
        tools: how many rows, and as many columns, are tools; they come first, in one order.
        rows: names of the rows.
        columns: names of the columns.
        matrix: counts, a list for each row.
        other_right: calls of row and column `other` that are of the tool that was due.
        left_out: cases that are not counted: without an answer, or with any call right.
        cells: the cells (row, column) that each case adds to, by case id, in the order of cases.
    """

    tools: int
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    matrix: tuple[tuple[int, ...], ...]
    other_right: int
    left_out: int
    cells: Mapping[str, tuple[tuple[int, int], ...]]

    def as_dict(self) -> dict[str, Any]:
        """Return the matrix as a JSON-ready object, without the cases of its cells."""
        return {
            "tools": self.tools,
            "rows": list(self.rows),
            "columns": list(self.columns),
            "matrix": [list(row) for row in self.matrix],
            "other_right": self.other_right,
            "left_out": self.left_out,
        }


def confusion_of(
    judged: Iterable[Judged],
    mode: Mode,
    comparators: Comparators | None = None,
    *,
    most: int = MOST_TOOLS,
) -> Confusion:
    """Count gold tools against predicted ones.

    Args:
        judged: the cases of a run; those without an answer are left out.
        mode: how parallel calls are paired.
        comparators: how single arguments are compared, in mode `semantic`.
        most: the most tools with a row of their own: those that stand in most pairs, of equals
            the first by name; the rest is `other`.
    """
    pairs: dict[str, list[tuple[Label, Label]]] = {}
    left_out = 0
    for item in judged:
        # A case in which any call is right names no tool that is due.
        if item.outcome.correct is None or (item.outcome.expects_call and not item.case.calls):
            left_out += 1
        else:
            pairs[item.case.id] = list(_pairs(item, mode, comparators))
    weights = Counter(
        label.name
        for found in pairs.values()
        for pair in found
        for label in set(pair)
        if label.is_tool
    )
    ranked = sorted(weights, key=lambda name: (-weights[name], name))
    kept = {name: place for place, name in enumerate(ranked[:most])}
    rest = [OTHER] if len(ranked) > most else []
    rows, columns = [*kept, *rest, NO_CALL], [*kept, *rest, NO_CALL, UNKNOWN, MALFORMED]
    cells, matrix = {}, [[0] * len(columns) for _ in rows]
    other_right = 0
    for case_id, found in pairs.items():
        places = []
        for gold, predicted in found:
            row, column = (_place(one, kept, len(rest)) for one in (gold, predicted))
            matrix[row][column] += 1
            places.append((row, column))
            other_right += gold == predicted and gold.is_tool and gold.name not in kept
        cells[case_id] = tuple(places)
    counted = tuple(tuple(row) for row in matrix)
    return Confusion(len(kept), tuple(rows), tuple(columns), counted, other_right, left_out, cells)


def csv_text(confusion: Confusion) -> str:
    """Return the matrix as CSV of RFC 4180: quoted where needed, lines ended by CR LF.

    A name that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(["gold \\ predicted", *map(_cell, confusion.columns)])
    for name, counts in zip(confusion.rows, confusion.matrix, strict=True):
        writer.writerow([_cell(name), *counts])
    return target.getvalue()


def write_confusion(confusion: Confusion, folder: Path) -> tuple[Path, Path]:
    """Write confusion.csv and confusion.svg into a folder; return their paths.

    The CSV begins with a byte order mark, without which spreadsheets misread Chinese names: read it
    as `utf-8-sig`.

    Raises:
        InputFault: the folder cannot be written.
    """
    table, picture = folder / CSV, folder / SVG
    write_text(table, "\ufeff" + csv_text(confusion))
    write_text(picture, draw(confusion.rows, confusion.columns, confusion.matrix, confusion.tools))
    return table, picture


def _pairs(
    item: Judged, mode: Mode, comparators: Comparators | None
) -> Iterator[tuple[Label, Label]]:
    """Yield gold and predicted label of each call that was due or made, or of their absence."""
    gold, decoded = item.case.calls, item.prediction.decoded
    if decoded.malformed:
        yield from ((_tool(call), Label(MALFORMED)) for call in gold)
        if not gold:
            yield Label(NO_CALL), Label(MALFORMED)
        return
    if not gold and not decoded.calls:
        yield Label(NO_CALL), Label(NO_CALL)
        return
    calls = [as_listed(item.case, call) for call in decoded.calls]
    found = match_case(item.case, calls, mode, comparators)
    for pair in found.pairs:
        yield _tool(pair.gold), _tool(pair.gold)
    for due, made in by_arguments(found.missing, found.extra):
        yield (
            _tool(due) if due else Label(NO_CALL),
            _predicted(made, item) if made else Label(NO_CALL),
        )


def by_arguments(
    missing: Sequence[ToolCall], extra: Sequence[ToolCall]
) -> Iterator[tuple[ToolCall | None, ToolCall | None]]:
    """Pair calls of different tools by the arguments that they share, then in their order."""
    weights = [[1 + _shared(due, made) for made in extra] for due in missing]
    taken = set()
    for due, column in zip(missing, best_assignment(weights), strict=True):
        taken.add(column)
        yield due, None if column is None else extra[column]
    for column, made in enumerate(extra):
        if column not in taken:
            yield None, made


def _shared(due: ToolCall, made: ToolCall) -> int:
    return sum(
        name in made.arguments and made.arguments[name] == value
        for name, value in due.arguments.items()
    )


def _tool(call: ToolCall) -> Label:
    return Label(call.name, is_tool=True)


def _predicted(call: ToolCall, item: Judged) -> Label:
    catalog = item.case.catalog
    return Label(UNKNOWN) if catalog.specs and catalog.get(call.name) is None else _tool(call)


def _place(label: Label, kept: Mapping[str, int], rest: int) -> int:
    """Return the row or column of a label: tools, then `other`, then the rest in one order."""
    if label.is_tool:
        return kept.get(label.name, len(kept))
    return len(kept) + rest + (NO_CALL, UNKNOWN, MALFORMED).index(label.name)


def _cell(name: str) -> str:
    """Return a name as a cell that no spreadsheet runs.

    >>> _cell("=1+1")
    "'=1+1"
    """
    shown = visible_text(name)
    # A space or a mark before the sign does not stop every spreadsheet.
    return f"'{shown}" if name.lstrip().startswith(_FORMULA) or name[:1] in _FORMULA else shown
