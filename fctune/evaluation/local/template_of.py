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
from fctune.jsonl import read_json, sha256_of

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
    was told to take thoughts out of the rows again. Where `unread_manifest` names one, this is not
    known, and `asked` is False.

    Raises:
        InputFault: the record is there and is not JSON.
    """
    told = list(_told(checkpoint))
    taken_out = setting_of(checkpoint, "enable_thinking") is False
    masked = setting_of(checkpoint, "mask_history") and not setting_of(
        checkpoint, "preserve_thinking"
    )
    return Thinking(
        asked=not taken_out and "keep" in _thoughts(told, checkpoint).values(),
        in_history=bool(told) and not masked,
    )


def unread_manifest(checkpoint: Path) -> str:
    """Return the manifest that alone tells whether a model thinks and cannot be read; or "".

    Records of earlier versions name the manifest of a dataset and not what it says of thoughts. It
    may have moved since, or be of a dataset that was prepared anew.

    Raises:
        InputFault: the record is there and is not JSON.
    """
    if setting_of(checkpoint, "enable_thinking") is False:
        return ""
    found = _thoughts(list(_told(checkpoint)), checkpoint)
    return (
        "" if "keep" in found.values() else next((p for p, told in found.items() if not told), "")
    )


def _thoughts(told: list[dict[str, Any]], checkpoint: Path) -> dict[str, str]:
    """Return what became of thoughts in each prepared dataset of a run's records.

    Returns:
        The path of its manifest, as recorded, to `keep` or another word; "" where nobody knows.
    """
    found: dict[str, str] = {}
    for record in told:
        datasets = record.get("datasets")
        for entry in datasets.values() if isinstance(datasets, dict) else ():
            path = entry.get("manifest") if isinstance(entry, dict) else None
            if isinstance(path, str):
                found[path] = entry.get("thoughts") or _in_manifest(entry, checkpoint)
    return found


def _in_manifest(entry: dict[str, Any], checkpoint: Path) -> str:
    """Return what the manifest of a record's dataset says of thoughts; "" where none is found.

    A path that is not whole is looked for from here, and from each folder around the checkpoint.
    One whose content is not what was trained on is passed over.
    """
    for folder in (Path(), *checkpoint.resolve().parents):
        path = folder / entry["manifest"]
        wanted = entry.get("manifest_sha256")
        try:
            if not path.is_file() or (wanted and sha256_of(path) != wanted):
                continue
            manifest = read_json(path)
        except (InputFault, OSError):  # no more a manifest
            continue
        settings = manifest.get("settings") if isinstance(manifest, dict) else None
        if isinstance(settings, dict):
            return str(settings.get("thoughts") or "remove")
    return ""


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
