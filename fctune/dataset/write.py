"""A dataset onto disk: files, dataset_info.json entries, manifest and rejects, all or nothing.

Files are first written whole into a staging folder and then renamed into place, the manifest last,
so that a killed run leaves the old dataset as it was.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from filelock import FileLock

from fctune.dataset.build import Dataset
from fctune.dataset.manifest import DatasetManifest, WrittenFile, load_manifest
from fctune.dataset.registry import register, registered
from fctune.errors import ProblemsFound
from fctune.jsonl import sha256_of, write_json, write_rows

LOCK_TIMEOUT_S = 600


def write(dataset: Dataset, folder: Path) -> DatasetManifest:
    """Write a dataset, its registry entries, manifest and rejects; return the final manifest.

    Raises:
        ProblemsFound: no row was kept; only the rejects are written, an older dataset stays.
        InputFault: the folder cannot be written; an older dataset stays.
    """
    name = dataset.manifest.name
    folder.mkdir(parents=True, exist_ok=True)
    rejects = [rejected.as_row() for rejected in dataset.rejects]
    if dataset.manifest.kept == 0:
        write_rows(folder / _rejects_name(name), rejects)
        raise ProblemsFound(
            f"none of {dataset.manifest.read} rows can be used; nothing was registered",
            hint=f"read the reasons in {folder / _rejects_name(name)}",
        )
    with FileLock(folder / f".{name}.lock", timeout=LOCK_TIMEOUT_S):
        staging = folder / f".{name}.staging"
        shutil.rmtree(staging, ignore_errors=True)  # left by a killed run
        try:
            files = _stage(dataset, staging)
            manifest = replace(dataset.manifest, files=files)
            write_rows(staging / _rejects_name(name), rejects)
            write_json(staging / _manifest_name(name), manifest.as_dict())
            _put_in_place(staging, folder, name, files)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    return manifest


def _put_in_place(staging: Path, folder: Path, name: str, files: Mapping[str, WrittenFile]) -> None:
    """Rename the staged files over the old ones and bring the registry up to date."""
    registered(folder)  # a damaged registry must be known before any file is replaced
    stale = _stale_files(folder, name, files)
    for written in files.values():
        (staging / written.file).replace(folder / written.file)
    register(folder, {key: f.file for key, f in files.items()}, remove=stale)
    for part in (_rejects_name(name), _manifest_name(name)):
        (staging / part).replace(folder / part)
    for file in stale.values():
        (folder / file).unlink(missing_ok=True)


def _rejects_name(name: str) -> str:
    return f"{name}.rejects.jsonl"


def _manifest_name(name: str) -> str:
    return f"{name}.manifest.json"


def _stage(dataset: Dataset, staging: Path) -> dict[str, WrittenFile]:
    files = {}
    for dataset_name, rows in dataset.rows.items():
        path = staging / f"{dataset_name}.jsonl"
        count = write_rows(path, rows)
        files[dataset_name] = WrittenFile(path.name, count, sha256_of(path))
    return files


def _stale_files(folder: Path, name: str, files: Mapping[str, WrittenFile]) -> dict[str, str]:
    """Return registry name to file of an older build of the same name that this one has not."""
    path = folder / _manifest_name(name)
    if not path.exists():
        return {}
    old = load_manifest(path).get("files", {})
    return {n: f["file"] for n, f in old.items() if n not in files}
