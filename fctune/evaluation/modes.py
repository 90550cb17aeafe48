"""The three modes of scoring: what it takes for a call to be right.

Input: a case and the calls made. Output: a CallMatch, by the equality of the mode.

bfcl      bit-exact with the official checker of BFCL; for cases that hold its possible answers
strict    raw values, the types of the schema, the best matching of parallel calls
semantic  strict, with texts, numbers, sets and dates compared by meaning, and defaults as omitted
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from fctune.evaluation.cases import EvalCase
from fctune.evaluation.match import CallMatch, match_calls
from fctune.tools.spec import ToolCall


class Mode(Enum):
    """How calls are compared with the gold ones."""

    BFCL = "bfcl"
    STRICT = "strict"
    SEMANTIC = "semantic"


def match_case(case: EvalCase, calls: Sequence[ToolCall], mode: Mode) -> CallMatch:
    """Pair the gold calls of a case with the calls made, by the equality of a mode."""
    return match_calls(case.calls, calls, case.catalog)
