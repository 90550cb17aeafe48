"""Recipes to the engine: one stage becomes one complete YAML.

Role: the one adapter from Stage to the file that `llamafactory-cli train` reads. Input: a recipe,
the stage, the devices. Output: RenderedStage, whose text is the same for the same input.

Rules that live here:
- `gradient_accumulation_steps` = effective_batch_size / (per_device_train_batch_size x devices),
  so that the effective batch stays when the number of devices changes.
- On a CPU `use_cpu: true` is written: without it the engine refuses bf16 there, and with it bf16
  stays allowed, as autocast.
- The toolcall stage starts from the general stage's folder: as `model_name_or_path` after full
  fine-tuning, as `adapter_name_or_path` after LoRA.
- `tokenized_path` is never written, `overwrite_output_dir` is always false.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fctune.engine.environment import Devices
from fctune.recipe.layout import laid_out
from fctune.recipe.problems import Problem, raise_all
from fctune.recipe.spec import OWN_KEYS, Recipe, Stage

CONFIG_NAME = "train.yaml"


@dataclass(frozen=True, slots=True)
class RenderedStage:
    """A stage as the engine gets it.

    Attributes:
        recipe: name of the recipe.
        stage: name of the stage.
        keys: the engine's keys.
        text: the YAML.
        output_dir: where the engine writes.
        devices: what it was rendered for.
        starts_from: the folder of the stage whose weights it takes, or None.
    """

    recipe: str
    stage: str
    keys: Mapping[str, Any]
    text: str
    output_dir: Path
    devices: Devices
    starts_from: Path | None = None

    @property
    def config_path(self) -> Path:
        """Where the YAML is kept: beside what it made."""
        return self.output_dir / CONFIG_NAME

    @property
    def sha256(self) -> str:
        """Of the YAML's bytes."""
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()


def output_dir_of(recipe: Recipe, stage: str, saves: Path) -> Path:
    """Return the folder of a stage's run: `output_dir` where given, else saves/<recipe>/<stage>."""
    given = recipe.stages[stage].get("output_dir") if stage in recipe.stages else None
    return Path(given) if given else saves / recipe.name / stage


def render(
    recipe: Recipe,
    stage: str,
    *,
    devices: Devices,
    saves: Path = Path("saves"),
    resume_from: Path | None = None,
) -> RenderedStage:
    """Render one stage.

    Args:
        recipe: a checked recipe.
        stage: name of a stage that it has.
        devices: what to train on.
        saves: the root of all runs.
        resume_from: the checkpoint to continue from.

    Raises:
        InputFault: the stage cannot be trained on these devices.
    """
    chosen = recipe.stages[stage]
    keys = {key: setting.value for key, setting in chosen.settings.items() if key not in OWN_KEYS}
    notes: dict[str, str] = {}
    problems: list[Problem] = []
    _save_strategy(keys)
    first = _weights(recipe, chosen, saves, keys, notes)
    _batch(chosen, devices, keys, notes, problems)
    _device(chosen, devices, keys, problems)
    output_dir = output_dir_of(recipe, stage, saves)
    keys["output_dir"] = str(output_dir)
    if resume_from is not None:
        keys["resume_from_checkpoint"] = str(resume_from)
    raise_all(problems, where=str(recipe.path))
    text = laid_out(keys, notes)
    return RenderedStage(recipe.name, stage, keys, text, output_dir, devices, first)


def _save_strategy(keys: dict[str, Any]) -> None:
    """Save at each epoch unless the recipe speaks of steps: a short run never has 500."""
    if "save_strategy" not in keys:
        keys["save_strategy"] = "steps" if "save_steps" in keys else "epoch"


def _weights(
    recipe: Recipe, stage: Stage, saves: Path, keys: dict[str, Any], notes: dict[str, str]
) -> Path | None:
    """Point the stage to the weights of the general stage; return that folder where it does."""
    if stage.start_from != "general":
        return None
    first = output_dir_of(recipe, "general", saves)
    if recipe.stages["general"].finetuning_type == "lora":
        keys["adapter_name_or_path"] = str(first)
        notes["adapter_name_or_path"] = "output of the general stage"
    else:
        keys["model_name_or_path"] = str(first)
        # llamafactory 0.9.5 model/adapter.py upcasts what full fine-tuning trains.
        kind = recipe.stages["general"].finetuning_type
        fp32 = "; the engine saved it in fp32" if kind == "full" else ""
        notes["model_name_or_path"] = f"output of the general stage{fp32}"
    return first


def _batch(
    stage: Stage,
    devices: Devices,
    keys: dict[str, Any],
    notes: dict[str, str],
    problems: list[Problem],
) -> None:
    effective = stage.get("effective_batch_size")
    if effective is None:
        return
    each = stage.get("per_device_train_batch_size")
    steps, rest = divmod(effective, each * devices.count)
    if rest or not steps:
        fitting = [n for n in range(1, effective + 1) if effective % (n * devices.count) == 0]
        message = (
            f"got effective_batch_size {effective}, expected a multiple of "
            f"per_device_train_batch_size {each} x {devices.count} devices"
        )
        choice = "per_device_train_batch_size=" + " or ".join(map(str, fitting[:6]))
        multiple = -(-effective // (each * devices.count)) * each * devices.count
        hint = f"try {choice}" if fitting else f"try effective_batch_size={multiple}"
        problems.append(Problem(stage.place("effective_batch_size"), message, hint))
        return
    keys["gradient_accumulation_steps"] = steps
    notes["gradient_accumulation_steps"] = (
        f"{each} x {steps} x {devices.count} device{'s' if devices.count > 1 else ''}"
        f" = effective batch {effective}"
    )


def _device(stage: Stage, devices: Devices, keys: dict[str, Any], problems: list[Problem]) -> None:
    if not devices.is_cpu:
        return
    keys["use_cpu"] = True
    if stage.get("pure_bf16"):
        message = "pure_bf16 on a CPU, expected bf16"
        problems.append(Problem(stage.place("pure_bf16"), message, "write bf16: true instead"))
    if stage.get("fp16"):
        # The loss scaler of fp16 is for accelerators (transformers 4.57.6 trainer.py).
        message = "fp16 on a CPU, expected bf16"
        problems.append(Problem(stage.place("fp16"), message, "write bf16: true instead"))
    if stage.get("quantization_bit") and stage.get("eval_strategy", "no") != "no":
        # bitsandbytes 0.50.2 repacks 4-bit weights at the first evaluation on CPUs with
        # AVX512-BF16 and does not unpack them: the gradients that follow are wrong.
        message = "evaluation during quantised training on a CPU corrupts the gradients"
        hint = "remove eval_strategy; evaluate afterwards: fctune eval"
        problems.append(Problem(stage.place("eval_strategy"), message, hint))
