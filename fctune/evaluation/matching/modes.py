"""The three modes of scoring: what it takes for a call to be right.

Input: a case and the calls made. Output: a CallMatch, by the equality of the mode.

bfcl      bit-exact with the official checker of BFCL; for cases that hold its possible answers.
          `fctune.evaluation.bfcl` gives the verdict; the match here, by the same equality of
          values, feeds the metrics of arguments
strict    raw values, the types of the schema, the best matching of parallel calls
semantic  strict, with texts, numbers, sets and dates compared by meaning, and defaults as omitted

In all three, what the case accepts beside its gold calls is right, in any order of the calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from functools import lru_cache

from fctune.evaluation.cases.case_set import EvalCase
from fctune.evaluation.matching.match import STRICT, CallMatch, Rules, match_calls
from fctune.evaluation.semantic.comparators import Comparators
from fctune.tools.spec import ToolCall


class Mode(Enum):
    """How calls are compared with the gold ones."""

    BFCL = "bfcl"
    STRICT = "strict"
    SEMANTIC = "semantic"


def match_case(
    case: EvalCase,
    calls: Sequence[ToolCall],
    mode: Mode,
    comparators: Comparators | None = None,
) -> CallMatch:
    """Pair the gold calls of a case with the calls made, by the equality of a mode.

    Args:
        case: what was asked, with the gold calls and what else is accepted.
        calls: the calls made.
        mode: how values are compared.
        comparators: of a comparator file; only the mode `semantic` looks at them.
    """
    return match_calls(
        case.calls, calls, case.catalog, case.accepted, _rules(case, mode, comparators)
    )


def _rules(case: EvalCase, mode: Mode, comparators: Comparators | None) -> Rules:
    if mode is Mode.STRICT:
        return STRICT
    if mode is Mode.SEMANTIC:
        return _semantic() if comparators is None else _of_file(comparators)
    from fctune.evaluation.semantic.official import BfclRules

    return BfclRules(bool(case.bfcl and case.bfcl.get("underscore_to_dot")))


@lru_cache(maxsize=1)
def _semantic() -> Rules:
    return _of_file(Comparators())


def _of_file(comparators: Comparators) -> Rules:
    # Late: the comparators are not needed for a strict run, and their patterns take a while.
    from fctune.evaluation.semantic.values import Semantic

    return Semantic(comparators)
