"""`fctune train`: one or both stages of a recipe, by the engine's own command line."""

from __future__ import annotations

import shlex
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fctune.cli.options import DryRunOpt
from fctune.cli.output import Bar, out

if TYPE_CHECKING:
    from fctune.engine.logs import TrainerStep
    from fctune.recipe.spec import Recipe
    from fctune.run.train import Plan


class StageChoice(StrEnum):
    """The stages that a recipe can have, and both."""

    general = "general"
    toolcall = "toolcall"
    all = "all"


def command(
    overrides: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[KEY=VALUE]...",
            help="Engine keys that win over the recipe; STAGE.KEY=VALUE for one stage alone.",
        ),
    ] = None,
    *,
    recipe: Annotated[Path, typer.Option("--recipe", help="The recipe, a YAML of configs/.")],
    stage: Annotated[StageChoice, typer.Option("--stage", help="What to train.")],
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue from the last whole checkpoint.")
    ] = False,
    devices: Annotated[
        int | None,
        typer.Option(
            "--devices", min=0, help="Accelerators; 0 is the CPU. Default: all there are."
        ),
    ] = None,
    saves: Annotated[Path, typer.Option("--saves", help="The root of all runs.")] = Path("saves"),
    dry_run: DryRunOpt = False,
) -> None:
    """Train by a recipe with llamafactory-cli; prints the folder of each trained stage.

    --dry-run prints the engine's YAML and the command line instead, for running them by hand.

    Example: fctune train --recipe configs/tiny.yaml --stage general learning_rate=1e-4
    """
    from fctune.engine.environment import choose_devices
    from fctune.recipe.load import load_recipe
    from fctune.recipe.overrides import parse_overrides
    from fctune.run.train import Plan, chosen_stages, train

    words = tuple(overrides or ())
    loaded = load_recipe(recipe, parse_overrides(words, stage=stage.value))
    chosen = choose_devices(devices)
    if devices is None and chosen.is_cpu:
        out.warn(
            "no accelerator is seen, the training is for the CPU; --devices 0 says it is meant"
        )
    plan = Plan(
        stages=chosen_stages(loaded, stage.value),
        devices=chosen,
        saves=saves,
        resume=resume,
        overrides=words,
        again=_again(recipe, stage.value, devices=devices, saves=saves, overrides=words),
    )
    if dry_run:
        _show(loaded, plan)
        return
    with ExitStack() as stack:
        records = train(loaded, plan, _Screen(stack))
    for record in records:
        out.data(str(record.config["output_dir"]))


def _again(
    recipe: Path, stage: str, *, devices: int | None, saves: Path, overrides: tuple[str, ...]
) -> str:
    """Return the user's own command without --resume, for hints."""
    words = ["fctune", "train", "--recipe", str(recipe), "--stage", stage]
    if devices is not None:
        words += ["--devices", str(devices)]
    if saves != Path("saves"):
        words += ["--saves", str(saves)]
    return shlex.join([*words, *overrides])


def _show(recipe: Recipe, plan: Plan) -> None:
    """Print each stage's YAML; several make a stream of YAML documents."""
    from fctune.run.train import dry_run_text

    texts = [dry_run_text(recipe, stage, plan) for stage in plan.stages]
    out.data("---\n".join(texts).removesuffix("\n"))


class _Screen:
    """Shows a run: notes, warnings, and one bar for each stage."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._bars: dict[str, Bar] = {}
        self._done: dict[str, int] = {}
        self._fields: dict[str, object] = {}

    def warning(self, text: str) -> None:
        out.warn(text)

    def note(self, text: str) -> None:
        self._stack.pop_all().close()  # the bar of the stage before is at its end
        out.note(text)

    def step(self, stage: str, step: TrainerStep) -> None:
        if stage not in self._bars:
            self._bars[stage] = self._stack.enter_context(out.progress(step.total, stage))
            self._done[stage], self._fields = 0, {}
        fields = self._fields  # the last line of a run has no loss; the one before is kept
        if step.loss is not None:
            fields["loss"] = f"{step.loss:.4f}"
        if step.eval_loss is not None:
            fields["eval_loss"] = f"{step.eval_loss:.4f}"
        if step.remaining_s is not None:
            fields["eta_s"] = step.remaining_s
        self._bars[stage].advance(max(0, step.step - self._done[stage]), **fields)
        self._done[stage] = max(self._done[stage], step.step)
