"""Recipes from disk: YAML with line numbers in, a checked Recipe out.

Input: a recipe file, and `key=value` overrides. Output: a Recipe whose stages hold every key with
its origin. Every problem of the file is collected and shown at once. Nothing heavy is imported.

Before, in the file (`configs/a.yaml`, line 9):
    stages: {toolcall: {preset: guide, dataset: shop_toolcall_train}}
After, in the stage:
    settings["lora_rank"] == Setting(16, "preset guide", "preset")
    settings["dataset"] == Setting("shop_toolcall_train", "configs/a.yaml:9", "stage")
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from fctune.engine import dialect
from fctune.engine.arguments import nearest
from fctune.errors import InputFault
from fctune.jsonl import decoded, read_bytes, read_document
from fctune.jsonl.faults import look_at
from fctune.jsonl.lines import DocumentLines
from fctune.recipe.checks import check_stage
from fctune.recipe.overrides import Override
from fctune.recipe.prepare import check_prepare, read_prepare
from fctune.recipe.presets import DEFAULTS, PRESETS
from fctune.recipe.problems import Problem, raise_all
from fctune.recipe.schema import check_setting
from fctune.recipe.spec import STAGE_NAMES, Recipe, Setting, Stage
from fctune.tools.mapping.load import hint_of, load_mapping
from fctune.tools.mapping.read import parse_mapping
from fctune.tools.mapping.spec import ToolMapping

_NOT_OF_STAGES = ("schema_version", "name", "tool_mapping", "prepare")
_BATCH_KEYS = ("effective_batch_size", "gradient_accumulation_steps")


@dataclass(slots=True)
class _Draft:
    """What was read of a file so far."""

    top: dict[str, Setting] = field(default_factory=dict)
    prepare: dict[str, Setting] = field(default_factory=dict)
    stages: dict[str, dict[str, Setting]] = field(default_factory=dict)
    stage_places: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    bad_keys: dict[str, set[str]] = field(default_factory=dict)  # by stage; `recipe` is the top

    def refuse(self, scope: str, key: str, problem: Problem) -> None:
        """Note a key whose value cannot be used, so that nothing is said of its absence."""
        self.problems.append(problem)
        self.bad_keys.setdefault(scope, set()).add(key)

    def silent_for(self, stage: str) -> set[str]:
        """Return the keys of a stage about which no more need be said."""
        bad = self.bad_keys.get("recipe", set()) | self.bad_keys.get(stage, set())
        return bad | {"finetuning_type", "start_from"} if "preset" in bad else bad


def load_recipe(path: Path, overrides: Sequence[Override] = ()) -> Recipe:
    """Read and check a recipe.

    Args:
        path: the YAML file.
        overrides: from the command line; they win over the file.

    Raises:
        InputFault: the file cannot be read, or holds problems; all of them are named.
    """
    hint = f"ls {path.parent}/*.yaml; the recipes of a checkout are in configs/"
    data = read_bytes(path, hint=hint)
    root = _compose(path, data)
    draft = _Draft()
    _read_top(path, root, draft)
    _check_presence(path, draft)
    stages = {
        name: _merge(name, draft, [override for override in overrides if override.is_for(name)])
        for name in draft.stages
    }
    for stage in stages.values():
        draft.problems.extend(check_stage(stage, stages, silent=draft.silent_for(stage.name)))
    draft.problems.extend(check_prepare(draft.prepare, stages))
    mapping = _mapping(path, draft)
    raise_all(_in_order(path, draft.problems), where=str(path))
    return Recipe(
        name=str(draft.top["name"].value),
        path=path,
        sha256=hashlib.sha256(data).hexdigest(),
        stages=stages,
        tool_mapping=mapping,
        prepare=draft.prepare,
    )


def _compose(path: Path, data: bytes) -> yaml.MappingNode:
    try:
        root = dialect.compose(decoded(data, str(path)))
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        hint = look_at(str(path), mark.line + 1) if mark else ""
        raise InputFault(f"not valid YAML: {fault.problem}", where=where, hint=hint) from fault
    except yaml.YAMLError as fault:
        raise InputFault(f"not valid YAML: {fault}", where=str(path)) from fault
    if not isinstance(root, yaml.MappingNode):
        raise InputFault(
            "got no mapping, expected name, stages and engine keys",
            where=str(path),
            hint="see docs/reference/recipe.md, or copy a recipe of configs/",
        )
    return root


def _read_top(path: Path, root: yaml.MappingNode, draft: _Draft) -> None:
    for key, setting, node in _entries(path, root, "recipe", draft):
        if key != "stages":
            draft.top[key] = setting
            if key == "prepare":
                draft.prepare, problems = read_prepare(path, node)
                draft.problems += problems
        elif isinstance(node, yaml.MappingNode):
            _read_stages(path, node, draft)


def _read_stages(path: Path, node: yaml.MappingNode, draft: _Draft) -> None:
    for key_node, value_node in node.value:
        name, where = str(key_node.value), f"{path}:{key_node.start_mark.line + 1}"
        if name not in STAGE_NAMES:
            close = nearest(name, STAGE_NAMES)
            hint = f"did you mean {close}?" if close else ""
            message = f"got stage {name}, expected {' or '.join(STAGE_NAMES)}"
            draft.problems.append(Problem(where, message, hint))
        elif name in draft.stages:
            draft.problems.append(Problem(where, f"stage {name} is written twice"))
        elif not isinstance(value_node, yaml.MappingNode):
            draft.problems.append(Problem(where, f"stage {name} is no mapping of keys"))
        else:
            draft.stage_places[name] = where
            draft.stages[name] = {
                key: setting for key, setting, _ in _entries(path, value_node, name, draft)
            }


def _entries(
    path: Path, node: yaml.MappingNode, scope: str, draft: _Draft
) -> list[tuple[str, Setting, yaml.Node]]:
    """Return the good keys of a mapping; report the others.

    `scope` is the name of a stage, or `recipe` for the top of the file.
    """
    level = "recipe" if scope == "recipe" else "stage"
    good: list[tuple[str, Setting, yaml.Node]] = []
    seen: dict[str, int] = {}
    for key_node, value_node in node.value:
        key, line = str(key_node.value), key_node.start_mark.line + 1
        where = f"{path}:{line}"
        if key in seen:
            message = f"{key} is written twice, first in line {seen[key]}"
            draft.problems.append(Problem(where, message, "remove one of the two"))
            continue
        seen[key] = line
        try:
            setting = Setting(dialect.construct(value_node), where, level)
        except (yaml.YAMLError, ValueError) as fault:
            message = f"the value of {key} cannot be read: {getattr(fault, 'problem', fault)}"
            draft.problems.append(Problem(where, message))
            continue
        problem = check_setting(key, setting, level=level)
        if problem is None:
            good.append((key, setting, value_node))
        else:
            draft.refuse(scope, key, problem)
    return good


def _check_presence(path: Path, draft: _Draft) -> None:
    """Report missing keys of ours, unless a bad value of that key was reported already."""
    for key, example in (("schema_version", "1"), ("name", path.stem)):
        if key not in draft.top and key not in draft.bad_keys.get("recipe", set()):
            draft.problems.append(Problem(str(path), f"no {key}", f"add: {key}: {example}"))
    if not draft.stages and not draft.problems:
        hint = "add: stages: {general: {preset: guide, dataset: NAME}}"
        draft.problems.append(Problem(str(path), "no stages", hint))


def _mapping(path: Path, draft: _Draft) -> ToolMapping | None:
    """Read the mapping of the tools, and report what is wrong with it."""
    setting = draft.top.get("tool_mapping")
    if setting is None:
        return None
    if isinstance(setting.value, str):
        try:
            return load_mapping(Path(setting.value))
        except InputFault as fault:
            draft.problems.append(Problem(setting.where, f"tool_mapping: {fault}", fault.hint))
            return None
    mapping, conflicts = parse_mapping(_plain_mapping(path, setting))
    lines = DocumentLines(path)
    for one in conflicts:
        message = f"{one.where}: {one.message} [{one.code}]"
        draft.problems.append(Problem(lines.place(one.keys), message, hint_of(one)))
    return mapping


def _plain_mapping(path: Path, setting: Setting) -> Any:
    """Return the entries as `--mapping` reads them: plain YAML, not the engine's dialect."""
    try:
        document = read_document(path)
    except InputFault:  # such as a key written twice, which is reported in its place
        return setting.value
    return document.get("tool_mapping") if isinstance(document, dict) else setting.value


