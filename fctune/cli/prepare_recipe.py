"""`--recipe` of `fctune prepare`: the options of a recipe's prepare block as defaults.

Input: the path of a recipe. Output: the defaults of all other options of the command; what is
given on the command line wins. Used as the callback of an eager option, so that it runs first.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from fctune.errors import UsageFault

# Keys of the block whose parameter has another name.
_PARAMETERS = {"out": "out_dir", "switches": "switch"}
# Flags whose key may hold a value instead, and the parameter that takes it.
_WITH_VALUE = {
    "prefix_rows": "prefix_each",
    "near_dup": "near_dup_threshold",
    "redact": "redact_kinds",
    "distractors": "distractor_pool",
}


def use_recipe(context: typer.Context, path: Path | None) -> Path | None:
    """Lay the options of a recipe under those of the command line.

    Raises:
        InputFault: the recipe cannot be read, or holds problems.
        UsageFault: it holds an option that this command does not have.
    """
    if path is None or context.resilient_parsing:
        return path
    from fctune.recipe.load import load_recipe
    from fctune.recipe.prepare import prepare_options

    recipe = load_recipe(path)
    options = as_words(prepare_options(recipe))
    known = {parameter.name for parameter in context.command.params}
    for name in options:
        if name not in known:
            setting = recipe.prepare.get(name)
            where = setting.where if setting is not None else str(path)
            raise UsageFault(f"fctune prepare has no option {name}", where=where, hint="remove it")
    context.default_map = {**(context.default_map or {}), **options}
    return path


def as_words(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options under the names of parameters, their values as the command line takes them.

    >>> as_words({"out": "data", "switches": {"tail-cut": "reject"}, "lessons": {"call": 1}})
    {'out_dir': 'data', 'switch': ['tail-cut=reject'], 'lessons': 'call=1'}
    """
    words: dict[str, Any] = {}
    for key, value in options.items():
        if key in _WITH_VALUE and not isinstance(value, bool):
            words[key], words[_WITH_VALUE[key]] = True, _word(key, value)
        else:
            words[_PARAMETERS.get(key, key)] = _word(key, value)
    return words


def _word(key: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        words = [f"{name}={one}" for name, one in value.items()]
        return words if key == "switches" else ",".join(words)
    if isinstance(value, list):
        return ",".join(map(str, value))
    return value if isinstance(value, bool) else str(value)


def recipe_switches(path: Path | None) -> Mapping[str, str]:
    """Return the switches of a recipe, under which those of the command line are laid one by one.

    Raises:
        InputFault: the recipe cannot be read, or holds problems.
    """
    if path is None:
        return {}
    from fctune.recipe.load import load_recipe
    from fctune.recipe.prepare import prepare_options

    switches: Mapping[str, str] = prepare_options(load_recipe(path)).get("switches", {})
    return switches


RecipeOpt = Annotated[
    Path | None,
    typer.Option(
        "--recipe",
        callback=use_recipe,
        is_eager=True,
        help="Recipe whose prepare block gives the options; those of the command line win.",
        show_default=False,
    ),
]
