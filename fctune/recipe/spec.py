"""The nouns of recipes: Recipe, Stage, and the few keys that are ours and not the engine's.

A recipe is two stages of one model: `general` (what a chat model knows) and `toolcall` (calling
tools). All other keys are the engine's own, unchanged in name and meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fctune.tools.mapping.spec import ToolMapping

SCHEMA_VERSION = 1
STAGE_NAMES = ("general", "toolcall")
START_POINTS = ("model", "general")


@dataclass(frozen=True, slots=True)
class OwnKey:
    """A key of ours.

    Attributes:
        level: `recipe` for the top of the file, `stage` for inside a stage.
        expected: what it takes, in words.
        meaning: what it does, for the reference page.
    """

    level: str
    expected: str
    meaning: str


OWN_KEYS: Mapping[str, OwnKey] = {
    "schema_version": OwnKey("recipe", "1", "Version of this file format."),
    "name": OwnKey(
        "recipe",
        "letters, digits, dot, dash and underscore",
        "Name of the recipe; its runs are in saves/<name>/<stage>.",
    ),
    "stages": OwnKey("recipe", "a mapping of general and toolcall", "The stages of the recipe."),
    "tool_mapping": OwnKey(
        "recipe",
        "a list of entries, or the path of a file that has them",
        "Which API stands behind which model-facing tool (docs/mapping.md). It is checked here, "
        "and used by --mapping of prepare, eval and score, which take the recipe as the file.",
    ),
    "prepare": OwnKey(
        "recipe",
        "a mapping of options of fctune prepare",
        "How the data is made: `fctune prepare RAW --recipe FILE`; see below.",
    ),
    "preset": OwnKey(
        "stage",
        "one of guide, robust, small",
        "Defaults of the stage from fctune.recipe.presets; every key written in the file wins.",
    ),
    "effective_batch_size": OwnKey(
        "stage",
        "a whole number from 1",
        "Rows per optimizer step over all devices; gradient_accumulation_steps is worked out as "
        "effective_batch_size / (per_device_train_batch_size x devices).",
    ),
    "start_from": OwnKey(
        "stage",
        "one of model, general",
        "Where the weights come from: model is model_name_or_path, general is the output of the "
        "general stage. Default: general for toolcall, model for general.",
    ),
}


@dataclass(frozen=True, slots=True)
class Setting:
    """The value of one key, and where it was given.

    Attributes:
        value: as the engine would read it.
        where: `file:line`, `command line`, or the name of a preset.
        layer: `default`, `preset`, `recipe`, `stage`, `command` (all stages) or `command-stage`.
    """

    value: Any
    where: str
    layer: str

    @property
    def is_of_stage(self) -> bool:
        """True where the key was given for this stage alone."""
        return self.layer in ("stage", "command-stage")


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage with every key that is known for it, from defaults to the command line.

    Attributes:
        name: `general` or `toolcall`.
        settings: engine keys and ours (`preset`, `effective_batch_size`, `start_from`).
        where: the place of the stage in its file.
    """

    name: str
    settings: Mapping[str, Setting]
    where: str

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value of a key, or the default."""
        setting = self.settings.get(key)
        return default if setting is None else setting.value

    def place(self, key: str) -> str:
        """Return where a key was written; of a default or a preset, the place of the stage."""
        setting = self.settings.get(key)
        if setting is None or setting.layer in ("default", "preset"):
            return self.where
        return setting.where

    @property
    def finetuning_type(self) -> str:
        """`full`, `freeze`, `lora` or `oft`."""
        return str(self.get("finetuning_type", "lora"))

    @property
    def start_from(self) -> str:
        """`general` where the weights are those of stage 1, else `model`."""
        model = self.settings.get("model_name_or_path")
        if model is not None and model.is_of_stage:
            return "model"
        return str(self.get("start_from", "general" if self.name == "toolcall" else "model"))


@dataclass(frozen=True, slots=True)
class Recipe:
    """A checked recipe.

    Attributes:
        name: names the folder of its runs.
        path: the file that it was read from.
        sha256: of the file's bytes.
        stages: by name; one or both of `general` and `toolcall`.
        tool_mapping: the APIs behind the tools; None where the recipe says nothing of them.
        prepare: the options of `fctune prepare` in it; see `fctune.recipe.prepare`.
    """

    name: str
    path: Path
    sha256: str
    stages: Mapping[str, Stage]
    tool_mapping: ToolMapping | None = None
    prepare: Mapping[str, Setting] = field(default_factory=dict)
