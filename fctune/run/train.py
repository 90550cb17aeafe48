"""Training of one or both stages: preflight, start, progress, record, end.

Input: a recipe and a Plan from the command line. Output: RunRecord per stage, an output folder with
`fctune_run.json`, `train.yaml` and `train.log` beside what the engine wrote; or the fault that says
why not. Nothing is printed here: an Observer is told.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from fctune.engine.command import TrainCommand, needs_plain_path, train_command
from fctune.engine.environment import Devices
from fctune.engine.logs import TRAINER_LOG, LogReader, TrainerStep
from fctune.errors import EnvironmentFault, InputFault
from fctune.jsonl import write_text
from fctune.recipe.problems import Problem, raise_all
from fctune.recipe.render import RenderedStage, render
from fctune.recipe.spec import STAGE_NAMES, Recipe
from fctune.run.ending import close_record, outcome
from fctune.run.folder import ENGINE_OUTPUT, FolderState, Stand, clear_leftovers, look
from fctune.run.launch import run_engine
from fctune.run.preflight import Preflight, preflight
from fctune.run.record import RecordBook, RunRecord, now
from fctune.run.start import first_record


@dataclass(frozen=True, slots=True)
class Plan:
    """What the user asked for.

    Attributes:
        stages: names of the stages, in order.
        devices: what to train on.
        saves: the root of all runs.
        resume: continue from checkpoints.
        overrides: the `key=value` words, for the record.
        again: the user's command without --resume, for hints.
    """

    stages: tuple[str, ...]
    devices: Devices
    saves: Path = Path("saves")
    resume: bool = False
    overrides: tuple[str, ...] = ()
    again: str = "fctune train"


class Observer(Protocol):
    """Is told what happens; the command line shows it."""

    def warning(self, text: str) -> None:
        """Tell of something that does not forbid the run."""

    def note(self, text: str) -> None:
        """Tell what is done now."""

    def step(self, stage: str, step: TrainerStep) -> None:
        """Tell how far the training is."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A stage that passed its preflight."""

    rendered: RenderedStage
    state: FolderState
    checks: Preflight


def chosen_stages(recipe: Recipe, wanted: str) -> tuple[str, ...]:
    """Return the stages to train, in order.

    Args:
        recipe: the recipe.
        wanted: the name of a stage, or `all`.

    Raises:
        InputFault: the recipe has no such stage.
    """
    if wanted == "all":
        return tuple(name for name in STAGE_NAMES if name in recipe.stages)
    if wanted not in recipe.stages:
        hint = f"it has {', '.join(recipe.stages)}"
        raise InputFault(f"no stage {wanted}", where=str(recipe.path), hint=hint)
    return (wanted,)


def command_of(rendered: RenderedStage, config: Path | None = None) -> TrainCommand:
    """Return the engine's command for a rendered stage, by default with its kept config."""
    deepspeed = bool(rendered.keys.get("deepspeed"))
    return train_command(config or rendered.config_path, rendered.devices, deepspeed=deepspeed)


def dry_run_text(recipe: Recipe, stage: str, plan: Plan) -> str:
    """Return what would be run: the engine's YAML, with the command in its first lines.

    Saved under the name that the command has, it trains the same by hand.

    Raises:
        InputFault: the stage cannot be rendered, or --resume finds no checkpoint.
    """
    rendered = render(recipe, stage, devices=plan.devices, saves=plan.saves)
    if plan.resume:
        state = look(rendered.output_dir)
        if state.checkpoint is not None:
            rendered = render(
                recipe, stage, devices=plan.devices, saves=plan.saves, resume_from=state.checkpoint
            )
        elif len(plan.stages) == 1:
            where = str(rendered.output_dir)
            hint = f"start: {plan.again}"
            raise InputFault("no checkpoint to resume from", where=where, hint=hint)
    path = rendered.config_path
    if _splits(rendered):
        path = Path(f"{rendered.recipe}-{rendered.stage}.yaml")
    command = command_of(rendered, path).shell_text()
    return f"# save as: {path}\n# command: {command}\n\n{rendered.text}"


