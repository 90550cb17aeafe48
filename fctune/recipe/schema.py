"""The closed schema: which keys a recipe may have, and which values each takes.

Role: checks one key alone; `fctune.recipe.checks` checks keys against each other.
Input: a key, its value and where it was given. Output: a Problem, or None.
"""

from __future__ import annotations

from collections.abc import Mapping

from fctune.engine.arguments import check_value, engine_keys, engine_templates, nearest
from fctune.patterns import regex
from fctune.recipe.presets import PRESETS
from fctune.recipe.problems import Problem
from fctune.recipe.spec import OWN_KEYS, SCHEMA_VERSION, START_POINTS, Setting

# Keys that a recipe must not have, the engine's and what looks like it: key -> (reason, hint).
REFUSED: Mapping[str, tuple[str, str]] = {
    "tokenized_path": (
        "the engine would train on that folder and ignore dataset, template and cutoff_len",
        "remove it; the rows are tokenised afresh for each run",
    ),
    "tool_format": (
        "the engine would overwrite the template's own call format and lose line ends in it",
        "remove it; the template decides the format of calls",
    ),
    "formatting": (
        "that is a key of dataset_info.json, not of training",
        "remove it; fctune prepare registers datasets as sharegpt",
    ),
    "overwrite_output_dir": (
        "true would leave old checkpoints in place, and a later resume would pick them up",
        "remove it; fctune starts in a fresh folder, or continues with --resume",
    ),
    "resume_from_checkpoint": (
        "the checkpoint is chosen when the run is started",
        "remove it, and use: fctune train --resume",
    ),
    "do_predict": ("prediction is no part of training", "remove it, and use: fctune eval"),
    "predict_with_generate": (
        "it scores text overlap, which says nothing of calls",
        "remove it, and use: fctune eval",
    ),
    "use_ray": (
        "the engine has no such key; it reads the environment variable USE_RAY",
        "remove it, and set USE_RAY=1 on a machine with an accelerator",
    ),
    "device_map": ("the engine sets it for training", "remove it; see --devices"),
    "default_system": (
        "training would see a system text that evaluation does not ask with",
        "remove it; give rows a system of their own before fctune prepare",
    ),
    "enable_thinking": (
        "evaluation asks as the dataset's thoughts tell, and the prompts would differ",
        "remove it; fctune prepare --thoughts keep or remove decides",
    ),
    "hub_token": ("a secret does not belong into a recipe", "run: hf auth login"),
    "swanlab_api_key": ("a secret does not belong into a recipe", "set SWANLAB_API_KEY"),
}
_FIXED = {"stage": "sft", "do_train": True}
_NAME = regex(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def check_setting(key: str, setting: Setting, *, level: str) -> Problem | None:
    """Check one key: known, allowed at this level, of the right type and content.

    Args:
        key: as written.
        setting: its value and place.
        level: `recipe` or `stage`.
    """
    own = OWN_KEYS.get(key)
    if own is not None:
        return _check_own(key, setting, level)
    if key in REFUSED:
        reason, hint = REFUSED[key]
        return Problem(setting.where, f"{key} is not allowed here: {reason}", hint)
    known = engine_keys().get(key)
    if known is None:
        return _unknown(key, setting.where, level)
    if key == "output_dir" and level == "recipe":
        hint = "write it inside a stage, or give the root of all runs: fctune train --saves DIR"
        return Problem(setting.where, "output_dir at the top would be shared by both stages", hint)
    fault = check_value(known, setting.value)
    if fault is not None:
        return Problem(setting.where, fault.message, fault.hint)
    return _check_meaning(key, setting)


def _unknown(key: str, where: str, level: str) -> Problem:
    ours = [name for name, own in OWN_KEYS.items() if own.level == level]
    close = nearest(key, [*engine_keys(), *ours])
    hint = f"did you mean {close}?" if close else "remove it; keys are the engine's own, unchanged"
    return Problem(where, f"unknown key {key}", hint)


def _check_own(key: str, setting: Setting, level: str) -> Problem | None:
    own, value = OWN_KEYS[key], setting.value
    if own.level != level:
        place = "the top of the file" if own.level == "recipe" else "a stage"
        return Problem(setting.where, f"{key} does not stand here", f"move it into {place}")
    good = {
        "schema_version": value == SCHEMA_VERSION and not isinstance(value, bool),
        "name": isinstance(value, str) and _NAME.fullmatch(value) is not None,
        "stages": isinstance(value, dict),
        "tool_mapping": isinstance(value, str | list | dict),
        "prepare": value is None or isinstance(value, dict),
        "preset": isinstance(value, str) and value in PRESETS,
        "effective_batch_size": isinstance(value, int)
        and not isinstance(value, bool)
        and value >= 1,
        "start_from": value in START_POINTS,
    }
    if good[key]:
        return None
    close = nearest(str(value), PRESETS if key == "preset" else START_POINTS)
    hint = f"did you mean {key}: {close}?" if close else ""
    return Problem(setting.where, f"got {key}: {value!r}, expected {own.expected}", hint)


def _check_meaning(key: str, setting: Setting) -> Problem | None:
    """Check what the engine itself finds out only after the model is loaded."""
    value, where = setting.value, setting.where
    if key in _FIXED and value != _FIXED[key]:
        hint = f"remove it; fctune trains with {key}: {str(_FIXED[key]).lower()}"
        return Problem(where, f"got {key}: {value}, expected {str(_FIXED[key]).lower()}", hint)
    if key == "template" and value is not None and value not in engine_templates():
        close = nearest(value, engine_templates())
        hint = f"did you mean template: {close}?" if close else "see the engine's list of templates"
        return Problem(where, f"got template: {value}, expected a template of the engine", hint)
    if key == "quantization_bit" and value not in (4, 8, None):
        return Problem(where, f"got quantization_bit: {value}, expected 4 or 8", "write 4")
    if key in ("dataset", "eval_dataset") and value is not None:
        return _check_names(key, value, where)
    return None


def _check_names(key: str, value: str, where: str) -> Problem | None:
    names = [name.strip() for name in value.split(",")]
    if "" in names:
        return Problem(where, f"got {key}: {value!r}, expected names separated by commas")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        message = f"{key} names {', '.join(twice)} twice; the engine reads it once"
        return Problem(where, message, "name it once; weigh with: fctune prepare --mix")
    return None
