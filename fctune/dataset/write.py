"""A dataset onto disk: files, dataset_info.json entries, manifest and rejects, all or nothing.

The files of the workspace are linked into a staging folder, the old ones too, and then the new ones
are renamed into place, the manifest last. Where a step fails, the old files and the
old registry entries are put back.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from fctune.dataset.build import Dataset
from fctune.dataset.manifest import DatasetManifest, load_manifest
from fctune.dataset.page.card import write_card
from fctune.dataset.reasons import no_rows, none_kept, reasons
from fctune.dataset.registry import (
    REGISTRY,
    entry,
    locked,
    make_folder,
    put_back,
    register,
    registered,
)
from fctune.dataset.targets import beside as beside_names
from fctune.dataset.targets import listed_elsewhere, manifest_name, rejects_name
from fctune.errors import InputFault
from fctune.jsonl import replacing, write_json

LOCK_TIMEOUT_S = 600


def write(dataset: Dataset, folder: Path, *, report: bool = False) -> DatasetManifest:
    """Put a dataset into place: its files, registry entries, manifest, rejects and card.

    Args:
        dataset: what `fctune.dataset.build` made.
        folder: the engine's `dataset_dir`.
        report: write the page for people, too.

    Raises:
        ProblemsFound: no row was kept; only the rejects are written, an older dataset stays.
        InputFault: the folder cannot be written, or a registry entry belongs to another dataset;
            an older dataset stays.
    """
    manifest = dataset.manifest
    name = manifest.name
    make_folder(folder)
    if not manifest.kept and not manifest.rejected:
        raise no_rows(manifest)
    with locked(folder, name, timeout_s=LOCK_TIMEOUT_S):
        if manifest.kept == 0:
            _write_rejects_alone(dataset, folder)
        _refuse_foreign_entries(folder, name, manifest.files)
        staging = folder / f".{name}.staging"
        shutil.rmtree(staging, ignore_errors=True)  # left by a killed run
        try:
            beside = _bring(dataset, staging)
            write_json(staging / manifest_name(name), manifest.as_dict())
            beside.append(write_card(staging, name).name)
            if report:
                from fctune.dataset.page.report import write_report

                home = folder.resolve()
                beside.append(write_report(staging, name, verified=True, home=home).name)
            _put_in_place(staging, folder, manifest, [*beside, manifest_name(name)])
        except OSError as fault:
            raise InputFault(
                f"the dataset cannot be written: {fault.strerror or fault}",
                where=str(fault.filename or folder),
                hint=f"the dataset before is as it was; check: ls -l {folder}; df -h {folder}",
            ) from fault
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    return manifest


def _write_rejects_alone(dataset: Dataset, folder: Path) -> None:
    manifest = dataset.manifest
    staged_rejects = dataset.staged / rejects_name(manifest.name)
    # Beside an older dataset of that name, whose own rejects are still true.
    older = (folder / manifest_name(manifest.name)).exists()
    rejects = folder / rejects_name(f"{manifest.name}.failed" if older else manifest.name)
    with replacing(rejects) as stream, staged_rejects.open("rb") as staged:
        shutil.copyfileobj(staged, stream)
    raise none_kept(manifest, reasons(manifest, rejects))


def _bring(dataset: Dataset, staging: Path) -> list[str]:
    """Bring the staged files onto the folder's file system; return the names of those beside."""
    staging.mkdir()
    name = dataset.manifest.name
    beside = [file for file in beside_names(name) if (dataset.staged / file).exists()]
    for file in [*(written.file for written in dataset.manifest.files.values()), *beside]:
        try:
            os.link(dataset.staged / file, staging / file)
        except OSError:  # another file system, or one without hard links
            shutil.copy2(dataset.staged / file, staging / file)
    return beside


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


def _put_in_place(
    staging: Path, folder: Path, manifest: DatasetManifest, last: Sequence[str]
) -> None:
    """Rename the staged files over the old ones and bring the registry up to date, or undo it."""
    before = registered(folder)  # a damaged registry must be known before any file is replaced
    own, files = _previous_files(folder, manifest.name), manifest.files
    stale = {key: file for key, file in own.items() if key not in files}
    gone = [file for file in beside_names(manifest.name) if file not in last]
    new = [written.file for written in files.values()]
    touched = [*new, *stale.values(), *last, *gone]
    old = _link_old(folder, staging / "old", touched)
    try:
        for file in new:
            (staging / file).replace(folder / file)
        register(folder, {key: f.file for key, f in files.items()}, remove=stale)
        # Before the manifest: while the old one stands, the next build knows them as its own.
        for file in (*stale.values(), *gone):
            (folder / file).unlink(missing_ok=True)
        for file in last:
            (staging / file).replace(folder / file)
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


def _previous_files(folder: Path, name: str) -> dict[str, str]:
    """Return registry name to file of the build of the same name that stands in the folder."""
    path = folder / manifest_name(name)
    if not path.exists():
        return {}
    return {key: f["file"] for key, f in load_manifest(path).get("files", {}).items()}
