"""What a checkpoint was trained with, as its own folder tells.

Input: a checkpoint folder. Output: the engine's template name or another key of the run, or None;
whether it was trained to think.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from fctune.engine.prompts import Thinking
from fctune.errors import InputFault
from fctune.jsonl import read_json

RUN_RECORD = "fctune_run.json"


def template_of(checkpoint: Path) -> str | None:
    """Return the template named by a run's record or rendered YAML, in that order.

    A `checkpoint-<step>` folder stands inside the folder that holds those files.

    Raises:
        InputFault: the record is there and is not JSON.
    """
    for values in _told(checkpoint):
        found = values.get("template")
        if isinstance(found, str) and found:
            return found
    return None


def setting_of(checkpoint: Path, key: str) -> Any:
    """Return an engine key of the run that made a checkpoint, such as `quantization_bit`, or None.

    Raises:
        InputFault: the record is there and is not JSON.
    """
    for values in _told(checkpoint):
        config = values.get("config")
        for place in (config, values):
            if isinstance(place, dict) and place.get(key) is not None:
                return place[key]
    return None


def thinking_of(checkpoint: Path) -> Thinking:
    """Return how a checkpoint was trained to think; not at all where nothing tells.

    A run thinks where `fctune prepare --thoughts keep` made one of its datasets, unless the engine
    was told to take thoughts out of the rows again.

    Raises:
        InputFault: the record is there and is not JSON.
    """
    told = list(_told(checkpoint))
    taken_out = setting_of(checkpoint, "enable_thinking") is False
    masked = setting_of(checkpoint, "mask_history") and not setting_of(
        checkpoint, "preserve_thinking"
    )
    return Thinking(
        asked=not taken_out and any(_keeps_thoughts(values) for values in told),
        in_history=bool(told) and not masked,
    )


def _keeps_thoughts(record: dict[str, Any]) -> bool:
    """Tell whether a dataset of a run's record was prepared with thoughts."""
    datasets = record.get("datasets")
    for told in datasets.values() if isinstance(datasets, dict) else ():
        path = told.get("manifest") if isinstance(told, dict) else None
        try:
            manifest = read_json(Path(path)) if isinstance(path, str) else None
        except InputFault:  # moved since, or no more a manifest
            continue
        settings = manifest.get("settings") if isinstance(manifest, dict) else None
        if isinstance(settings, dict) and settings.get("thoughts") == "keep":
            return True
    return False


def _told(checkpoint: Path) -> Iterator[dict[str, Any]]:
    """Yield what the run's record and rendered YAML say, in that order."""
    for folder in _folders(checkpoint):
        record = folder / RUN_RECORD
        if record.is_file() and isinstance(value := read_json(record), dict):
            yield value
        for path in sorted(folder.glob("*.yaml")):
            if isinstance(value := _yaml(path), dict):
                yield value


def _folders(checkpoint: Path) -> Iterator[Path]:
    yield checkpoint
    if checkpoint.name.startswith("checkpoint-"):
        yield checkpoint.parent


def _yaml(path: Path) -> Any:
    """Return a YAML file's value; one that cannot be read is not ours and tells nothing."""
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return None
