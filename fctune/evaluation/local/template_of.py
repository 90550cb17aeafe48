"""What a checkpoint was trained with, as its own folder tells.

Input: a checkpoint folder. Output: the engine's template name or another key of the run, or None.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

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
