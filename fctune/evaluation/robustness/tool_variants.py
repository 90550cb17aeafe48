"""Variants of the tools of a case: other names, another order, more, fewer, without words.

Input: an EvalCase and a Random. Output: the changed case, or None where the variant would change
nothing or would leave no right answer.
"""

from __future__ import annotations

import re
from dataclasses import replace
from random import Random
from string import ascii_lowercase

from fctune.dataset.nearness import nearest_to
from fctune.evaluation.cases.case_set import Decision, EvalCase
from fctune.evaluation.outcomes.task_calls import calls_before
from fctune.evaluation.robustness.edit import Renaming, renamed_case, with_tools
from fctune.evaluation.robustness.schemas import new_names, renamed, restyled, without_words
from fctune.patterns import regex
from fctune.tools.spec import ToolCatalog, ToolSpec

_LETTERS = 5
# A tool that hands over to people is a right way out where the needed one is gone.
_PEOPLE = regex(r"human|person|agent|operator|representative|人工|客服", re.IGNORECASE)


def renamed_tools(case: EvalCase, draw: Random) -> EvalCase | None:
    """Give each tool a name that says nothing.

    A tool without a description would be a riddle then: its name changes its style alone.
    """
    names: dict[str, str] = {}
    for spec in case.catalog:
        new = _opaque(draw) if spec.description.strip() else restyled(spec.name)
        if new in names.values() or (new != spec.name and case.catalog.get(new)):
            new = spec.name
        names[spec.name] = new
    if not any(old != new for old, new in names.items()):
        return None
    return renamed_case(
        case, Renaming(names), lambda spec: replace(spec, name=names[spec.name], examples=())
    )


def renamed_parameters(case: EvalCase, draw: Random) -> EvalCase | None:
    """Give each parameter a name that says nothing, where a description says what it is."""
    names = {spec.name: new_names(spec.parameters) for spec in case.catalog}
    if not any(names.values()):
        return None

    def changed(spec: ToolSpec) -> ToolSpec:
        return replace(spec, parameters=renamed(spec.parameters, names[spec.name]), examples=())

    return renamed_case(case, Renaming(parameters=names), changed)


def shuffled_tools(case: EvalCase, draw: Random) -> EvalCase | None:
    """Put the tools into another order."""
    specs = list(case.catalog)
    if len(specs) < 2:
        return None
    while specs == list(case.catalog):
        draw.shuffle(specs)
    return with_tools(case, specs)


def no_descriptions(case: EvalCase, draw: Random) -> EvalCase | None:
    """Take the descriptions of tools and parameters away."""
    specs = [
        replace(spec, description="", parameters=without_words(spec.parameters), examples=())
        for spec in case.catalog
    ]
    return with_tools(case, specs) if specs != list(case.catalog) else None


def tool_removed(case: EvalCase, draw: Random) -> EvalCase | None:
    """Take the tools that the gold calls need off the list: the model can only say so.

    Left alone: a case whose earlier turns call them, and one with another tool that does the same
    or hands over to a person.
    """
    needed = {call.name for call in case.calls}
    before = {call.name for call in calls_before(case) or ()}
    rest = [spec for spec in case.catalog if spec.name not in needed]
    gone = [spec for spec in case.catalog if spec.name in needed]
    if not gone or not rest or needed & before:
        return None
    if any(_PEOPLE.search(f"{spec.name} {spec.description}") for spec in rest):
        return None
    if any(near.twin for near in nearest_to(gone, rest)):
        return None
    official = None
    if case.bfcl is not None:
        official = {**case.bfcl, "category": "irrelevance", "possible_answer": []}
    return replace(
        with_tools(case, rest),
        calls=(),
        text="",
        accepted=(),
        missing=(),
        lesson="refuse",
        decision=Decision.REFUSE,
        bfcl=official,
    )


def merged(catalogs: list[ToolCatalog], most: int, draw: Random) -> ToolCatalog:
    """Return one catalogue of the tools of many; the first of a name stays, at most so many."""
    found: dict[str, ToolSpec] = {}
    for catalog in catalogs:
        for spec in catalog:
            found.setdefault(spec.name, spec)
    specs = list(found.values())
    if len(specs) > most:
        specs = draw.sample(specs, most)
    return ToolCatalog(tuple(specs))


def _opaque(draw: Random) -> str:
    return "fn_" + "".join(draw.choice(ascii_lowercase) for _ in range(_LETTERS))
