"""Preflight: everything that can be known to fail is found before the engine is started.

Role: an engine that fails takes 15 seconds of imports to say so, and says it in a traceback.
Input: a rendered stage, the state of its folder, and whether it is to be resumed.
Output: Preflight with all problems, warnings and the datasets; nothing is raised here.
"""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fctune.engine.command import PROGRAM
from fctune.engine.environment import (
    INSTALL_DEEPSPEED,
    INSTALL_TRAIN,
    hub_cache,
    installed_version,
    is_offline,
    package_states,
    probe_devices,
    scripts_dir,
)
from fctune.errors import InputFault
from fctune.recipe.problems import Problem
from fctune.recipe.render import RenderedStage
from fctune.run.datasets import DatasetFile, check_datasets
from fctune.run.folder import FolderState, Stand, look
from fctune.run.record import RECORD_NAME, RunRecord

_MIN_FREE_BYTES = 1 << 30
# Keys that may differ between a run and its continuation: they do not change what is learnt.
# The batch of a device may not: the trainer takes the checkpoint's, whatever the config says
# (transformers 4.57.6 trainer.py train); accumulation is compared as part of the whole batch.
MAY_CHANGE_ON_RESUME = {
    "gradient_accumulation_steps",
    "per_device_eval_batch_size",
    "use_cpu",
    "deepspeed",
    "logging_steps",
    "save_steps",
    "save_strategy",
    "save_total_limit",
    "report_to",
    "plot_loss",
    "dataloader_num_workers",
    "preprocessing_num_workers",
    "resume_from_checkpoint",
}


@dataclass(frozen=True, slots=True)
class Preflight:
    """The findings.

    Attributes:
        problems: what forbids the start.
        warnings: what the user should know.
        datasets: the files that will be trained on.
    """

    problems: tuple[Problem, ...]
    warnings: tuple[str, ...]
    datasets: tuple[DatasetFile, ...]


def preflight(
    rendered: RenderedStage, state: FolderState, *, resume: bool, again: str, after: str = ""
) -> Preflight:
    """Check one stage before its start.

    Args:
        rendered: the stage as the engine will get it.
        state: of its output folder.
        resume: whether the user asked to continue.
        again: the user's command without --resume, for hints.
        after: the stage that runs just before this one and will make its model; empty for none.
    """
    datasets = check_datasets(rendered.keys)
    problems = [
        *_packages(rendered),
        *_devices(rendered),
        *_model(rendered, after),
        *datasets.problems,
        *_folder(rendered, state, resume=resume, again=again),
        *_disk(rendered.output_dir),
    ]
    if resume and state.record is not None:
        problems += _same_run(rendered, state.record, datasets.files)
    warnings = [*datasets.warnings, *_model_warnings(rendered)]
    return Preflight(tuple(problems), tuple(warnings), datasets.files)


def _packages(rendered: RenderedStage) -> Iterator[Problem]:
    for package in package_states():
        if not package.is_right:
            found = package.found or "nothing"
            message = f"got {found}, expected {package.expected}"
            yield Problem(package.name, message, INSTALL_TRAIN, environment=True)
    if not (scripts_dir() / PROGRAM).is_file():
        message = f"not in {scripts_dir()}"
        yield Problem(PROGRAM, message, INSTALL_TRAIN, environment=True)
    if rendered.keys.get("deepspeed"):
        if installed_version("deepspeed") is None:
            message = "not installed, the recipe names a DeepSpeed config"
            yield Problem("deepspeed", message, INSTALL_DEEPSPEED, environment=True)
        config = rendered.keys["deepspeed"]
        if isinstance(config, str) and not Path(config).is_file():
            yield Problem(config, "no such DeepSpeed config", f"ls {Path(config).parent}")


