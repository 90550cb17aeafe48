"""dataset_info.json: the engine's registry of datasets, merged under a lock.

Every key is spelled out, since the engine fills a partial `columns` or `tags` block with None
instead of its defaults (llamafactory 0.9.5, data/parser.py:69-92) and then drops every row with a
call. The file is ASCII-safe, since the engine opens it without an encoding (data/parser.py:109).
Entries of others are left as they are.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from fctune.errors import InputFault
from fctune.jsonl import read_json, write_json
from fctune.jsonl.faults import json_kind

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
    taken_out = dict.fromkeys(remove)
    _merge(folder, {**taken_out, **{name: entry(file) for name, file in files.items()}})


def put_back(folder: Path, entries: Mapping[str, Any]) -> None:
    """Write the entries as they stood before a failed write; None takes an entry out.

    Raises:
        InputFault: dataset_info.json cannot be read or written.
    """
    _merge(folder, entries)


def _merge(folder: Path, entries: Mapping[str, Any]) -> None:
    """Write the entries that are given, take out those that are None, keep all others."""
    with locked(folder, REGISTRY, timeout_s=LOCK_TIMEOUT_S):
        for left in folder.glob(f".{REGISTRY}.*.tmp"):  # of a writer that was killed
            left.unlink(missing_ok=True)
        before = registered(folder)
        out = {name for name, value in entries.items() if value is None}
        current = {name: value for name, value in before.items() if name not in out}
        current.update({name: value for name, value in entries.items() if value is not None})
        if current != before or not (folder / REGISTRY).exists():
            write_json(folder / REGISTRY, current, ascii_safe=True)


@contextmanager
def locked(folder: Path, name: str, *, timeout_s: float) -> Iterator[None]:
    """Hold the lock of one file or dataset of a folder, which is made where absent.

    Raises:
        InputFault: the folder cannot be made or written, or another process keeps the lock.
    """
    make_folder(folder)
    path = folder / f".{name}.lock"
    lock = FileLock(path, timeout=timeout_s)
    try:
        lock.acquire()
    except Timeout as fault:
        raise InputFault(
            f"another process has held this lock for {timeout_s:g} seconds",
            where=str(path),
            hint="wait for it to end, then run this again",
        ) from fault
    except OSError as fault:
        raise InputFault(f"cannot be locked: {fault.strerror}", where=str(path)) from fault
    try:
        yield
    finally:
        lock.release()


def make_folder(folder: Path) -> None:
    """Make the folder where absent.

    Raises:
        InputFault: it cannot be made, is a file, or cannot be written into.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        reason = "it is a file" if isinstance(fault, FileExistsError) else fault.strerror
        raise InputFault(
            f"the folder cannot be made: {reason}", where=str(folder), hint="give another folder"
        ) from fault
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InputFault("the folder cannot be written", where=str(folder), hint=f"ls -ld {folder}")


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
            f"got {json_kind(value)}, expected an object of dataset entries", where=str(path)
        )
    return value