def train(recipe: Recipe, plan: Plan, observer: Observer) -> list[RunRecord]:
    """Train the stages of a plan, after a preflight of all of them.

    Raises:
        InputFault: the recipe, a dataset or an output folder forbids it; all problems are named.
        EnvironmentFault: only the installation forbids it.
        TrainerFault: the engine failed; the message has its reason and its last lines.
        Interrupted: the user or the system asked to stop; the run can be resumed.
    """
    prepared = _prepare(recipe, plan, observer)
    records = []
    for item in prepared:
        if item.state.stand is Stand.DONE and item.state.record is not None:
            observer.note(f"{item.rendered.output_dir}: trained already, {item.state.steps} steps")
            records.append(item.state.record)
        else:
            records.append(_train_one(recipe, item, plan, observer))
    return records


def _prepare(recipe: Recipe, plan: Plan, observer: Observer) -> list[_Prepared]:
    prepared: list[_Prepared] = []
    problems: list[Problem] = []
    for stage in plan.stages:
        item = _prepare_one(recipe, stage, plan)
        problems += item.checks.problems
        prepared.append(item)
    for warning in dict.fromkeys(text for item in prepared for text in item.checks.warnings):
        observer.warning(warning)
    unique = list(dict.fromkeys(problems))
    machine_only = all(problem.environment for problem in unique)
    fault = EnvironmentFault if machine_only else InputFault
    raise_all(unique, where=f"{recipe.path}, before training", fault=fault)
    return prepared


def _prepare_one(recipe: Recipe, stage: str, plan: Plan) -> _Prepared:
    rendered = render(recipe, stage, devices=plan.devices, saves=plan.saves)
    state = look(rendered.output_dir)
    # With --stage all, each stage stands where it stands: done, begun, or not yet begun.
    resume = plan.resume and (len(plan.stages) == 1 or state.stand is not Stand.FRESH)
    if resume and state.checkpoint is not None and state.stand is Stand.STARTED:
        rendered = render(
            recipe, stage, devices=plan.devices, saves=plan.saves, resume_from=state.checkpoint
        )
    follows = recipe.stages[stage].start_from == "general" and "general" in plan.stages
    checks = preflight(
        rendered,
        state,
        resume=resume,
        again=plan.again,
        after="general" if follows else "",
    )
    return _Prepared(rendered, state, checks)


def _train_one(recipe: Recipe, item: _Prepared, plan: Plan, observer: Observer) -> RunRecord:
    rendered, folder = item.rendered, item.rendered.output_dir
    resumed = item.state.stand is Stand.STARTED
    clear_leftovers(folder, resumed=resumed)
    write_text(rendered.config_path, rendered.text)
    with tempfile.TemporaryDirectory(prefix="fctune-") as scratch:
        command = command_of(rendered, _reachable_config(rendered, Path(scratch)))
        book = RecordBook(
            folder,
            first_record(
                recipe,
                rendered,
                command,
                datasets=item.checks.datasets,
                overrides=plan.overrides,
                resumed_from=item.state.checkpoint if resumed else None,
            ),
        )
        observer.note(f"{rendered.stage}: {command.shell_text()}")
        progress = _Progress(rendered.stage, LogReader(folder / TRAINER_LOG), observer)
        try:
            ending = run_engine(
                command,
                folder / ENGINE_OUTPUT,
                append=resumed,
                started=book.engine_started,
                tick=progress.tick,
            )
        except BaseException:
            book.change(status="failed", ended=now())
            raise
    close_record(book, ending, progress.last)
    return outcome(folder, book.record, ending, command=plan.again)


def _reachable_config(rendered: RenderedStage, scratch: Path) -> Path:
    """Return the config's path, or that of a copy where torchrun would split it at its spaces."""
    if not _splits(rendered):
        return rendered.config_path
    copy = scratch / f"{rendered.stage}.yaml"
    write_text(copy, rendered.text)
    return copy


def _splits(rendered: RenderedStage) -> bool:
    """Tell whether the engine would take the config's path for several arguments."""
    plain = needs_plain_path(rendered.devices, deepspeed=bool(rendered.keys.get("deepspeed")))
    return plain and any(char.isspace() for char in str(rendered.config_path))


class _Progress:
    """Follows the engine's progress file and tells the observer."""

    def __init__(self, stage: str, reader: LogReader, observer: Observer) -> None:
        self._stage, self._reader, self._observer = stage, reader, observer
        self.last: TrainerStep | None = None

    def tick(self) -> None:
        for step in self._reader.new_steps():
            self.last = step
            self._observer.step(self._stage, step)