def _merge(name: str, draft: _Draft, overrides: Sequence[Override]) -> Stage:
    """Lay the layers of a stage over each other: defaults, preset, recipe, stage, command line."""
    ours = draft.stages[name]
    preset = ours.get("preset")
    top = {key: value for key, value in draft.top.items() if key not in _NOT_OF_STAGES}
    command: dict[str, Setting] = {}
    for override in overrides:
        lower = (command, ours, top, _preset_layer(command.get("preset") or preset, name))
        before = next((layer[override.key] for layer in lower if override.key in layer), None)
        setting = override.setting(before)
        problem = check_setting(override.key, setting, level="stage")
        if problem is None:
            command[override.key] = setting
        else:
            draft.refuse(name, override.key, problem)
    layers: list[Mapping[str, Setting]] = [
        {key: Setting(value, "default", "default") for key, value in DEFAULTS.items()},
        _preset_layer(command.get("preset") or preset, name),
        top,
        ours,
        command,
    ]
    settings: dict[str, Setting] = {}
    for layer in layers:
        if any(key in layer for key in _BATCH_KEYS):
            for key in _BATCH_KEYS:  # a later layer's way to say the batch replaces the other
                settings.pop(key, None)
        settings.update(layer)
    return Stage(name, settings, draft.stage_places[name])


def _preset_layer(preset: Setting | None, stage: str) -> dict[str, Setting]:
    if preset is None:
        return {}
    where = f"preset {preset.value}"
    return {
        key: Setting(value, where, "preset")
        for key, value in PRESETS[str(preset.value)][stage].items()
    }


def _in_order(path: Path, problems: Sequence[Problem]) -> list[Problem]:
    """Sort by line, and drop repetitions: a bad key at the top is met once for each stage."""

    def line(problem: Problem) -> int:
        text = problem.where.removeprefix(f"{path}:")
        return int(text) if text.isdigit() else 0

    return sorted(dict.fromkeys(problems), key=line)
