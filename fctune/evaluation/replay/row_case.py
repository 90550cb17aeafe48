"""The case that a recorded row brings with it: its gold answer and its tools.

Input: a row of a recording that was given no split. Output: EvalCase. A row that says nothing of
tools, or lists none and has a gold call all the same, does not tell what the model was shown: the
case says so, and what needs the tools counts nothing there.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import replace
from typing import Any

from fctune.errors import InputFault
from fctune.evaluation.cases.case_set import EvalCase
from fctune.evaluation.replay.case import told_of_case
from fctune.evaluation.replay.model_side import named_like_their_api, on_model_side
from fctune.evaluation.replay.rows import Row, RowReader, bad, decoded_calls
from fctune.evaluation.replay.shapes import plain_calls, words_alone
from fctune.issues import Issue, Origin, Severity
from fctune.tools.read import parse_catalog
from fctune.tools.spec import ToolCall, ToolCatalog


class BadTools(Exception):
    """The tools of a row cannot be used.

    Attributes:
        code: of the issue that says why.
        fault: what a user is told.
    """

    def __init__(self, origin: Origin, found: Issue) -> None:
        """Tell what is wrong, and where."""
        super().__init__(found.message)
        self.code = found.code
        told = f"{found.where}: {found.message}"
        self.fault = InputFault(told, where=str(origin), hint=found.hint)


def case_of(reader: RowReader, row: Row) -> EvalCase:
    """Return the case that a row holds.

    Args:
        reader: of the file, with the tools of rows that bring none.
        row: one with a gold answer.

    Raises:
        BadTools: its tools cannot be used.
        InputFault: it has no gold answer, or one that cannot be read.
    """
    value = row.value
    key = "gold" if "gold" in value else "label"
    if key not in value:
        raise InputFault(
            "has no gold answer",
            where=str(row.origin),
            hint="add --data with the split that was asked, or a key gold to each row",
        )
    own, done = _tools(reader, row)
    calls, text = _gold(reader, row, value[key], done, own if own.specs else reader.given_tools)
    lists_none = value.get("tools") is not None and not calls
    catalog = own if own.specs or lists_none else reader.given_tools
    try:
        told = told_of_case(value)
    except ValueError as fault:
        raise bad(row.origin, str(fault), "the form of predictions.jsonl") from fault
    return EvalCase(
        id=row.case_id,
        group=str(value.get("group", row.case_id)),
        lesson=str(value.get("lesson", "call" if calls else "no_call")),
        origin=row.origin,
        tools=catalog.json if catalog.specs else "",
        calls=calls,
        text=text,
        catalog=catalog,
        tools_told=bool(catalog.specs) or lists_none,
        **told,
    )


def _tools(reader: RowReader, row: Row) -> tuple[ToolCatalog, frozenset[str]]:
    """Return the model-facing tools of a row, and those that have their API's name."""
    catalog, issues = parse_catalog(row.value.get("tools"), "tools")
    for found in issues:
        if found.severity is Severity.ERROR:
            raise BadTools(row.origin, found)
    if reader.mapping is None or not catalog.specs:
        return catalog, frozenset()
    from fctune.tools.mapping.catalogs import to_model_catalog

    done = named_like_their_api(catalog, reader.mapping)
    return to_model_catalog(catalog, reader.mapping)[0], done


def _gold(
    reader: RowReader, row: Row, gold: Any, done: Container[str], catalog: ToolCatalog
) -> tuple[tuple[ToolCall, ...], str]:
    if isinstance(gold, Mapping) and "calls" in gold:  # the form of ours
        decoded = on_model_side(decoded_calls(gold["calls"]), reader.mapping, done)
        decoded = replace(decoded, text=str(gold.get("text", "")))
    elif isinstance(gold, str):
        decoded = reader.decode(gold, done, catalog)
    elif (words := words_alone(gold)) is not None:
        decoded = reader.message(words, done, catalog)
    else:
        calls, words = plain_calls([] if gold is None else gold)
        decoded = on_model_side(decoded_calls(calls), reader.mapping, done)
        decoded = replace(decoded, text=decoded.text or words)
    if decoded.malformed:
        raise bad(row.origin, f"the gold answer cannot be read: {decoded.detail}", "calls or text")
    return decoded.calls, decoded.text