def _devices(rendered: RenderedStage) -> Iterator[Problem]:
    if rendered.devices.is_cpu:
        if os.environ.get("USE_RAY", "").lower() in ("1", "true", "y"):
            # The engine asks Ray for 10 CPUs per core and waits for them for ever.
            yield Problem("USE_RAY", "Ray without an accelerator never starts", "unset USE_RAY")
        return
    seen = probe_devices()
    if seen.count < rendered.devices.count:
        message = f"got {seen.count} accelerators, expected {rendered.devices.count}"
        detail = f" ({seen.fault})" if seen.fault else ""
        hint = f"use --devices {seen.count}"
        yield Problem("devices", message + detail, hint, environment=True)
    elif rendered.keys.get("bf16") and not seen.bf16:
        hint = "add to the command: bf16=false fp16=true"
        yield Problem("devices", "this accelerator does not compute in bf16", hint)


def _model(rendered: RenderedStage, after: str) -> Iterator[Problem]:
    if not after:
        yield from _first_stage(rendered)
    model = str(rendered.keys["model_name_or_path"])
    if not (after and not rendered.keys.get("adapter_name_or_path")):
        yield from _model_folder(rendered, model, "config.json")
    adapter = rendered.keys.get("adapter_name_or_path")
    if adapter and not after:
        yield from _model_folder(rendered, str(adapter), "adapter_config.json")


def _first_stage(rendered: RenderedStage) -> Iterator[Problem]:
    """Check that the stage whose weights are taken came to its end; no folder is told elsewhere."""
    folder = rendered.starts_from
    if folder is None or not folder.is_dir():
        return
    try:
        stand = look(folder).stand
    except InputFault as fault:
        yield Problem(fault.where, fault.message, fault.hint)
        return
    if stand is not Stand.DONE:
        message = f"the general stage in it is {stand.value}, expected done"
        hint = "train it to its end: fctune train --recipe ... --stage general"
        yield Problem(str(folder), message, hint)


def _model_folder(rendered: RenderedStage, name: str, wanted: str) -> Iterator[Problem]:
    path = Path(name).expanduser()
    if path.is_dir():
        if not (path / wanted).is_file():
            yield Problem(name, f"no {wanted} in it, expected the folder of a model")
        return
    if not _looks_local(name):
        return
    general = rendered.output_dir.parent / "general"
    if rendered.stage == "toolcall" and path == general:
        hint = "train it first: fctune train --recipe ... --stage general"
    elif name.startswith(("build/", "quickstart/")):
        hint = f"make it: python scripts/make_tiny_model.py --out {shlex.quote(name)} --seed 42"
    else:
        hint = "mend model_name_or_path, or download the model there"
    yield Problem(name, "no such model folder", hint)


def _looks_local(name: str) -> bool:
    """Tell a path from a hub id such as `Qwen/Qwen2.5-1.5B-Instruct`."""
    if name.startswith(("/", ".", "~")) or name.count("/") > 1:
        return True
    first, slash, _ = name.partition("/")
    if "\\" in name or first in ("build", "quickstart", "saves", "models", "workspace"):
        return True
    return bool(slash) and Path(first).is_dir()


def _model_warnings(rendered: RenderedStage) -> Iterator[str]:
    name = str(rendered.keys["model_name_or_path"])
    cached = hub_cache() / f"models--{name.replace('/', '--')}"
    if _looks_local(name) or Path(name).expanduser().is_dir() or cached.is_dir():
        return
    if is_offline():
        yield f"{name} is no folder and not in {hub_cache()}, and the model hub is switched off"
    else:
        yield f"{name} will be downloaded from the model hub"


