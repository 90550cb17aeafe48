"""The template that a checkpoint was trained with, as its own folder tells.

Input: a checkpoint folder. Output: the engine's template name, or None.
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
    for folder in _folders(checkpoint):
        record = folder / RUN_RECORD
        if record.is_file() and (found := _template_in(read_json(record))):
            return found
        for path in sorted(folder.glob("*.yaml")):
            if found := _template_in(_yaml(path)):
                return found
    return None


def _folders(checkpoint: Path) -> Iterator[Path]:
    yield checkpoint
    if checkpoint.name.startswith("checkpoint-"):
        yield checkpoint.parent


def _template_in(value: Any) -> str | None:
    found = value.get("template") if isinstance(value, dict) else None
    return found if isinstance(found, str) and found else None


def _yaml(path: Path) -> Any:
    """Return a YAML file's value; one that cannot be read is not ours and tells nothing."""
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return None
