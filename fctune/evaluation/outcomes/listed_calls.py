"""Calls by the names of the catalogue, where a server had the dots of tool names written as `_`.

Input: a case and a call. Output: the call by the name that is listed; any other call as it is.
"""

from __future__ import annotations

from fctune.evaluation.cases.case_set import EvalCase
from fctune.tools.spec import ToolCall


def as_listed(case: EvalCase, call: ToolCall) -> ToolCall:
    """Return a call by its listed name.

    Args:
        case: whose `bfcl` says by `underscore_to_dot` that names have `_` for `.`.
        call: the call made, or a gold call.
    """
    if not case.bfcl or not case.bfcl.get("underscore_to_dot") or case.catalog.get(call.name):
        return call
    for name in case.catalog.names:
        if name.replace(".", "_") == call.name:
            return ToolCall(name, call.arguments)
    return call
