"""dataset_info.json: the engine's registry of datasets, merged under a lock.

Every key is spelled out, since the engine fills a partial `columns` or `tags` block with None
instead of its defaults (llamafactory 0.9.5, data/parser.py:69-92) and then drops every row with a
call. The file is ASCII-safe, since the engine opens it without an encoding (data/parser.py:109).
Entries of others are left as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock

from fctune.errors import InputFault
from fctune.jsonl import read_json, write_json

REGISTRY = "dataset_info.json"
LOCK_TIMEOUT_S = 60


def entry(file_name: str) -> dict[str, Any]:
    """Return the registry entry of one file of ShareGPT rows."""
    return {
        "file_name": file_name,
        "formatting": "sharegpt",
        "columns": {"messages": "conversations", "system": "system", "tools": "tools"},
        "tags": {
            "role_tag": "from",
            "content_tag": "value",
            "user_tag": "human",
            "assistant_tag": "gpt",
            "observation_tag": "observation",
            "function_tag": "function_call",
            "system_tag": "system",
        },
    }


def register(folder: Path, files: Mapping[str, str], *, remove: Iterable[str] = ()) -> None:
    """Add or replace entries, dataset name to file name, and take out those of `remove`.

    Args:
        folder: the folder of dataset_info.json.
        files: dataset name to the file's name within the folder.
        remove: names that this writer registered before and no longer has.

    Raises:
        InputFault: dataset_info.json exists and is not a JSON object; it is left as it is.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / f".{REGISTRY}.lock", timeout=LOCK_TIMEOUT_S):
        current = registered(folder)
        for name in remove:
            current.pop(name, None)
        current.update({name: entry(file_name) for name, file_name in files.items()})
        write_json(folder / REGISTRY, current, ascii_safe=True)


def registered(folder: Path) -> dict[str, Any]:
    """Return the entries of dataset_info.json, {} where there is none.

    Raises:
        InputFault: the file is not a JSON object.
    """
    path = folder / REGISTRY
    if not path.exists():
        return {}
    value = read_json(path)
    if not isinstance(value, dict):
        raise InputFault(
            f"got {type(value).__name__}, expected an object of dataset entries", where=str(path)
        )
    return value
