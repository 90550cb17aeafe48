"""The official verdict on a case of `fctune eval` and `fctune score`.

Input: an EvalCase that holds what BFCL judges by, and the calls that a decoder read. Output:
Verdict. An output that cannot be read counts as no call, which is right where no call was due.
"""

from __future__ import annotations

from collections.abc import Sequence

from fctune.evaluation.bfcl.rules import check, undecoded
from fctune.evaluation.bfcl.verdict import Verdict
from fctune.evaluation.cases.case_set import EvalCase
from fctune.tools.spec import ToolCall


def verdict_of(case: EvalCase, calls: Sequence[ToolCall], malformed: bool) -> Verdict:
    """Judge the calls of a case as the official checker does.

    Args:
        case: one whose `bfcl` holds `category`, `possible_answer`, raw `tools` and, where names
            were written with `_` for `.`, `underscore_to_dot`.
        calls: the calls made, by the names that the model wrote.
        malformed: the output cannot be read.

    Raises:
        ValueError: the case is none of BFCL.
    """
    item = case.bfcl
    if item is None:
        raise ValueError(f"{case.id} is no case of BFCL")
    category = str(item.get("category", ""))
    if malformed:
        return undecoded(category, "an output that cannot be read")
    return check(
        item.get("tools"),
        item.get("possible_answer"),
        [{"name": call.name, "arguments": dict(call.arguments)} for call in calls],
        category,
        item.get("underscore_to_dot") is True,
    )
