"""The record of a run at its start.

Input: recipe, rendered stage, command and datasets. Output: a RunRecord with status `running`.
"""

from __future__ import annotations

import platform
from pathlib import Path

from fctune import __version__
from fctune.engine.command import TrainCommand
from fctune.engine.environment import recorded_versions
from fctune.recipe.render import RenderedStage
from fctune.recipe.spec import Recipe
from fctune.run.datasets import DatasetFile
from fctune.run.record import RunRecord, now


def first_record(
    recipe: Recipe,
    rendered: RenderedStage,
    command: TrainCommand,
    *,
    datasets: tuple[DatasetFile, ...],
    overrides: tuple[str, ...],
    resumed_from: Path | None,
) -> RunRecord:
    """Return the record that is written before the engine starts."""
    keys = rendered.keys
    adapter = keys.get("adapter_name_or_path")
    versions = {"fctune": __version__, "python": platform.python_version(), **recorded_versions()}
    return RunRecord(
        recipe={"name": recipe.name, "file": str(recipe.path), "sha256": recipe.sha256},
        stage=rendered.stage,
        model=str(keys["model_name_or_path"]),
        adapter=str(adapter) if adapter else None,
        template=str(keys["template"]),
        overrides=overrides,
        config=dict(keys),
        config_sha256=rendered.sha256,
        datasets={dataset.name: dataset.as_dict() for dataset in datasets},
        devices={"kind": rendered.devices.kind, "count": rendered.devices.count},
        argv=command.argv,
        environment=dict(command.added),
        versions=versions,
        status="running",
        started=now(),
        resumed_from=str(resumed_from) if resumed_from else None,
    )
