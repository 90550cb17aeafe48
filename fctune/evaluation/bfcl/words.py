"""The official error types in the words that all modes share, for outcome tables and comparisons.

Input: a verdict, the calls made and the tools. Output: one of the outcome words of
`fctune.evaluation.outcomes.judge`. They are told in its order: a count before a name, a name
before an argument. The official type stays beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from fctune.evaluation.bfcl.arguments import shape_of
from fctune.evaluation.bfcl.verdict import (
    CALL_MADE,
    MISSING_REQUIRED,
    NO_CALL,
    NO_MATCH,
    UNDECODED,
    UNEXPECTED,
    WRONG_FORMAT,
    WRONG_NAME,
    Fault,
    Verdict,
    nearest_of,
)

Call = tuple[Any, dict[str, Any]]


def outcome_word(
    verdict: Verdict, calls: Sequence[Call] | None, golds: Sequence[Call], tools: Sequence[Any]
) -> str:
    """Return the outcome of a verdict.

    Args:
        verdict: of `rules.check`.
        calls: the calls made; None where the output cannot be read.
        golds: the gold calls.
        tools: the descriptions that the model was given, by the names that it saw.

    >>> outcome_word(Verdict(False, NO_CALL, Fault(NO_CALL)), [], [], [])
    'missed_call'
    """
    fault = verdict.fault
    if fault is None:
        return "ok"
    if fault.kind == CALL_MADE:
        return "false_call"
    if calls is None or fault.kind in (WRONG_FORMAT, UNDECODED):
        return "malformed"
    if not calls:
        return "missed_call"
    if fault.kind.endswith("wrong_count"):
        return "wrong_count"
    if fault.kind == NO_CALL:
        return "missed_call"
    if fault.kind == NO_MATCH or fault.kind == WRONG_NAME:
        listed = [tool.get("name") for tool in tools if type(tool) is dict]
        if any(name not in listed for name, _ in calls):
            return "unknown_tool"
        if Counter(name for name, _ in calls) != Counter(name for name, _ in golds):
            return "wrong_tool"
    if fault.kind == NO_MATCH:
        if not fault.inner:
            return "value"
        fault = nearest_of(fault)[1]
    return _argument_word(fault, tools)


def _argument_word(fault: Fault, tools: Sequence[Any]) -> str:
    if fault.kind == WRONG_NAME:
        return "wrong_tool"
    if fault.kind == MISSING_REQUIRED:
        return "missing_required"
    tool = next((t for t in tools if type(t) is dict and t.get("name") == fault.tool), None)
    properties = shape_of(tool)[1] or {}
    if fault.kind == UNEXPECTED:
        return "value" if fault.parameter in properties else "unknown_param"
    if fault.kind.startswith("type_error"):
        return "type"
    schema = properties.get(fault.parameter)
    listed = schema.get("enum") if type(schema) is dict else None
    if type(listed) is list and type(fault.got) is str and fault.got not in listed:
        return "enum"
    return "value"
