"""The rows that `fctune inspect` is asked for, one after another; and what to say where none fits.

Input: Rows, a Selection and a View. Output: text or JSON on stdout, notes on stderr.
"""

from __future__ import annotations

import shlex
from itertools import islice
from typing import TYPE_CHECKING, Any

from fctune.cli.output import out
from fctune.dataset.amounts import amount
from fctune.errors import InputFault, UsageFault

if TYPE_CHECKING:
    from fctune.cli.inspect_rows import View
    from fctune.dataset.inspect.rows import Rows
    from fctune.dataset.inspect.select import Selection

_TOOLS = 12


def show_rows(
    rows: Rows,
    wanted: Selection,
    view: View,
    *,
    limit: int,
    json: bool,
) -> int:
    """Print the rows that are asked for; return how many.

    Args:
        rows: the dataset.
        wanted: which rows.
        view: how they are shown.
        limit: the most rows, where no sample is drawn; 0 shows all.
        json: print one JSON object.

    Raises:
        InputFault: a file cannot be read.
    """
    from fctune.cli.inspect_rows import print_row, row_document
    from fctune.dataset.inspect.select import selected

    found = selected(rows, wanted)
    most = None if wanted.sample or not limit else limit
    documents: list[dict[str, Any]] = []
    shown = 0
    for row in islice(found, most):
        shown += 1
        if json:
            documents.append(row_document(row, view))
        else:
            print_row(row, view)
    if json:
        out.json({"dataset": rows.place.name, "rows": documents})
    if most is not None and shown == most and next(found, None) is not None:
        told = amount(shown, "row")
        out.note(f"{told} shown, there are more: --limit 0 shows all, --sample N draws some")
    return shown


def tell_none(rows: Rows, wanted: Selection, typed: str) -> None:
    """Say why no row was shown, and what there is.

    Args:
        rows: the dataset.
        wanted: what was asked for.
        typed: how the user named the dataset.

    Raises:
        InputFault: a row was named by a number that its file does not have.
        UsageFault: a tool was named that no row lists or calls.
    """
    from fctune.cli.inspect_rejected import hint_of_rejected

    if wanted.row is not None:
        split, number = wanted.row
        lines = rows.counts[split]
        raise InputFault(
            f"it has no row {split}:{number}; {split} has {amount(lines, 'line')}",
            where=rows.place.name,
            hint=f"--row {split}:{lines}" if lines else "",
        )
    if wanted.tool:
        _check_tool(rows, wanted.tool)
    elsewhere = hint_of_rejected(rows.place, wanted.code, typed)
    out.note(f"no row fits; {elsewhere}" if elsewhere else "no row fits")


def _check_tool(rows: Rows, tool: str) -> None:
    """Refuse a tool that no row has, as a lesson that is none is refused."""
    from fctune.dataset.inspect.known import tools_of
    from fctune.engine.arguments import nearest

    tools = tools_of(rows)
    if tool in tools:
        return
    like = nearest(tool, tools)
    more = f", and {len(tools) - _TOOLS} more" if len(tools) > _TOOLS else ""
    known = f"rows have {', '.join(tools[:_TOOLS])}{more}" if tools else "rows have no tools at all"
    raise UsageFault(
        f"got --tool {tool!r}, which no row lists or calls",
        hint=f"--tool {shlex.quote(like)}; {known}" if like else known,
    )
