"""How a variant is told from its origin: by its id and its tags.

Input: ids and cases. Output: names.

Before: the case `a#1`, the variant `typos`
After:  the case `a#1~typos` with the tags `variant:typos` and `of:a#1`
"""

from __future__ import annotations

import re

from fctune.evaluation.cases.case_set import EvalCase
from fctune.evaluation.robustness.listed import NAMES
from fctune.patterns import regex

MARK = "~"
_ID = regex(rf"(.+){MARK}([a-z][a-z_]*)\Z", re.DOTALL)


def variant_id(origin: str, name: str) -> str:
    """Return the id of a variant.

    >>> variant_id("a#1", "typos")
    'a#1~typos'
    """
    return f"{origin}{MARK}{name}"


def parts_of(case_id: str) -> tuple[str, str]:
    """Return the origin's id and the variant's name; the name is "" for what is no variant.

    >>> parts_of("a#1~typos"), parts_of("a#1"), parts_of("~/x")
    (('a#1', 'typos'), ('a#1', ''), ('~/x', ''))
    """
    found = _ID.match(case_id)
    return (found[1], found[2]) if found and found[2] in NAMES else (case_id, "")


def is_variant(case: EvalCase) -> bool:
    """Tell whether a case is a variant of another."""
    return parts_of(case.id)[1] != ""
