"""Distracting tools for a case: from the other cases of the set, and from everyday life.

Input: a CaseSet. Output: a function that adds four tools to the list of a case: the two that share
the most words with the called tools, and two drawn ones. What is not added, so that the right
answer stays right (the rules of `fctune.dataset.distractor_pool`, on a short list of candidates):

- a tool whose name the list has already;
- a tool that does the same deed to the same thing as a called one;
- a tool told in another language than the user's;
- where no call is due: a tool that shares a word or a synonym with what user and model say.

Before: tools [track_order], call track_order
After:  tools [find_recipe, cancel_order, track_order, play_song, query_order]
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from random import Random

from fctune.dataset.nearness import (
    concepts_of_texts,
    concepts_of_tool,
    is_chinese,
    nearest_to,
    shared_words,
)
from fctune.evaluation.cases.case_set import CaseSet, EvalCase
from fctune.evaluation.robustness.edit import USER, last_of, with_tools
from fctune.evaluation.robustness.everyday import CHINESE, ENGLISH
from fctune.evaluation.robustness.tool_variants import merged
from fctune.tools.spec import ToolSpec

ADDED = 4
_POOL = 300
_NEAR, _DRAWN = 4, 6


def distractor(case_set: CaseSet, seed: int) -> Callable[[EvalCase, Random], EvalCase | None]:
    """Return what adds tools to the cases of a set."""
    lists = {case.catalog.fingerprint: case.catalog for case in case_set.cases}
    own = merged(list(lists.values()), _POOL, Random(seed))
    return _Distractor((*own.merged(ENGLISH).merged(CHINESE),), seed)


class _Distractor:
    """Adds tools to cases; what it adds to one does not depend on those before it."""

    def __init__(self, specs: Sequence[ToolSpec], seed: int) -> None:
        self._specs, self._seed = specs, seed
        self._words = [concepts_of_tool(spec) for spec in specs]
        self._chinese = [is_chinese(f"{spec.name} {spec.description}") for spec in specs]
        self._found: dict[tuple[str, ...], tuple[list[int], list[int]]] = {}

    def __call__(self, case: EvalCase, draw: Random) -> EvalCase | None:
        """Return the case with further tools, or None where none may be added."""
        if not case.catalog.specs:
            return None
        place = last_of(case, USER)
        said = case.messages[place]["content"] if place is not None else ""
        near, drawn = self._candidates(case, said)
        draw.shuffle(drawn)
        fresh = [i for i in near if case.catalog.get(self._specs[i].name) is None]
        picked = fresh[: ADDED // 2]
        others = (i for i in (*drawn, *fresh) if i not in picked)
        lawful = [i for i in others if case.catalog.get(self._specs[i].name) is None]
        picked += list(dict.fromkeys(lawful))[: ADDED - len(picked)]
        if not picked:
            return None
        specs = list(case.catalog)
        for index in picked:
            specs.insert(draw.randrange(len(specs) + 1), self._specs[index])
        return with_tools(case, specs)

    def _candidates(self, case: EvalCase, said: str) -> tuple[list[int], list[int]]:
        """Return the places of near tools, the nearest first, and of some others."""
        chinese = is_chinese(said)
        tongue = [i for i, one in enumerate(self._chinese) if one is chinese]
        called = [spec for spec in case.catalog if spec.name in {one.name for one in case.calls}]
        if not called:
            words = concepts_of_texts((said, case.text))
            lawful = [i for i in tongue if not self._words[i] & words]
            return self._nearest(case.catalog.specs, lawful), lawful
        key = (str(chinese), *sorted(spec.fingerprint for spec in called))
        if key not in self._found:
            self._found[key] = self._without_twins(called, tongue, key)
        near, drawn = self._found[key]
        return list(near), list(drawn)

    def _without_twins(
        self, called: Sequence[ToolSpec], places: Sequence[int], key: tuple[str, ...]
    ) -> tuple[list[int], list[int]]:
        names = {spec.name for spec in called}
        other = [i for i in places if self._specs[i].name not in names]
        near = self._nearest(called, other)
        rest = [i for i in other if i not in near]
        drawn = Random(json.dumps([self._seed, *key])).sample(rest, min(_DRAWN, len(rest)))
        listed = [*near, *drawn]
        found = nearest_to(called, [self._specs[i] for i in listed])
        twins = {listed[one.index] for one in found if one.twin}
        ranked = [listed[one.index] for one in found]
        return (
            [i for i in ranked if i in near and i not in twins],
            [i for i in drawn if i not in twins],
        )

    def _nearest(self, specs: Sequence[ToolSpec], places: Sequence[int]) -> list[int]:
        own = frozenset().union(*map(concepts_of_tool, specs))
        shared = shared_words([self._words[i] for i in places], own)
        order = sorted(range(len(places)), key=lambda at: (-shared[at], at))
        return [places[at] for at in order[:_NEAR] if shared[at] > 0]
