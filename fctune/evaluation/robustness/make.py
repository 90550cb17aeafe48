"""Variants of a CaseSet: every case, changed by rule, beside its origin.

Input: a CaseSet, the names of variants and a seed. Output: the CaseSet with its variants behind its
cases, and how many of each there are. The same seed gives the same variants, and a variant of one
case does not depend on the other cases, but for distracting tools, which are theirs.

Before: the case `a#1`
After:  the cases `a#1`, `a#1~typos` with the tags `variant:typos`, `of:a#1`
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from random import Random

from fctune.evaluation.cases.case_set import CaseSet, EvalCase
from fctune.evaluation.robustness import tool_variants
from fctune.evaluation.robustness.distract import distractor
from fctune.evaluation.robustness.edit import USER, last_of, with_message
from fctune.evaluation.robustness.injection import injected_by_result, injected_by_user
from fctune.evaluation.robustness.listed import NAMES
from fctune.evaluation.robustness.names import parts_of, variant_id
from fctune.evaluation.robustness.paraphrase import paraphrased
from fctune.evaluation.robustness.protect import Values, values_of
from fctune.evaluation.robustness.typos import slipped
from fctune.evaluation.robustness.width import other_width

Change = Callable[[EvalCase, Random], EvalCase | None]


def with_variants(
    case_set: CaseSet, names: Sequence[str] = NAMES, *, seed: int
) -> tuple[CaseSet, dict[str, int]]:
    """Return a set with the variants of its cases, and how many there are of each name.

    Args:
        case_set: the cases; variants among them get none of their own.
        names: of variants; see `listed.chosen`.
        seed: of every draw.
    """
    origins = [case for case in case_set.cases if not parts_of(case.id)[1]]
    made = {name: list(variants_of(case_set, origins, name, seed)) for name in names}
    behind = tuple(case for name in names for case in made[name])
    counts = {name: len(cases) for name, cases in made.items()}
    return replace(case_set, cases=(*case_set.cases, *behind)), counts


def variants_of(
    case_set: CaseSet, origins: Sequence[EvalCase], name: str, seed: int
) -> Iterator[EvalCase]:
    """Yield the variants of one name; cases that it does not fit have none."""
    change = _change(case_set, name, seed)
    for case in origins:
        draw = Random(json.dumps([seed, name, case.id]))
        changed = change(case, draw)
        if changed is not None:
            yield replace(
                changed,
                id=variant_id(case.id, name),
                group=case.group,
                tags=(*case.tags, f"variant:{name}", f"of:{case.id}"),
            )


def _change(case_set: CaseSet, name: str, seed: int) -> Change:
    changes: dict[str, Callable[[], Change]] = {
        "renamed_tools": lambda: tool_variants.renamed_tools,
        "renamed_parameters": lambda: tool_variants.renamed_parameters,
        "shuffled_tools": lambda: tool_variants.shuffled_tools,
        "distracting_tools": lambda: distractor(case_set, seed),
        "no_descriptions": lambda: tool_variants.no_descriptions,
        "typos": lambda: _text_change(slipped),
        "paraphrase": lambda: _text_change(paraphrased),
        "width": lambda: _text_change(lambda text, values, draw: other_width(text, values)),
        "injection_user": lambda: lambda case, draw: injected_by_user(case, seed),
        "injection_result": lambda: lambda case, draw: injected_by_result(case, seed),
        "tool_removed": lambda: tool_variants.tool_removed,
    }
    return changes[name]()


def _text_change(rewrite: Callable[[str, Values, Random], str | None]) -> Change:
    """Return a change of the last words of the user, in which every value stays."""

    def change(case: EvalCase, draw: Random) -> EvalCase | None:
        place = last_of(case, USER)
        if place is None:
            return None
        text = case.messages[place]["content"]
        values = values_of(case)
        changed = rewrite(text, values, draw)
        if changed is None or changed == text or not values.kept(text, changed):
            return None
        return with_message(case, place, changed)

    return change
