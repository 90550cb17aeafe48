"""The `prepare:` block of a recipe: how the data is made that the stages are trained on.

Input: the block of a recipe file, with its lines. Output: the options of `fctune prepare` under
their names with `_` for `-`, each checked alone and against the stages. The values are plain YAML,
as in tool files: `mix: 1:1` is text, `no` is no boolean.

Before: prepare: {mix: 2:1, switches: {success-claimed: reject}} (line 9)
After:  {"mix": Setting("2:1", "a.yaml:9", "recipe"), "switches": Setting({...}, ...)}
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from fctune.conversations.turns import Lesson
from fctune.dataset.switches import Switches
from fctune.engine.arguments import engine_templates, nearest
from fctune.errors import UsageFault
from fctune.jsonl.yaml_values import plain_value
from fctune.recipe.problems import Problem
from fctune.recipe.spec import Recipe, Setting, Stage

Check = Callable[[Any], bool]
# As in `fctune.dataset.mixing_lessons`, which would import numpy here.
_WITHOUT_CALLS = {Lesson.GENERAL, Lesson.NO_CALL, Lesson.REFUSE}
_LESSONS = tuple(lesson.value for lesson in Lesson if lesson not in _WITHOUT_CALLS)


@dataclass(frozen=True, slots=True)
class PrepareKey:
    """One option of `fctune prepare` that a recipe may hold.

    Attributes:
        takes: tells whether a value is possible.
        expected: what it takes, in words.
        meaning: what it does, for the reference page.
        choices: the words that it takes, where it takes only those.
    """

    takes: Check
    expected: str
    meaning: str
    choices: tuple[str, ...] = ()


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _from(least: int) -> Check:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= least


def _share(value: Any) -> bool:
    return _number(value) and 0 <= value <= 1


def _any_of(*checks: Check) -> Check:
    return lambda value: any(check(value) for check in checks)


def _weights(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        name in _LESSONS and _number(weight) and 0 <= weight < float("inf")
        for name, weight in value.items()
    )


def _texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_text, value))


def _one_of(meaning: str, *words: str) -> PrepareKey:
    return PrepareKey(lambda value: value in words, f"one of {', '.join(words)}", meaning, words)


def _whole(least: int, meaning: str) -> PrepareKey:
    return PrepareKey(_from(least), f"a whole number from {least}", meaning)


def _switch(meaning: str) -> PrepareKey:
    return PrepareKey(_flag, "true or false", meaning)


def _path(meaning: str) -> PrepareKey:
    return PrepareKey(_text, "a path, as seen from the current folder", meaning)


PREPARE_KEYS: Mapping[str, PrepareKey] = {
    "name": PrepareKey(_text, "text", "Name of the dataset."),
    "out": _path("Folder of dataset_info.json; default: dataset_dir of the stages."),
    "tools": _path("Tools of rows that bring none."),
    "tell_examples": _whole(0, "Examples of the tools to tell in each description."),
    "mapping": _path("File with tool_mapping."),
    "format": PrepareKey(_text, "a name or a path", "Raw format, or a format file."),
    "system": PrepareKey(_text, "text", "System text of rows that have none."),
    "template": PrepareKey(
        lambda value: value in engine_templates(),
        "a template of the engine",
        "Engine template the dataset is for; default: that of the stages, and never another.",
    ),
    "model": PrepareKey(_text, "a folder or id", "Model whose tokens are counted."),
    "cutoff_len": _whole(
        16, "Most tokens of a row; default: the least of the stages, and never more than one's."
    ),
    "over_long": _one_of("What happens to longer rows.", "drop", "window"),
    "carry": _whole(0, "Exchanges of the window before that each window begins with."),
    "prefix_rows": _switch("A row of its own for each call, so that mask_history trains all."),
    "prefix_each": _one_of("With prefix_rows: a row for each call or turn.", "call", "turn"),
    "mix": PrepareKey(_text, "general:call, such as 1:1", "General rows for rows with a call."),
    "lessons": PrepareKey(
        _weights, "a mapping of lessons to weights", "Weights of lessons to one another."
    ),
    "upsample": _switch("Write rows several times to reach weights."),
    "max_repeat": _whole(1, "How often a row may be written at most."),
    "cap_per_tool": _whole(1, "Most rows that call one tool."),
    "dev": PrepareKey(_share, "a share from 0 to 1", "Share of the dev split."),
    "test": PrepareKey(_share, "a share from 0 to 1", "Share of the test split."),
    "hold_out_tools": PrepareKey(
        _any_of(_from(0), _text, _texts),
        "a number of tools, or their names",
        "Tools that no row of train and dev shows.",
    ),
    "max_tools": _whole(1, "Most tools that a row lists."),
    "tool_tokens": _whole(1, "Most tokens of a row's tool list."),
    "distractors": _switch("Add tools of `tools` to shorter lists."),
    "distractor_pool": _path("Add tools of this file instead."),
    "near_dup": _switch("Look for rows that say nearly the same."),
    "near_dup_threshold": PrepareKey(
        lambda value: _number(value) and 0.5 <= value <= 1,
        "a number from 0.5 to 1",
        "Similarity from which on they do.",
    ),
    "drop_prefixes": _switch("Leave out rows that a longer row of the same trace begins with."),
    "thoughts": _one_of("What happens to thoughts.", "remove", "keep"),
    "redact": _switch("Mask personal data and keys."),
    "redact_kinds": PrepareKey(
        _any_of(_text, _texts), "kinds, such as email,phone", "Which of them are masked."
    ),
    "strict": _switch("Reject rows instead of repairing them."),
    "switches": PrepareKey(
        lambda value: isinstance(value, Mapping),
        "a mapping of issue codes to off, warn or reject",
        "What a code does to a row; a code may end in * for a family.",
    ),
    "max_reject_rate": PrepareKey(
        _share, "a share from 0 to 1", "Exit 1 where more than this share of rows is rejected."
    ),
    "seed": PrepareKey(_from(0), "a whole number from 0", "Seed of everything that is drawn."),
}

_MAX_DEPTH = 4
_OF_ONE_RUN = ("raw", "recipe", "workers", "engine", "ray_address", "explain", "json", "dry_run")


def read_prepare(path: Path, node: yaml.Node | None) -> tuple[dict[str, Setting], list[Problem]]:
    """Read the block.

    Args:
        path: the recipe file.
        node: the value of `prepare`; None, or no mapping, where the block is empty.
    """
    prepare: dict[str, Setting] = {}
    problems: list[Problem] = []
    if not isinstance(node, yaml.MappingNode):
        return prepare, problems
    seen: dict[str, int] = {}
    for key_node, value_node in node.value:
        key, line = str(key_node.value), key_node.start_mark.line + 1
        where = f"{path}:{line}"
        if key in seen:
            message = f"prepare.{key} is written twice, first in line {seen[key]}"
            problems.append(Problem(where, message, "remove one of the two"))
            continue
        seen[key] = line
        setting = Setting(_plain(value_node), where, "recipe")
        found = list(_check(key, setting, path, value_node))
        problems += found
        if not found:
            prepare[key] = setting
    return prepare, problems


def _plain(node: yaml.Node, depth: int = 0) -> Any:
    """Return a value by the rules of YAML 1.2, as tool files are read, not by the engine's."""
    if depth > _MAX_DEPTH:
        return None
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _plain(value, depth + 1) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(value, depth + 1) for value in node.value]
    if getattr(node, "style", None) is not None:
        return node.value
    try:
        return plain_value(node.value)
    except ValueError:  # more digits than Python converts
        return node.value


