"""A dataset onto disk: files, dataset_info.json entries, manifest and rejects, all or nothing.

Files are first written whole into a staging folder, the old ones are linked there too, and then
the new ones are renamed into place, the manifest last. Where a step fails, the old files and the
old registry entries are put back.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from fctune.dataset.build import Dataset
from fctune.dataset.manifest import DatasetManifest, WrittenFile, load_manifest
from fctune.dataset.registry import (
    REGISTRY,
    entry,
    locked,
    make_folder,
    put_back,
    register,
    registered,
)
from fctune.dataset.targets import listed_elsewhere, manifest_name, rejects_name
from fctune.errors import InputFault, ProblemsFound
from fctune.jsonl import sha256_of, write_json, write_rows

LOCK_TIMEOUT_S = 600


def write(dataset: Dataset, folder: Path) -> DatasetManifest:
    """Write a dataset, its registry entries, manifest and rejects; return the final manifest.

    Raises:
        ProblemsFound: no row was kept; only the rejects are written, an older dataset stays.
        InputFault: the folder cannot be written, or a registry entry belongs to another dataset;
            an older dataset stays.
    """
    name = dataset.manifest.name
    make_folder(folder)
    rejects = [rejected.as_row() for rejected in dataset.rejects]
    if dataset.manifest.kept == 0:
        if not rejects:
            raise ProblemsFound("the files hold no rows; nothing was written")
        write_rows(folder / rejects_name(name), rejects)
        raise ProblemsFound(
            f"none of {dataset.manifest.read} rows can be used; nothing was registered",
            hint=f"read the reasons in {folder / rejects_name(name)}",
        )
    with locked(folder, name, timeout_s=LOCK_TIMEOUT_S):
        _refuse_foreign_entries(folder, name, dataset.rows)
        staging = folder / f".{name}.staging"
        shutil.rmtree(staging, ignore_errors=True)  # left by a killed run
        try:
            files = _stage(dataset, staging)
            manifest = replace(dataset.manifest, files=files)
            write_rows(staging / rejects_name(name), rejects)
            write_json(staging / manifest_name(name), manifest.as_dict())
            _put_in_place(staging, folder, name, files)
        except OSError as fault:
            raise InputFault(
                f"the dataset cannot be written: {fault.strerror or fault}",
                where=str(fault.filename or folder),
                hint=f"the dataset before is as it was; check: ls -l {folder}; df -h {folder}",
            ) from fault
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    return manifest


def _refuse_foreign_entries(folder: Path, name: str, wanted: Iterable[str]) -> None:
    """Refuse to take over a registry name that a person or another dataset made.

    Raises:
        InputFault: an entry under such a name is not of this dataset.
    """
    entries, own = registered(folder), _previous_files(folder, name)
    others = listed_elsewhere(folder, name)
    for key in wanted:
        if key in own or key not in entries:
            continue
        if key in others or entries[key] != entry(f"{key}.jsonl"):
            owner = f"by {others[key]}" if key in others else "with another content"
            raise InputFault(
                f"{key!r} is registered already, {owner}",
                where=str(folder / REGISTRY),
                hint=f"give another --name than {name}, or remove that entry",
            )


def _put_in_place(staging: Path, folder: Path, name: str, files: Mapping[str, WrittenFile]) -> None:
    """Rename the staged files over the old ones and bring the registry up to date, or undo it."""
    before = registered(folder)  # a damaged registry must be known before any file is replaced
    own = _previous_files(folder, name)
    stale = {key: file for key, file in own.items() if key not in files}
    last = (rejects_name(name), manifest_name(name))
    new = [written.file for written in files.values()]
    touched = [*new, *stale.values(), *last]
    old = _link_old(folder, staging / "old", touched)
    try:
        for file in new:
            (staging / file).replace(folder / file)
        register(folder, {key: f.file for key, f in files.items()}, remove=stale)
        for file in last:
            (staging / file).replace(folder / file)
        for file in stale.values():
            (folder / file).unlink(missing_ok=True)
    except BaseException:  # Ctrl-C too must not leave a mixture of two datasets; raised again
        _restore(folder, old, touched)
        put_back(folder, {key: before.get(key) for key in (*files, *stale)})
        raise


def _link_old(folder: Path, old: Path, names: Iterable[str]) -> Path:
    """Keep the files that will be replaced, by a hard link or, where there are none, a copy."""
    old.mkdir()
    for name in names:
        if not (folder / name).exists():
            continue
        try:
            os.link(folder / name, old / name)
        except OSError:  # a file system without hard links
            shutil.copy2(folder / name, old / name)
    return old


def _restore(folder: Path, old: Path, names: Iterable[str]) -> None:
    """Put the old files back, and take away those that had none before them."""
    for name in names:
        if (old / name).exists():
            (old / name).replace(folder / name)
        else:
            (folder / name).unlink(missing_ok=True)


def _stage(dataset: Dataset, staging: Path) -> dict[str, WrittenFile]:
    files = {}
    for dataset_name, rows in dataset.rows.items():
        path = staging / f"{dataset_name}.jsonl"
        count = write_rows(path, rows)
        files[dataset_name] = WrittenFile(path.name, count, sha256_of(path))
    return files


def _previous_files(folder: Path, name: str) -> dict[str, str]:
    """Return registry name to file of the build of the same name that stands in the folder."""
    path = folder / manifest_name(name)
    if not path.exists():
        return {}
    return {key: f["file"] for key, f in load_manifest(path).get("files", {}).items()}
