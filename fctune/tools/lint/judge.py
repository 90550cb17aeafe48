"""lint_catalog: what makes lawful tools hard to call, to train or to serve.

Input: a catalogue in canonical form. Output: issues, by tool in the catalogue's order, then those
of the catalogue as a whole. Reading a catalogue does not call this: rows of a data set are read a
hundred thousand times, and their tools are what they are.
"""

from __future__ import annotations

from collections.abc import Sequence

from fctune.issues import Issue, issue
from fctune.tools.lint.calls import need_of
from fctune.tools.lint.names import check_names
from fctune.tools.lint.schema import check_parameters
from fctune.tools.lint.words import check_words
from fctune.tools.size import Fit, Sizes
from fctune.tools.spec import ToolCatalog, ToolSpec

_FEW = 2


def lint_catalog(catalog: ToolCatalog, places: Sequence[str] | None = None) -> list[Issue]:
    """Return every finding about the quality of a catalogue.

    Args:
        catalog: the tools.
        places: the place of each tool in its source; `tools[0]`, `tools[1]` ... by default.

    >>> tool = ToolSpec("get_user", "Get user.", {"type": "object", "properties": {}})
    >>> [str(found) for found in lint_catalog(ToolCatalog((tool,)))]
    ["tools[0]: 'Get user.' only repeats the name [tool-description-thin]"]
    """
    specs = catalog.specs
    if not specs:
        return [issue("catalogue-empty", "tools", "holds no tool that can be used")]
    where = [f"tools[{i}]" for i in range(len(specs))] if places is None else list(places)
    found = check_names(specs, where) + check_words(specs, where)
    for spec, place in zip(specs, where, strict=True):
        found += check_parameters(spec.parameters, f"{place}.parameters")
        found += _check_empty_call(spec, f"{place}.parameters")
    return found + _check_required(specs)


def check_fit(sizes: Sizes, fit: Fit) -> list[Issue]:
    """Return the finding that the tools of a catalogue do not fit a row.

    Args:
        sizes: what the tools cost.
        fit: how many of them fit.
    """
    if fit.tools >= len(sizes.each):
        return []
    message = (
        f"{fit.tools} of {len(sizes.each)} tools fit {fit.cutoff_len} tokens with {fit.room} left "
        f"for the conversation; all of them take {sizes.total}"
    )
    return [issue("catalogue-over-cutoff", "tools", message)]


def _check_empty_call(spec: ToolSpec, place: str) -> list[Issue]:
    need = need_of(spec)
    if need is None:
        return []
    if need.told:
        names = ", ".join(need.required)
        message = f"the descriptions say that {names} is required, `required` does not"
        return [issue("tool-required-told", place, message)]
    return [issue("tool-empty-call", place, "a call without any argument passes")]


def _check_required(specs: Sequence[ToolSpec]) -> list[Issue]:
    """Tell where a whole catalogue never says `required`: its author forgot, or did not know."""
    able = [spec for spec in specs if spec.parameters["properties"]]
    if len(able) < _FEW or any(spec.parameters.get("required") for spec in able):
        return []
    if not any(need_of(spec) or spec.parameters.get("minProperties") for spec in able):
        return []
    message = f"none of {len(able)} tools with parameters says which of them are required"
    return [issue("catalogue-required-untold", "tools", message)]