def _check(key: str, setting: Setting, path: Path, node: yaml.Node) -> Iterator[Problem]:
    known, value = PREPARE_KEYS.get(key), setting.value
    if known is None:
        yield _unknown(key, setting.where)
    elif value is None:
        return
    elif key == "switches" and isinstance(value, Mapping):
        yield from _check_switches(value, path, node, setting.where)
    elif not known.takes(value):
        words = known.choices or (engine_templates() if key == "template" else ())
        close = nearest(str(value), words)
        hint = f"did you mean {key}: {close}?" if close else ""
        if key == "lessons" and isinstance(value, Mapping):
            hint = f"lessons are {', '.join(_LESSONS)}; weights are numbers from 0 on"
        message = f"got prepare.{key}: {_shown(value)}, expected {known.expected}"
        yield Problem(setting.where, message, hint)


def _unknown(key: str, where: str) -> Problem:
    name = key.replace("-", "_")
    if name in PREPARE_KEYS:
        return Problem(where, f"unknown key prepare.{key}", f"did you mean {name}?")
    if name in _OF_ONE_RUN:
        hint = "remove it, and give it on the command line"
        return Problem(where, f"prepare.{key} belongs to one run, not into a recipe", hint)
    close = nearest(name, PREPARE_KEYS)
    hint = f"did you mean {close}?" if close else "the keys are in docs/reference/recipe.md"
    return Problem(where, f"unknown key prepare.{key}", hint)