def _folder(
    rendered: RenderedStage, state: FolderState, *, resume: bool, again: str
) -> Iterator[Problem]:
    where = str(rendered.output_dir)
    fresh = f"start afresh: rm -r {shlex.quote(where)}"
    if state.stand is Stand.ALIVE:
        pid = state.record.engine_pid if state.record else "?"
        yield Problem(where, f"process {pid} is training in it", f"wait, or: kill {pid}")
    elif state.stand is Stand.FOREIGN:
        shown = ", ".join(state.strange[:3])
        yield Problem(
            where, f"not empty, and not of a run: {shown}", f"look: ls {shlex.quote(where)}"
        )
    elif state.stand in (Stand.DONE, Stand.STARTED) and state.record is None:
        message = f"not a run of fctune: no {RECORD_NAME} says what its weights were trained on"
        yield Problem(where, message, _keep_elsewhere(where))
    elif state.stand is Stand.BROKEN:
        hint = fresh if state.record else _keep_elsewhere(where)
        yield Problem(where, "the weights in it are not whole: no end of a run is recorded", hint)
    elif state.stand is Stand.DONE:
        if not resume:
            hint = f"keep it and go on: {again} --resume; or {fresh}"
            yield Problem(where, f"trained already, {state.steps} steps", hint)
    elif state.stand is Stand.STARTED:
        if not resume:
            message = "holds checkpoints, and the engine would continue from them silently"
            yield Problem(where, message, f"continue: {again} --resume; or {fresh}")
        elif state.checkpoint is None:
            yield Problem(where, "no checkpoint in it is whole", fresh)
    elif resume:
        yield Problem(where, "no checkpoint to resume from", f"start: {again}")
    if resume and state.stand is Stand.STARTED and rendered.keys.get("save_only_model"):
        message = "save_only_model left no optimizer state to resume with"
        yield Problem(where, message, fresh)


def _keep_elsewhere(where: str) -> str:
    folder = shlex.quote(where)
    return f"keep it elsewhere: mv {folder} {shlex.quote(where + '.old')}"


def _disk(output_dir: Path) -> Iterator[Problem]:
    existing = next((path for path in [output_dir, *output_dir.parents] if path.exists()), None)
    free_bytes = shutil.disk_usage(existing or Path.cwd()).free
    if free_bytes < _MIN_FREE_BYTES:
        message = f"got {free_bytes / (1 << 30):.2f} GiB free, expected 1 GiB or more"
        yield Problem(str(output_dir), message, f"df -h {existing}", environment=True)


def _same_run(
    rendered: RenderedStage, record: RunRecord, datasets: tuple[DatasetFile, ...]
) -> list[Problem]:
    """Refuse to continue a run with another recipe or other rows: the engine would not notice."""
    before = record.config
    keys = (set(before) | set(rendered.keys)) - MAY_CHANGE_ON_RESUME
    changed = sorted(key for key in keys if before.get(key) != rendered.keys.get(key))
    problems = []
    where = str(rendered.output_dir)
    afresh = f"start afresh: rm -r {shlex.quote(where)}"
    for key in changed:
        message = f"got {key}: {rendered.keys.get(key)}, the run was started with {before.get(key)}"
        hint = f"restore it, or {afresh}"
        problems.append(Problem(where, message, hint))
    batch = "per_device_train_batch_size"
    old_rows = _rows_per_step(before, int(record.devices.get("count", 1)))
    new_rows = _rows_per_step(rendered.keys, rendered.devices.count)
    if batch not in changed and old_rows != new_rows:
        message = f"got {new_rows} rows per step, the run was started with {old_rows}"
        problems.append(Problem(where, message, f"restore batch and devices, or {afresh}"))
    for dataset in datasets:
        old = record.datasets.get(dataset.name, {}).get("digest")
        if old is not None and old != dataset.digest:
            message = f"changed since the run was started, dataset {dataset.name}"
            problems.append(Problem(dataset.file, message, afresh))
    return problems


def _rows_per_step(keys: Mapping[str, Any], devices: int) -> int:
    """Return the effective batch: rows of one optimizer step over all devices."""
    each, steps = keys.get("per_device_train_batch_size"), keys.get("gradient_accumulation_steps")
    return int(each or 1) * int(steps or 1) * devices