def _check_switches(
    value: Mapping[str, Any], path: Path, node: yaml.Node, where: str
) -> Iterator[Problem]:
    lines = {
        str(key.value): f"{path}:{key.start_mark.line + 1}"
        for key, _ in (node.value if isinstance(node, yaml.MappingNode) else ())
    }
    for code, action in value.items():
        # YAML 1.1 would read a bare off as false; here it is text, but true and false are not.
        try:
            Switches({code: action})
        except UsageFault as fault:
            hint = fault.hint.removeprefix("--switch ").replace("=", ": ", 1)
            hint = hint if fault.hint.startswith("--switch ") else fault.hint
            yield Problem(lines.get(code, where), f"prepare.switches: {fault.message}", hint)


def _shown(value: Any) -> str:
    return repr(value) if len(repr(value)) <= 60 else f"{repr(value)[:57]}..."


def check_prepare(prepare: Mapping[str, Setting], stages: Mapping[str, Stage]) -> list[Problem]:
    """Return where the block disagrees with the stages that train on its data."""
    problems: list[Problem] = []
    template, cutoff = prepare.get("template"), prepare.get("cutoff_len")
    for stage in stages.values():
        trained = stage.get("template")
        if template is not None and template.value and trained and trained != template.value:
            message = f"got prepare.template: {template.value}, stage {stage.name} has {trained}"
            hint = "remove prepare.template; data is made for the template of the stages"
            problems.append(Problem(template.where, message, hint))
        longest = stage.get("cutoff_len")
        if cutoff is not None and cutoff.value and longest and cutoff.value > longest:
            message = f"got prepare.cutoff_len: {cutoff.value}, stage {stage.name} has {longest}"
            hint = f"write cutoff_len: {longest}; the engine would cut longer rows without a word"
            problems.append(Problem(cutoff.where, message, hint))
    return problems


def prepare_options(recipe: Recipe) -> dict[str, Any]:
    """Return the options of `fctune prepare` that a recipe gives, by their names with `_`.

    Template, cutoff and folder are those of the stages where the block does not name them and the
    stages agree; the cutoff is the least of the stages'.
    """
    stages = recipe.stages.values()
    options: dict[str, Any] = {}
    templates = {stage.get("template") for stage in stages}
    if len(templates) == 1 and None not in templates:
        options["template"] = templates.pop()
    cutoffs = [stage.get("cutoff_len") for stage in stages]
    if cutoffs and None not in cutoffs:
        options["cutoff_len"] = min(cutoffs)
    folders = {stage.get("dataset_dir") for stage in stages}
    if len(folders) == 1 and None not in folders:
        options["out"] = folders.pop()
    given = {key: one.value for key, one in recipe.prepare.items() if one.value is not None}
    return {**options, **given}
